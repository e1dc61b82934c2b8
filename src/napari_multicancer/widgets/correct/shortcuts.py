"""The keys of the correction tools, bound to one viewer while the panel is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app_model.types import KeyBinding
from napari.components import ViewerModel


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
