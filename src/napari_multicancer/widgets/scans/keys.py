"""The keys for next and previous, wherever in the window the user is."""

from __future__ import annotations

from qtpy.QtCore import QObject, Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QShortcut, QWidget

from napari_multicancer.widgets.scans.session import Session
from napari_multicancer.widgets.scans.way import NEXT_KEYS, PREVIOUS_KEYS

LOOKED_S = 0.3
"""Seconds; a key for next that comes sooner after its scan was shown has bounced, or meant the
one before."""


class ScanKeys(QObject):
    """Binds the keys for one window and its session, while a list is open.

    Parameters
    ----------
    window : QWidget
        With the canvas and all panels.
    session : Session
    """

    def __init__(self, window: QWidget, session: Session) -> None:
        super().__init__(window)
        self._session = session
        self._shortcuts = [
            self._shortcut(window, key, action)
            for keys, action in ((NEXT_KEYS, self._next), (PREVIOUS_KEYS, session.previous))
            for key in keys
        ]
        session.listed.connect(self._allow)
        self._allow()

    def _next(self) -> None:
        """Go on, unless nobody can have looked at the scan that would be done by it."""
        if self._session.is_painted or self._session.seconds_shown >= LOOKED_S:
            self._session.next()

    def _shortcut(self, window: QWidget, key: str, action: object) -> QShortcut:
        shortcut = QShortcut(QKeySequence(key), window)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(action)
        return shortcut

    def _allow(self) -> None:
        for shortcut in self._shortcuts:
            shortcut.setEnabled(self._session.project is not None)


def bind_keys(window: QWidget, session: Session) -> None:
    """Bind the keys of a session in a window, once."""
    if window.findChild(ScanKeys) is None:
        ScanKeys(window, session)
