"""The marks of clicks on the canvas: where they are drawn, and which one is meant."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from napari.components import ViewerModel

from napari_multicancer.core.analysis.guides import Click
from napari_multicancer.widgets.correct.clicks.state import Row
from napari_multicancer.widgets.correct.drawing import Drawing
from napari_multicancer.widgets.correct.gestures import World
from napari_multicancer.widgets.correct.part import Part

NEARBY = 9.0
"""A right click within so many pixels of the screen means a mark."""


class MarksView:
    """Shows the clicks on one plane; they are no layer of the viewer.

    Parameters
    ----------
    viewer : ViewerModel
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._drawing = Drawing(viewer)

    def show(self, part: Part, row: Row) -> None:
        """Draw the clicks on a plane in place of those before."""
        strokes = [self._world(part, click) for click in row]
        self._drawing.show_marks(strokes, [click.positive for click in row])

    def show_trail(self, points: Sequence[World]) -> None:
        """Draw a stroke that is just being drawn; none of no points."""
        self._drawing.show_trail(points)

    def clear(self) -> None:
        """Take all off the canvas."""
        self._drawing.clear()

    def nearest(self, part: Part, row: Row, position: World) -> int | None:
        """Find which click's mark lies under a place; None where none does."""
        shown = list(self._viewer.dims.displayed)
        apart = [
            np.linalg.norm((np.array(self._world(part, click)[0]) - position)[shown])
            for click in row
        ]
        if not apart or min(apart) * self._viewer.scene.camera.zoom > NEARBY:
            return None
        return int(np.argmin(apart))

    def _world(self, part: Part, click: Click) -> list[World]:
        """Find where a click lies in the viewer's world."""
        missing = self._viewer.dims.ndim - part.labels.ndim
        alone = self._viewer.dims.point[:missing]
        return [(*alone, *part.labels.data_to_world(part.point(at))) for at in click.points]
