"""A first mask over a scan that has none, for tools that need one to begin with."""

from __future__ import annotations

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels

from napari_multicancer.core.errors import MaskError
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.layers import finest_level, geometry, is_scan
from napari_multicancer.widgets.common.lesions import lesion_colormap
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.common.settings import lesion_opacity

NO_SCAN = tr("There is no scan to outline: open one first.")


def add_empty(viewer: ViewerModel) -> Labels:
    """Lay an empty mask over the active scan, or else the topmost visible one.

    Raises
    ------
    MaskError
        There is none.
    """
    active = viewer.layers.selection.active
    candidates = [active, *(layer for layer in reversed(viewer.layers) if layer.visible)]
    image = next((one for one in candidates if isinstance(one, Image) and is_scan(one)), None)
    if image is None:
        raise MaskError(NO_SCAN)
    labels = Labels(
        np.zeros(finest_level(image).shape[: image.ndim], np.uint8),
        name=f"{image.name} lesion",
        opacity=lesion_opacity(),
        colormap=lesion_colormap(),
        **geometry(image),
    )
    viewer.add_layer(labels)
    record_of(labels).adopt(image)
    viewer.layers.selection.active = labels
    return labels
