"""napari's own docks give way to the open panel of a small window, and come back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from qtpy.QtCore import QObject, Qt
from qtpy.QtWidgets import QDockWidget, QMainWindow, QWidget

_LEFT, _RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
_OPPOSITE = {_LEFT: _RIGHT, _RIGHT: _LEFT}


class GivingWay(QObject):
    """Hides the docks on the other side of the window, and brings them back.

    One that the user brings back meanwhile stays, and from then on none is hidden any more.

    Parameters
    ----------
    panel : QWidget
        In whose favor they are hidden.
    """

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel = panel
        self._hidden: list[QDockWidget] = []
        self._is_welcome = True

    def give_way(self, wanted: bool) -> None:
        """Hide the docks on the other side, or bring those back that were hidden."""
        if not wanted:
            self._bring_back()
        elif self._is_welcome and not self._hidden:
            self._hidden = list(self._on_the_other_side())
            for dock in self._hidden:
                dock.hide()

    @property
    def is_given(self) -> bool:
        """Whether docks are hidden now."""
        return bool(self._hidden)

    def _bring_back(self) -> None:
        for dock in self._hidden:
            # Qt may have deleted one before Python has.
            with suppress(RuntimeError):
                self._is_welcome &= not is_open(dock)
                dock.show()
        self._hidden.clear()

    def _on_the_other_side(self) -> Iterator[QDockWidget]:
        own, window = dock_of(self._panel), self._panel.window()
        if own is None or not isinstance(window, QMainWindow):
            return
        side = _OPPOSITE.get(window.dockWidgetArea(own))
        for dock in window.findChildren(QDockWidget):
            is_there = window.dockWidgetArea(dock) == side and not dock.isFloating()
            if is_there and is_open(dock):
                yield dock


def is_open(dock: QDockWidget) -> bool:
    """Say whether a dock is in sight, or behind another one's tab."""
    return bool(dock.toggleViewAction().isChecked())


def dock_of(widget: QWidget | None) -> QDockWidget | None:
    """Find the dock that a widget lies in."""
    while widget is not None and not isinstance(widget, QDockWidget):
        widget = widget.parentWidget()
    return widget
