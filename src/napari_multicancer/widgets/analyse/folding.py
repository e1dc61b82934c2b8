"""The panel folds where it would leave too little of a small window to the scan."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtWidgets import QApplication, QMainWindow, QProgressBar, QWidget

from napari_multicancer.widgets.analyse.giving_way import GivingWay, dock_of
from napari_multicancer.widgets.common.hint import Hint
from napari_multicancer.widgets.common.settings import keep_narrow_window, preferences
from napari_multicancer.widgets.common.tabs import LazyTabs

NARROW = 1200
"""Pixels; in a narrower window the panel folds."""
ROOMY = 1440
"""Pixels; in a narrower window napari's own docks and the open panel take more than half."""
FOLDED, OPEN = "folded", "open"
"""What the preferences say of the panel in a narrow window."""
NO_LIMIT = 16_777_215
"""Qt's own largest width."""


class Folding(QObject):
    """Folds the panel when its window becomes narrow, and unfolds it when it is wide again.

    In between, it is as the user wants it, and so it is in the next narrow window. It is never
    folded while the user works in it. Open in a window that has no room for both, it takes the
    place of napari's own docks, so that the scan keeps half of the width. When the panel is
    opened, the window is made wide enough for it where the screen is. A panel that floats covers
    nothing that it could give room to, and stays as it is.

    Parameters
    ----------
    panel : QWidget
    tabs : LazyTabs
        All of the panel that is left when it is folded.
    foot : QWidget
        Of the panel, below the tabs.
    hint : Hint
        Says how napari's own docks come back.
    """

    def __init__(self, panel: QWidget, tabs: LazyTabs, foot: QWidget, hint: Hint) -> None:
        super().__init__(panel)
        self._panel, self._tabs, self._foot, self._hint = panel, tabs, foot, hint
        self._docks = GivingWay(panel)
        self._is_narrow = self._is_tight = False
        self._open_width = 0
        self._was_shown = False
        tabs.folded.connect(self._on_folded)
        tabs.names.fold.clicked.connect(self._keep)
        tabs.names.chosen.connect(self._keep)
        panel.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's own: look at the width whenever the panel is shown or its window resized."""
        kind = event.type()
        if watched is self._panel:
            if kind == QEvent.Type.Show:
                self._on_shown()
            elif kind == QEvent.Type.Hide and not event.spontaneous():
                self._docks.give_way(False)
        elif kind == QEvent.Type.Resize and watched is self._panel.window():
            self._look()
        elif kind == QEvent.Type.Close:
            # napari keeps which docks are open for the next start.
            self._docks.give_way(False)
        return bool(super().eventFilter(watched, event))

    def _on_shown(self) -> None:
        window = self._panel.window()
        window.installEventFilter(self)
        if not self._was_shown:
            self._was_shown = True
            _widen(window)
        self._look()
        self._make_room()

    def _look(self) -> None:
        window = self._panel.window()
        width = window.width() if isinstance(window, QMainWindow) else NO_LIMIT
        was_narrow, was_tight = self._is_narrow, self._is_tight
        self._is_narrow, self._is_tight = width < NARROW, width < ROOMY
        if self._is_narrow != was_narrow:
            self._tabs.fold(self._is_narrow and not self._stays_open())
        if self._is_tight != was_tight:
            self._make_room()

    def _stays_open(self) -> bool:
        """Say whether the user wants the panel open in narrow windows, or works in it."""
        return self._is_worked_in() or preferences().narrow_window == OPEN

    def _is_worked_in(self) -> bool:
        """Say whether the focus is in the page or the foot, or something is under way there."""
        focus = QApplication.focusWidget()
        parts = (self._tabs.stack, self._foot)
        is_there = focus is not None and any(part.isAncestorOf(focus) for part in parts)
        return is_there or any(bar.isVisible() for bar in self._panel.findChildren(QProgressBar))

    def _make_room(self) -> None:
        """Let the docks on the other side give way to an open panel that they leave no room."""
        is_open = self._is_tight and not self._tabs.is_folded
        self._docks.give_way(is_open and self._panel.isVisible())
        self._hint.offer(self._docks.is_given)

    def _keep(self) -> None:
        """Keep for the next narrow window what the user wants in this one."""
        if self._is_narrow:
            keep_narrow_window(FOLDED if self._tabs.is_folded else OPEN)

    def _on_folded(self, folded: bool) -> None:
        if folded:
            self._open_width = self._panel.width()
        self._foot.setVisible(not folded)
        self._make_room()
        names = self._tabs.names.minimumSizeHint().width()
        self._panel.setMaximumWidth(names if folded else NO_LIMIT)
        self._resize_dock(names if folded else self._open_width)

    def _resize_dock(self, width: int) -> None:
        dock, window = dock_of(self._panel), self._panel.window()
        if dock is not None and isinstance(window, QMainWindow):
            # Qt keeps the largest minimum that a dock has ever had.
            dock.setMinimumWidth(0)
            window.resizeDocks([dock], [width], Qt.Orientation.Horizontal)


def _widen(window: QWidget) -> None:
    """Give the window of a panel that is opened the width that it needs, if the screen has it."""
    screen = window.screen().availableGeometry()
    wanted = ROOMY if screen.width() >= ROOMY else NARROW
    if not isinstance(window, QMainWindow) or not window.width() < wanted <= screen.width():
        return
    window.resize(wanted, window.height())
    beyond = window.frameGeometry().right() - screen.right()
    if beyond > 0:
        window.move(max(window.x() - beyond, screen.left()), window.y())
