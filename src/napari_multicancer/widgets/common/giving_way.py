"""napari's own docks give way to the open panels of a small window, and come back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from qtpy.QtCore import QObject, Qt
from qtpy.QtWidgets import QDockWidget, QMainWindow, QWidget

_LEFT, _RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
_OPPOSITE = {_LEFT: _RIGHT, _RIGHT: _LEFT}


class GivingWay(QObject):
    """Hides the docks on the other side of a window than a panel's, and brings them back.

    They come back when no panel needs their place any longer. One that the user brings back
    meanwhile stays, and from then on none is hidden any more. `giving_way_in` gives the one of
    a window.

    Parameters
    ----------
    window : QMainWindow
    """

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._panels: list[QWidget] = []
        self._hidden: list[QDockWidget] = []
        self._is_welcome = True

    def give_way(self, panel: QWidget, wanted: bool) -> None:
        """Hide the docks on the other side than a panel's, or bring those back that were hidden."""
        self._panels = [one for one in self._panels if one is not panel] + [panel] * wanted
        if not self._panels:
            self._bring_back()
        elif wanted and self._is_welcome and not self._hidden:
            self._hidden = list(self._on_the_other_side(panel))
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

    def _on_the_other_side(self, panel: QWidget) -> Iterator[QDockWidget]:
        own, window = dock_of(panel), self.parent()
        if own is None or not isinstance(window, QMainWindow):
            return
        side = _OPPOSITE.get(window.dockWidgetArea(own))
        for dock in window.findChildren(QDockWidget):
            is_there = window.dockWidgetArea(dock) == side and not dock.isFloating()
            if is_there and is_open(dock):
                yield dock


def giving_way_in(window: QMainWindow) -> GivingWay:
    """Give what makes room in a window, the same for all its panels."""
    found: GivingWay | None = window.findChild(GivingWay)
    return found or GivingWay(window)


def is_open(dock: QDockWidget) -> bool:
    """Say whether a dock is in sight, or behind another one's tab."""
    return bool(dock.toggleViewAction().isChecked())


def dock_of(widget: QWidget | None) -> QDockWidget | None:
    """Find the dock that a widget lies in."""
    while widget is not None and not isinstance(widget, QDockWidget):
        widget = widget.parentWidget()
    return widget
