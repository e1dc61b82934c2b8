"""The program in a window of its own, driven by mouse and keys, and looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import napari
import numpy as np
from napari._qt.dialogs.qt_notification import NapariQtNotification
from napari.layers import Image as ImageLayer
from napari.layers import Labels
from napari.settings import get_settings
from PIL import Image, ImageDraw
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QAbstractButton, QApplication, QWidget

PLUGIN, PANEL = "napari-multicancer", "Multi-Cancer"
SIZE = (1110, 715)
ASIDE = 30
"""Pixels."""
DOCK_WIDTH = 250
"""Of napari's own docks, which the pictures leave out: one width, so that frames have one size."""
NO_KEYS = Qt.KeyboardModifier.NoModifier
DRAWN_MS, POLL_MS, LONGEST_S = 600, 20, 300
POINTER = ((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12))
POINTER_SCALE = 1.5


class Program:
    """A window with the panel, as the user has it.

    Parameters
    ----------
    theme : {"dark", "light"}
    size : (int, int)
    """

    def __init__(self, theme: str, size: tuple[int, int] = SIZE) -> None:
        settings = get_settings()
        settings.appearance.theme = theme
        settings.application.gui_notification_level = "none"
        self.viewer = napari.Viewer()
        self.window = self.viewer.window._qt_window
        _, self.panel = self.viewer.window.add_plugin_dock_widget(PLUGIN, PANEL)
        self.panel.ui.reader_offer.silence()
        self._qt_viewer = self.viewer.window._qt_viewer
        self._qt_viewer.dockLayerList.setMinimumWidth(DOCK_WIDTH)
        self.window.resize(*size)
        self.wait()
        QApplication.setActiveWindow(self.window)
        self.panel.ui.tabs.fold(False)
        self.panel.ui.in_place.seen.click()
        for dock in (self._qt_viewer.dockLayerControls, self._qt_viewer.dockLayerList):
            dock.show()
        self.wait()

    def open_sample(self, key: str) -> ImageLayer:
        """Open a sample as from napari's menu."""
        (layer,) = self.viewer.open_sample(PLUGIN, key)
        self.viewer.reset_view()
        self.wait()
        return layer

    def analyze(self) -> Labels | None:
        """Press the button, wait for the answer, and give the mask, if there is one."""
        self.press(self.panel.ui.button)
        self.wait_until(lambda: not self.panel.is_working)
        self.move_aside()
        active = self.viewer.layers.selection.active
        return active if isinstance(active, Labels) else None

    def move_aside(self) -> None:
        """Leave the mouse at the canvas' edge: the brush's ring would else lie over a corner."""
        QTest.mouseMove(self.canvas, self.canvas.rect().topRight() + QPoint(-ASIDE, ASIDE))
        self.wait()

    def tab(self, title: str) -> QWidget:
        """Open a tab of the panel."""
        page = self.panel.ui.tabs.open(title)
        self.wait()
        return page

    def press(self, button: QAbstractButton) -> None:
        """Press a button, which must be one that can be pressed."""
        assert button.isEnabled(), button.text()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        QApplication.processEvents()

    def click(self, point: Sequence[float]) -> None:
        """Click on a place of the world on the canvas."""
        at = self.on_canvas(point)
        QTest.mouseMove(self.canvas, at)
        QTest.mouseClick(self.canvas, Qt.MouseButton.LeftButton, NO_KEYS, at)
        self.wait()

    def drag(self, start: Sequence[float], stop: Sequence[float], steps: int = 8) -> None:
        """Press, move in small steps and release, as a hand does."""
        left, none = Qt.MouseButton.LeftButton, NO_KEYS
        way = [self.on_canvas(point) for point in np.linspace(start, stop, steps + 1)]
        QTest.mousePress(self.canvas, left, none, way[0])
        for at in way[1:]:
            QTest.mouseMove(self.canvas, at)
            QApplication.processEvents()
        QTest.mouseRelease(self.canvas, left, none, way[-1])
        self.wait()

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = NO_KEYS) -> None:
        """Press a key over the canvas."""
        self.canvas.setFocus()
        QTest.keyClick(self.canvas, key, modifier)
        self.wait()

    @property
    def canvas(self) -> QWidget:
        """What the scan is drawn on."""
        return self._qt_viewer.canvas.native

    def on_canvas(self, point: Sequence[float]) -> QPoint:
        """Find where a place of the world lies on the canvas."""
        view = self._qt_viewer.canvas.view
        x, y = view.scene.transform.map([point[-1], point[-2], 0, 1])[:2]
        return QPoint(round(float(x)), round(float(y)))

    def wait(self, ms: int = DRAWN_MS) -> None:
        """Let the window draw itself."""
        QTest.qWait(ms)

    def wait_until(self, happened: Callable[[], bool]) -> None:
        """Let the window work until something happened."""
        end = time.monotonic() + LONGEST_S
        while not happened():
            assert time.monotonic() < end, f"nothing happened for {LONGEST_S} s"
            QTest.qWait(POLL_MS)

    def look(self, pointer: QWidget | Sequence[float] | None = None) -> Image.Image:
        """Take a picture of canvas and panel, with the pointer over a widget or a place."""
        for news in self.window.findChildren(NapariQtNotification):
            news.close()
        self.wait()
        pixels = self.viewer.window.screenshot(canvas_only=False, flash=False)
        picture = Image.fromarray(np.asarray(pixels)[..., :3])
        if pointer is not None:
            _draw_pointer(picture, self._tip(pointer))
        place, below = self._place_of(self.canvas), self._place_of(self.window.statusBar())
        return picture.crop((place.x(), place.y(), picture.width, below.y()))

    def close(self) -> None:
        """Close the window."""
        self.viewer.close()
        QApplication.processEvents()

    def _tip(self, pointer: QWidget | Sequence[float]) -> QPoint:
        if isinstance(pointer, QWidget):
            rect = pointer.rect()
            return self._place_of(pointer) + QPoint(rect.width() * 3 // 4, rect.height() // 2)
        return self._place_of(self.canvas) + self.on_canvas(pointer)

    def _place_of(self, widget: QWidget) -> QPoint:
        return widget.mapTo(self.window, QPoint(0, 0))


def _draw_pointer(picture: Image.Image, tip: QPoint) -> None:
    places = [(tip.x() + POINTER_SCALE * x, tip.y() + POINTER_SCALE * y) for x, y in POINTER]
    draw = ImageDraw.Draw(picture)
    draw.polygon(places, fill="#ffffff", outline="#000000", width=2)
