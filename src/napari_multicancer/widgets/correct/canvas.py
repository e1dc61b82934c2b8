"""What the user does on the canvas: a click that chooses a region, keys that start tools."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from app_model.types import KeyBinding
from napari.components import ViewerModel
from napari.layers import Labels
from qtpy.QtCore import QObject, Signal

from napari_multicancer.translation import tr

ESCAPE = "Escape"
OnClick = Callable[[Labels, tuple[float, ...]], None]


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
        self._action: OnClick | None = None
        self._earlier_mode = "pan_zoom"

    @property
    def is_on(self) -> bool:
        """Whether a click is waited for."""
        return self._labels is not None

    def start(self, labels: Labels, action: OnClick) -> None:
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
        self._viewer.help = tr("Click a region of the mask; Escape leaves")

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


class Shortcuts:
    """Binds keys to functions for one viewer, and lets go of its own keys alone.

    Parameters
    ----------
    viewer : ViewerModel
    actions : mapping of str to callable
        Key, as napari writes it, to a function without parameters. A key that
        somebody has bound to this viewer already stays theirs.
    """

    def __init__(self, viewer: ViewerModel, actions: Mapping[str, Callable[[], None]]) -> None:
        self._viewer = viewer
        self._actions = actions
        self._bound: dict[str, Callable[[ViewerModel], None]] = {}

    def bind(self) -> None:
        """Bind all keys that are free."""
        for key, action in self._actions.items():
            if KeyBinding.from_str(key) not in self._viewer.keymap:
                self._bound[key] = _without_viewer(action)
                self._viewer.bind_key(key, self._bound[key])

    def unbind(self) -> None:
        """Let go of the keys that are still ours."""
        for key, function in self._bound.items():
            if self._viewer.keymap.get(KeyBinding.from_str(key)) is function:
                self._viewer.bind_key(key, None)
        self._bound.clear()


def _without_viewer(action: Callable[[], None]) -> Callable[[ViewerModel], None]:
    def run(viewer: ViewerModel) -> None:
        action()

    return run


def shown(key: str) -> str:
    """Write a key as people read it: ``Shift-S`` becomes "Shift+S"."""
    return key.replace("-", "+")
