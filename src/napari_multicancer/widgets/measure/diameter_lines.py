"""The longest diameter and its perpendicular, drawn over the mask as lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from napari.components import ViewerModel
from napari.layers import Labels, Shapes
from numpy.typing import NDArray

from napari_multicancer.core.masks.measurements import LabelMeasurements
from napari_multicancer.widgets.common.layers import geometry

COLORS = ("#ffd43b", "#4dabf7")
"""Of the longest diameter, and of its perpendicular."""
WIDTH_SHARE = 1 / 300
"""Width of a line, of the picture's longer side."""


def draw_diameters(
    viewer: ViewerModel,
    labels: Labels,
    measured: Sequence[LabelMeasurements],
    layer: Shapes | None = None,
) -> Shapes:
    """Draw the two diameters of each label on the plane where it is largest.

    Parameters
    ----------
    viewer : ViewerModel
    labels : Labels
        A layer of the viewer, measured.
    measured : sequence of LabelMeasurements
    layer : Shapes, optional
        From an earlier call: gets the new lines in place of its own.

    Returns
    -------
    Shapes
        Above the mask; the active layer stays the one it was.
    """
    lines = [line for one in measured for line in _lines(one, labels.ndim)]
    if layer is None:
        active = viewer.layers.selection.active
        layer = Shapes(ndim=labels.ndim, name=f"{labels.name}: diameters", **geometry(labels))
        layer.editable = False
        viewer.layers.insert(viewer.layers.index(labels) + 1, layer)
        viewer.layers.selection.active = active
    layer.data = []
    if lines:
        layer.add_lines(
            lines,
            edge_width=max(labels.data.shape[-2:]) * WIDTH_SHARE,
            edge_color=list(COLORS) * len(measured),
        )
    return layer


def _lines(measured: LabelMeasurements, ndim: int) -> list[NDArray[np.float64]]:
    """Give both ends of both diameters in the layer's own axes, shape (2, ndim) each."""
    diameters = measured.shape.diameters
    before = [0.0] * (ndim - 3) + [float(measured.plane)] if ndim > 2 else []
    return [
        np.array([[*before, *end] for end in ends])
        for ends in (diameters.largest_ends, diameters.perpendicular_ends)
    ]
