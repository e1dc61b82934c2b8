"""The panel folds where it would leave too little of a small window to the scan."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtWidgets import QDockWidget, QMainWindow, QWidget

from napari_multicancer.widgets.common.tabs import LazyTabs

NARROW = 1200
"""Pixels; in a narrower window napari's own docks and the open panel take more than half."""
NO_LIMIT = 16_777_215
"""Qt's own largest width."""


class Folding(QObject):
    """Folds the panel when its window becomes narrow, and unfolds it when it is wide again.

    In between, it is as the user wants it. When the panel is opened, the window is made wide
    enough for it where the screen is. A panel that floats covers nothing that it could
    give room to, and stays as it is.

    Parameters
    ----------
    panel : QWidget
    tabs : LazyTabs
        All of the panel that is left when it is folded.
    foot : QWidget
        Of the panel, below the tabs.
    """

    def __init__(self, panel: QWidget, tabs: LazyTabs, foot: QWidget) -> None:
        super().__init__(panel)
        self._panel, self._tabs, self._foot = panel, tabs, foot
        self._is_narrow = False
        self._open_width = 0
        self._was_shown = False
        tabs.folded.connect(self._on_folded)
        panel.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's own: look at the width whenever the panel is shown or its window resized."""
        if event.type() == QEvent.Type.Show and watched is self._panel:
            self._panel.window().installEventFilter(self)
            if not self._was_shown:
                self._was_shown = True
                _widen(self._panel.window())
            self._look()
        elif event.type() == QEvent.Type.Resize and watched is self._panel.window():
            self._look()
        return bool(super().eventFilter(watched, event))

    def _look(self) -> None:
        window = self._panel.window()
        is_narrow = isinstance(window, QMainWindow) and window.width() < NARROW
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            self._tabs.fold(is_narrow)

    def _on_folded(self, folded: bool) -> None:
        if folded:
            self._open_width = self._panel.width()
        self._foot.setVisible(not folded)
        names = self._tabs.names.minimumSizeHint().width()
        self._panel.setMaximumWidth(names if folded else NO_LIMIT)
        self._resize_dock(names if folded else self._open_width)

    def _resize_dock(self, width: int) -> None:
        dock, window = _dock_of(self._panel), self._panel.window()
        if dock is not None and isinstance(window, QMainWindow):
            # Qt keeps the largest minimum that a dock has ever had.
            dock.setMinimumWidth(0)
            window.resizeDocks([dock], [width], Qt.Orientation.Horizontal)


def _widen(window: QWidget) -> None:
    """Give the window of a panel that is opened the width that it needs, if the screen has it."""
    screen = window.screen().availableGeometry()
    if not isinstance(window, QMainWindow) or not window.width() < NARROW <= screen.width():
        return
    window.resize(NARROW, window.height())
    beyond = window.frameGeometry().right() - screen.right()
    if beyond > 0:
        window.move(max(window.x() - beyond, screen.left()), window.y())


def _dock_of(widget: QWidget | None) -> QDockWidget | None:
    while widget is not None and not isinstance(widget, QDockWidget):
        widget = widget.parentWidget()
    return widget
