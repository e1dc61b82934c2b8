"""A size that the user gives the pixels of an image whose file names none."""

from __future__ import annotations

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image

from napari_multicancer.core.scan.pixel_size import checked_pixel_size
from napari_multicancer.widgets.common.layers import (
    METADATA_KEY,
    SIZE_BY_HAND,
    has_size_by_hand,
    known_of,
    voxel_size,
)
from napari_multicancer.widgets.files.foreign.correction import follow, masks_on


def may_enter_size(image: Image) -> bool:
    """Say whether nothing but the user can tell how large an image's pixels are."""
    return voxel_size(image) is None or has_size_by_hand(image)


def enter_size(viewer: ViewerModel, image: Image, size: float | None) -> None:
    """Give the pixels of an image a size, and the masks on it, too.

    Parameters
    ----------
    viewer : ViewerModel
    image : Image
        Of the viewer.
    size : float or None
        Width of a pixel in mm; its height follows from the proportions that are shown. None
        takes away the size that was entered.

    Raises
    ------
    UnsupportedScanError
        It is no size of a pixel; nothing changes.
    """
    width = 1.0 if size is None else checked_pixel_size(size)
    masks = masks_on(viewer, image)
    height, before = np.abs(image.scale[-2:])
    image.metadata = {
        **image.metadata,
        METADATA_KEY: {**known_of(image), SIZE_BY_HAND: size is not None},
    }
    image.scale = (*image.scale[:-2], width * height / before, width)
    image.units = (*image.units[:-2], *("pixel" if size is None else "mm",) * 2)
    for labels in masks:
        follow(labels, image)
