"""Which plane of a layer the viewer shows."""

from __future__ import annotations

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Layer

from napari_multicancer.core.scan.scan import Scan


def plane_in_view(viewer: ViewerModel, image: Image, scan: Scan) -> int:
    """Find which plane of a scan that was taken from a layer the sliders show; 0 of a picture."""
    lengths = scan.spatial_shape[:-2]
    if not lengths:
        return 0
    position = shown_position(viewer, image)[-len(lengths) :]
    return int(np.ravel_multi_index(position, lengths, mode="clip"))


def shown_position(viewer: ViewerModel, layer: Layer) -> tuple[int, ...]:
    """Find which plane of a layer the sliders show: an index along all axes but the last two.

    A slider outside the layer counts as its nearest plane.
    """
    place = place_in_view(viewer, layer)[: layer.ndim - 2]
    last = np.array(_shape(layer)[: layer.ndim - 2]) - 1
    return tuple(int(index) for index in np.clip(np.round(place), 0, last))


def volume_in_view(viewer: ViewerModel, layer: Layer) -> tuple[int, ...]:
    """Find which of a layer's volumes the sliders show: an index along all axes but the last three.

    A slider outside the layer counts as its nearest volume.
    """
    n_before = layer.ndim - 3
    last = np.array(_shape(layer)[:n_before]) - 1
    place = np.floor(place_in_view(viewer, layer)[:n_before] + 0.5)
    return tuple(int(index) for index in np.clip(place, 0, last))


def place_in_view(viewer: ViewerModel, layer: Layer) -> np.ndarray:
    """Find where in a layer's pixels the sliders are, one value an axis."""
    return np.array(layer.world_to_data(viewer.dims.point[-layer.ndim :]), float)


def _shape(layer: Layer) -> tuple[int, ...]:
    return tuple((layer.data[0] if layer.multiscale else layer.data).shape)
