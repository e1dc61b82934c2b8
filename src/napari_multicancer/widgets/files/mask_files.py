"""Masks of all formats as Labels layers that lie exactly over their scans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import napari
import numpy as np
from napari.layers import Image

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.scan.scan import ORIGIN
from napari_multicancer.io.formats import stem
from napari_multicancer.io.load import load_mask
from napari_multicancer.io.masks import SavedMask
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.layers import finest_level, known_of, plain_geometry
from napari_multicancer.widgets.common.lesions import mask_layer_data

LayerData = tuple[Any, dict[str, Any], str]


def mask_data(path: Path, scans: Sequence[LayerData] = ()) -> LayerData:
    """Read a mask as a Labels layer.

    Parameters
    ----------
    path : Path
    scans : sequence of layer data tuples
        Image layers that are opened together with it. A mask that refers to a scan is laid
        over that one, among these and those in the viewer.

    Raises
    ------
    MulticancerError
        The file is damaged, or does not fit its scan.
    """
    images = [*_open_images(), *(Image.create(*scan) for scan in scans)]
    known = [(known_of(image).get(ORIGIN), image) for image in images]
    found = load_mask(path, [origin for origin, _ in known if origin is not None])
    image = next((image for origin, image in known if origin is found.origin), None)
    if found.origin is not None and image is not None:
        found = _laid_over(found, image, path.name)
    return mask_layer_data(stem(path), found.labels, found.spacing, found.unit, found.provenance)


def _laid_over(mask: SavedMask, image: Image, name: str) -> SavedMask:
    """Give a mask the axes and the place of the image that it refers to."""
    shape = finest_level(image).shape[: image.ndim]
    if mask.labels.size != np.prod(shape) or mask.labels.shape[-2:] != shape[-2:]:
        raise UnsupportedScanError(
            tr(
                "{name} does not have the pixels of {scan}: open the mask that was made for it.",
                name=name,
                scan=image.name,
            )
        )
    record = {**(mask.provenance or {}), "geometry": plain_geometry(image)}
    return replace(mask, labels=mask.labels.reshape(shape), provenance=record)


def _open_images() -> list[Image]:
    viewer = napari.current_viewer()
    return [] if viewer is None else [layer for layer in viewer.layers if isinstance(layer, Image)]
