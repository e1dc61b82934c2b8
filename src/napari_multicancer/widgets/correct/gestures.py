"""Clicks and strokes on the canvas, for as long as a tool that is no brush of napari's is on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Labels
from qtpy.QtCore import QObject, Signal

from napari_multicancer.core.errors import MaskError
from napari_multicancer.translation import tr
from napari_multicancer.widgets.correct.canvas import ESCAPE

MODE = "pick"
"""Of napari's own modes the one in which a drag does not pan, and Space does."""
RESTING = "pan_zoom"
SLACK = 4.0
"""A drag of no more pixels of the screen is a click."""
LEFT, RIGHT = 1, 2
MODIFIERS = ("Shift", "Alt")

World = tuple[float, ...]


class Gestures(QObject):
    """Hears clicks and strokes until Escape, another tool or another layer ends it.

    Space pans, as with napari's brushes; while napari's own pan mode is on, it rests.

    Parameters
    ----------
    viewer : ViewerModel

    Attributes
    ----------
    moved : Signal(object)
        The points of a stroke so far: places in the viewer's world.
    drawn : Signal(object, object)
        The points of a click (one) or stroke, and which of `MODIFIERS` were held.
    right_clicked : Signal(object)
        The place in the viewer's world.
    ended : Signal()
    """

    moved = Signal(object)
    drawn = Signal(object, object)
    right_clicked = Signal(object)
    ended = Signal()

    def __init__(self, viewer: ViewerModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._labels: Labels | None = None
        self._earlier_mode = RESTING
        self._picker: Callable[..., Any] | None = None

    @property
    def labels(self) -> Labels | None:
        """The layer that is pointed at; None while the tool is off."""
        return self._labels

    @property
    def is_resting(self) -> bool:
        """Whether napari's own pan mode is on meanwhile."""
        return self._labels is not None and str(self._labels.mode) == RESTING

    def start(self, labels: Labels, help_text: str) -> None:
        """Begin to hear what is drawn over a layer, which becomes active.

        Raises
        ------
        MaskError
            It is hidden, or cannot be edited.
        """
        self.leave()
        if not labels.visible or not labels.editable:
            raise MaskError(
                tr("{name} is hidden or locked: show it in the layer list first.", name=labels.name)
            )
        self._viewer.layers.selection.active = labels
        self._labels, self._earlier_mode = labels, str(labels.mode)
        labels.mode = RESTING
        labels.mode = MODE
        self._picker = labels.mouse_drag_callbacks[-1]
        self._on_mode()
        labels.bind_key(ESCAPE, self._on_escape, overwrite=True)
        labels.events.mode.connect(self._on_mode)
        self._viewer.mouse_drag_callbacks.append(self._on_press)
        self._viewer.layers.selection.events.active.connect(self._on_active)
        self._viewer.help = help_text

    def go_on(self) -> bool:
        """Wake up where it rests; say whether it did."""
        if self._labels is None or str(self._labels.mode) == MODE:
            return False
        self._labels.mode = MODE
        return True

    def leave(self) -> None:
        """Stop, and take the layer's earlier tool up again."""
        labels, self._labels = self._labels, None
        if labels is None:
            return
        labels.bind_key(ESCAPE, None)
        labels.events.mode.disconnect(self._on_mode)
        self._viewer.mouse_drag_callbacks.remove(self._on_press)
        self._viewer.layers.selection.events.active.disconnect(self._on_active)
        self._viewer.help = ""
        if str(labels.mode) in (MODE, RESTING):
            labels.mode = self._earlier_mode
        self.ended.emit()

    def _on_press(self, viewer: ViewerModel, event: Any) -> Iterator[None]:
        if self._labels is None or str(self._labels.mode) != MODE:
            return
        if event.button == RIGHT:
            self.right_clicked.emit(tuple(event.position))
        if event.button != LEFT:
            return
        points = [tuple(event.position)]
        held = frozenset(name for name in MODIFIERS if name in event.modifiers)
        yield
        while event.type == "mouse_move":
            points.append(tuple(event.position))
            if self._is_stroke(points):
                self.moved.emit(points)
            yield
        points.append(tuple(event.position))
        if self._labels is not None:
            self.moved.emit([])
            self.drawn.emit(points if self._is_stroke(points) else points[:1], held)

    def _is_stroke(self, points: list[World]) -> bool:
        places = np.array(points)
        apart = np.abs(places - places[0]).max() * self._viewer.scene.camera.zoom
        return bool(apart > SLACK)

    def _on_escape(self, labels: Labels) -> None:
        self.leave()

    def _on_mode(self, event: object = None) -> None:
        """Keep napari's own picker from hearing our clicks; end with any other tool."""
        labels = self._labels
        if labels is None:
            return
        if str(labels.mode) not in (MODE, RESTING):
            self.leave()
        elif self._picker in labels.mouse_drag_callbacks:
            labels.mouse_drag_callbacks.remove(self._picker)

    def _on_active(self, event: object = None) -> None:
        if self._viewer.layers.selection.active is not self._labels:
            self.leave()
