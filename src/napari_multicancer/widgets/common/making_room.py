"""An open panel and napari's own docks take turns where a window has no room for both."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtWidgets import QMainWindow, QWidget

from napari_multicancer.widgets.common.giving_way import GivingWay, dock_of, giving_way_in
from napari_multicancer.widgets.common.hint import Hint

NARROW = 1200
"""Pixels; in a narrower window even a panel alone takes much of the scan's room."""
ROOMY = 1440
"""Pixels; in a narrower window napari's own docks and the open panel take more than half."""
NO_LIMIT = 16_777_215
"""Qt's own largest width."""


class MakingRoom(QObject):
    """Lets napari's own docks give way to a panel, so that the scan keeps half of the width.

    They come back where the panel is folded or closed, or the window is wide enough for both.
    When the panel is opened, the window is made wide enough for it where the screen is. A panel
    that floats covers nothing that it could give room to.

    Parameters
    ----------
    panel : QWidget
    hint : Hint
        Says how napari's own docks come back.
    """

    def __init__(self, panel: QWidget, hint: Hint) -> None:
        super().__init__(panel)
        self._panel, self._hint = panel, hint
        self._docks: GivingWay | None = None
        self._is_tight = False
        self._open_width = 0
        self._was_shown = False
        panel.installEventFilter(self)

    @property
    def is_folded(self) -> bool:
        """Whether the panel leaves the docks their place."""
        raise NotImplementedError

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's own: look at the width whenever the panel is shown or its window resized."""
        kind = event.type()
        if watched is self._panel:
            if kind == QEvent.Type.Show:
                self._on_shown()
            elif kind == QEvent.Type.Hide and not event.spontaneous():
                self._give_way(False)
        elif kind == QEvent.Type.Resize and watched is self._panel.window():
            self._look()
        elif kind == QEvent.Type.Close:
            # napari keeps which docks are open for the next start.
            self._give_way(False)
        return bool(super().eventFilter(watched, event))

    def _on_shown(self) -> None:
        window = self._panel.window()
        window.installEventFilter(self)
        if isinstance(window, QMainWindow):
            self._docks = giving_way_in(window)
        if not self._was_shown:
            self._was_shown = True
            _widen(window)
        self._look()
        self._make_room()

    def _width(self) -> int:
        """Give the width that the panel shares with others."""
        window = self._panel.window()
        return int(window.width()) if isinstance(window, QMainWindow) else NO_LIMIT

    def _look(self) -> None:
        """Learn how wide the window is."""
        was_tight, self._is_tight = self._is_tight, self._width() < ROOMY
        self._on_width()
        if self._is_tight != was_tight:
            self._make_room()

    def _on_width(self) -> None:
        """Do what else depends on the window's width, before room is made."""

    def _make_room(self) -> None:
        """Let the docks on the other side give way to an open panel that they leave no room."""
        self._give_way(self._is_tight and not self.is_folded and self._panel.isVisible())

    def _give_way(self, wanted: bool) -> None:
        if self._docks is not None:
            self._docks.give_way(self._panel, wanted)
            self._hint.offer(wanted and self._docks.is_given)

    def _fold_to(self, width: int) -> None:
        """Make the dock of a panel that was folded as narrow as what is left of it."""
        self._open_width = self._panel.width()
        self._make_room()
        self._panel.setMaximumWidth(width)
        self._resize_dock(width)

    def _unfold(self) -> None:
        """Make the dock as wide as it was before."""
        self._make_room()
        self._panel.setMaximumWidth(NO_LIMIT)
        self._resize_dock(self._open_width)

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
