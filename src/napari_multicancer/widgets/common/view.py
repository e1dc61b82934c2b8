"""A viewer's canvas: its camera fitted to some layers, and its drawing done at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from napari.components import ViewerModel
from napari.layers import Layer
from vispy.gloo import gl

FILLED = 0.95
"""Of the canvas, as napari does."""


def fit_to(viewer: ViewerModel, layers: Sequence[Layer]) -> None:
    """Fit the view to layers, whatever else there is.

    napari's own `reset_view` fails where they have fewer axes than the viewer.

    Parameters
    ----------
    viewer : ViewerModel
    layers : sequence of Layer
        Of the viewer, one or more.
    """
    if max(layer.ndim for layer in layers) == viewer.dims.ndim:
        viewer.reset_view(layers=layers)
        return
    corners = np.concatenate([_extent(viewer, layer) for layer in layers])
    low, high = corners.min(axis=0), corners.max(axis=0)
    size = np.where(high > low, high - low, 1.0)
    viewer.scene.camera.center = tuple(map(float, (low + high) / 2))
    viewer.scene.camera.zoom = FILLED * float(np.min(np.array(viewer.canvas.size) / size[-2:]))


def draw_at_once(viewer: ViewerModel) -> None:
    """Let nothing that a viewer's canvas draws wait until later.

    Mesa's software OpenGL, which remote desktops and virtual machines have, puts drawing off. It
    ends the process where by then layers have gone and the canvas has another size, as when a
    stack takes the place of a picture.

    Parameters
    ----------
    viewer : ViewerModel
        Without a window, nothing is done.
    """
    window = getattr(viewer, "window", None)
    if window is not None:
        window._qt_viewer.canvas.view.canvas.events.draw.connect(_flush, position="last")


def _flush(event: object) -> None:
    gl.glFlush()


def _extent(viewer: ViewerModel, layer: Layer) -> np.ndarray:
    """Give a layer's lowest and highest corner along the axes that are displayed."""
    missing = viewer.dims.ndim - layer.ndim
    extent = np.pad(layer.extent.world, ((0, 0), (missing, 0)))
    return np.asarray(extent[:, list(viewer.dims.displayed)], float)
