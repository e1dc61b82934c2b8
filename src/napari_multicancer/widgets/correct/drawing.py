"""What our tools draw over the canvas without making a layer: marks of clicks, strokes, a box."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from napari.components import ViewerModel
from vispy.scene.visuals import Line, Markers

ADDED, REMOVED = "#4cc9f0", "#ff6b35"
BOX_COLOR = "#ffd166"
RIM = "black"
MARK_SIZE = 10.0
"""Pixels of the screen."""
LINE_WIDTH = 3.0
ON_TOP = 1_000_000

World = tuple[float, ...]


class Drawing:
    """Marks and lines at places of the viewer's world, over all layers; none of them is a layer.

    In a viewer without a window nothing is drawn.

    Parameters
    ----------
    viewer : ViewerModel
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._marks: list[Any] = []
        self._trail: list[Any] = []

    def show_marks(self, strokes: Sequence[Sequence[World]], positive: Sequence[bool]) -> None:
        """Draw clicks and strokes in place of those before.

        Parameters
        ----------
        strokes : sequence of sequences of points
            One point a click; several a stroke, which is marked at its first.
        positive : sequence of bool
            Whether each adds.
        """
        _take_off(self._marks)
        scene = self._scene()
        if scene is None or not strokes:
            return
        colors = [ADDED if adds else REMOVED for adds in positive]
        for points, color in zip(strokes, colors, strict=True):
            if len(points) > 1:
                self._marks.append(self._line(points, color, scene))
        marks = Markers(
            pos=self._flat([points[0] for points in strokes]),
            face_color=colors,
            edge_color=RIM,
            size=MARK_SIZE,
            parent=scene,
        )
        self._marks.append(_on_top(marks))

    def show_trail(self, points: Sequence[World], color: str = ADDED) -> None:
        """Draw a line that is just being drawn, in place of the one before; none of no points."""
        _take_off(self._trail)
        scene = self._scene()
        if scene is not None and len(points) > 1:
            self._trail.append(self._line(points, color, scene))

    def clear(self) -> None:
        """Take all off."""
        _take_off(self._marks)
        _take_off(self._trail)

    def _line(self, points: Sequence[World], color: str, scene: Any) -> Any:
        return _on_top(Line(self._flat(points), color=color, width=LINE_WIDTH, parent=scene))

    def _flat(self, points: Sequence[World]) -> np.ndarray:
        """Take from places in the world what the canvas shows of them, as x and y."""
        rows, columns = list(self._viewer.dims.displayed)[-2:]
        return np.array(points, np.float32)[:, [columns, rows]]

    def _scene(self) -> Any:
        window = getattr(self._viewer, "window", None)
        if window is None or self._viewer.dims.ndisplay != 2:
            return None
        return window._qt_viewer.canvas.view.scene


def _on_top(visual: Any) -> Any:
    visual.order = ON_TOP
    visual.set_gl_state("translucent", depth_test=False)
    return visual


def _take_off(drawn: list[Any]) -> None:
    while drawn:
        drawn.pop().parent = None
