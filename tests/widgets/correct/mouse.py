"""Presses, drags and keys on the canvas of a real viewer, at places of its world."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from napari.viewer import Viewer
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def canvas_of(viewer: Viewer):
    return viewer.window._qt_viewer.canvas


def on_screen(viewer: Viewer, point: Sequence[float]) -> QPoint:
    """Find where a place of the world (its displayed axes) lies on the canvas."""
    view = canvas_of(viewer).view
    x, y = view.scene.transform.map([point[-1], point[-2], 0, 1])[:2]
    return QPoint(round(float(x)), round(float(y)))


def show(viewer: Viewer) -> None:
    """Let the window take its size and fit what it shows."""
    viewer.window._qt_window.resize(1000, 700)
    viewer.window._qt_window.show()
    QApplication.processEvents()
    viewer.reset_view()
    QApplication.processEvents()


def click(viewer: Viewer, point, keys=NONE, button=Qt.MouseButton.LeftButton) -> None:
    native = canvas_of(viewer).native
    at = on_screen(viewer, point)
    QTest.mouseMove(native, at)
    QTest.mousePress(native, button, keys, at)
    QTest.mouseRelease(native, button, keys, at)
    QApplication.processEvents()


def right_click(viewer: Viewer, point) -> None:
    click(viewer, point, button=Qt.MouseButton.RightButton)


def drag(viewer: Viewer, start, stop, keys=NONE, steps: int = 8) -> None:
    """Press, move in small steps and release, as a hand does."""
    native = canvas_of(viewer).native
    way = np.linspace(start, stop, steps + 1)
    QTest.mousePress(native, Qt.MouseButton.LeftButton, keys, on_screen(viewer, way[0]))
    for point in way[1:]:
        _move(native, on_screen(viewer, point), keys)
    QTest.mouseRelease(native, Qt.MouseButton.LeftButton, keys, on_screen(viewer, way[-1]))
    QApplication.processEvents()


def _move(native, at: QPoint, keys) -> None:
    """Move with the button held, which QTest's own move forgets."""
    from qtpy.QtCore import QEvent, QPointF
    from qtpy.QtGui import QMouseEvent

    left = Qt.MouseButton.LeftButton
    where = QPointF(at)
    event = QMouseEvent(QEvent.Type.MouseMove, where, where, Qt.MouseButton.NoButton, left, keys)
    QApplication.sendEvent(native, event)


def press_key(viewer: Viewer, key, keys=NONE) -> None:
    native = canvas_of(viewer).native
    native.setFocus()
    QTest.keyClick(native, key, keys)
    QApplication.processEvents()


def undo(viewer: Viewer) -> None:
    press_key(viewer, Qt.Key.Key_Z, CONTROL)


def redo(viewer: Viewer) -> None:
    press_key(viewer, Qt.Key.Key_Z, CONTROL | SHIFT)
