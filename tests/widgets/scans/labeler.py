"""Somebody at the window: presses keys, draws with the mouse, and remembers what was seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from napari.layers import Labels
from napari.viewer import Viewer
from qtpy.QtCore import QEvent, QObject, QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from napari_multicancer.widgets.scans.keys import LOOKED_S, ScanKeys
from napari_multicancer.widgets.scans.session import Session

from .lists import mask_in, press

NEXT, PREVIOUS = Qt.Key.Key_N, Qt.Key.Key_J
BRUSH = 3
POLL_MS = 20
LONGEST_S = 120


class KeyCount(QObject):
    """Counts the keys that are really pressed in the program."""

    keys = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.ShortcutOverride and watched.isWidgetType():
            self.keys += 1
        return False


class Labeler:
    """Goes through the list of a session by real keys, as somebody does who works on it.

    Parameters
    ----------
    viewer : Viewer
        Shown, with the tab Scans.
    session : Session
    seen : Path
        Gets the mask that was on the screen when a scan was left, as NAME.npy.
    """

    def __init__(self, viewer: Viewer, session: Session, seen: Path) -> None:
        self.viewer, self.session, self.seen = viewer, session, seen
        self._counter = KeyCount()
        self._canvas = viewer.window._qt_viewer.canvas.native
        self._canvas.installEventFilter(self._counter)
        seen.mkdir(exist_ok=True)
        wait_until(lambda: viewer.window._qt_window.findChild(ScanKeys) is not None)

    @property
    def keys(self) -> int:
        """How many keys were pressed."""
        return self._counter.keys

    @property
    def name(self) -> str:
        """Of the scan that is open."""
        return "" if self.session.scan is None else self.session.scan.name

    def stop(self) -> None:
        self._canvas.removeEventFilter(self._counter)

    def go(self, key: Qt.Key = NEXT) -> None:
        """Press a key, and wait until what it asks for is open and saved, and the next is read."""
        if self.name:
            self.look()
            self.remember()
        press(self.viewer, key)
        wait_until(self.is_settled)

    def look(self) -> None:
        """Look at the scan that is open, as long as it takes for a key to be believed."""
        wait_until(lambda: self.session.seconds_shown >= LOOKED_S)

    def remember(self) -> None:
        """Keep the mask that is on the screen."""
        np.save(self.seen / f"{self.name}.npy", self.mask().data)

    def is_settled(self) -> bool:
        self.session.keeper.wait()
        QApplication.processEvents()
        reader = self.session.reader
        is_busy = reader.is_reading or reader.is_reading_ahead
        return self.session.scan is not None and not is_busy

    def mask(self) -> Labels:
        return mask_in(self.viewer)

    def draw(self) -> None:
        """Draw a stroke with the mouse, from one corner of the scan toward the middle."""
        before = self.mask().data.copy()
        self.mask().brush_size = BRUSH
        start, end = self._on_canvas(1, 2), self._on_canvas(3, 6)
        left = Qt.MouseButton.LeftButton
        QTest.mousePress(self._canvas, left, Qt.KeyboardModifier.NoModifier, start)
        QTest.mouseMove(self._canvas, end)
        QTest.mouseRelease(self._canvas, left, Qt.KeyboardModifier.NoModifier, end)
        assert (self.mask().data != before).any(), "the stroke changed nothing"

    def _on_canvas(self, row: int, column: int) -> QPoint:
        """Find the point of the canvas at which a pixel of the mask is."""
        world = np.asarray(self.mask().data_to_world((row, column)))
        camera = self.viewer.camera
        size = np.array([self._canvas.height(), self._canvas.width()])
        place = (world[-2:] - camera.center[-2:]) * camera.zoom + size / 2
        return QPoint(round(place[1]), round(place[0]))


def wait_until(happened: Callable[[], bool]) -> None:
    """Let the window work until something happened; what hangs ends the program."""
    end = time.monotonic() + LONGEST_S
    while not happened():
        assert time.monotonic() < end, f"nothing happened for {LONGEST_S} s"
        QTest.qWait(POLL_MS)
