"""The next click on the canvas chooses a region; Escape leaves it at that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from napari.components import ViewerModel
from napari.layers import Labels
from qtpy.QtCore import QObject, Signal

ESCAPE = "Escape"
Action = Callable[[Labels, tuple[float, ...]], None]


class ClickMode(QObject):
    """Waits for one click on the canvas; meanwhile the layer's brush rests.

    A press that is dragged moves the camera and is no click. The mode ends, too,
    when the layer is deleted, another layer becomes active or another of the
    layer's tools is chosen.

    Parameters
    ----------
    viewer : ViewerModel

    Attributes
    ----------
    ended : Signal()
        The mode is over, with or without a click.
    """

    ended = Signal()

    def __init__(self, viewer: ViewerModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._labels: Labels | None = None
        self._action: Action | None = None
        self._earlier_mode = "pan_zoom"

    @property
    def is_on(self) -> bool:
        """Whether a click is waited for."""
        return self._labels is not None

    def start(self, labels: Labels, action: Action) -> None:
        """Wait for a click, then call `action` with the layer and the point in its pixels."""
        self.leave()
        self._viewer.layers.selection.active = labels
        self._labels, self._action = labels, action
        self._earlier_mode = str(labels.mode)
        labels.mode = "pan_zoom"
        labels.bind_key(ESCAPE, self._on_escape, overwrite=True)
        labels.events.mode.connect(self._on_other_mode)
        self._viewer.mouse_drag_callbacks.append(self._on_press)
        self._viewer.layers.selection.events.active.connect(self._on_active)
        self._viewer.help = "Click a region of the mask; Escape leaves"

    def leave(self) -> None:
        """Stop waiting, and take the layer's earlier tool up again."""
        labels, self._labels, self._action = self._labels, None, None
        if labels is None:
            return
        labels.bind_key(ESCAPE, None)
        labels.events.mode.disconnect(self._on_other_mode)
        self._viewer.mouse_drag_callbacks.remove(self._on_press)
        self._viewer.layers.selection.events.active.disconnect(self._on_active)
        self._viewer.help = ""
        if str(labels.mode) == "pan_zoom":
            labels.mode = self._earlier_mode
        self.ended.emit()

    def _on_press(self, viewer: ViewerModel, event: Any) -> Iterator[None]:
        dragged = False
        yield
        while event.type == "mouse_move":
            dragged = True
            yield
        if not dragged:
            self._on_click(tuple(event.position))

    def _on_click(self, position: tuple[float, ...]) -> None:
        labels, action = self._labels, self._action
        if labels is None or action is None:
            return
        point = tuple(float(value) for value in labels.world_to_data(position[-labels.ndim :]))
        self.leave()
        action(labels, point)

    def _on_escape(self, labels: Labels) -> None:
        self.leave()

    def _on_other_mode(self, event: object = None) -> None:
        self.leave()

    def _on_active(self, event: object = None) -> None:
        if self._viewer.layers.selection.active is not self._labels:
            self.leave()
