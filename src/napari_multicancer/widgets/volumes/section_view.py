"""One section of a volume as a small picture, with a crosshair that the user can move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from qtpy.QtWidgets import QSizePolicy, QWidget

from napari_multicancer.core.planes.sections import Section
from napari_multicancer.translation import tr

SMALLEST = QSize(110, 110)
GROUND = QColor("#000000")
UNDER, OVER = QColor(0, 0, 0, 160), QColor(255, 255, 255, 220)
_STEPS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}
_PAGES = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}


@dataclass(frozen=True, eq=False)
class SectionPicture:
    """What a view shows.

    Attributes
    ----------
    section : Section
    title : str
        Such as "Coronal: row 12 of 128".
    pixels : ndarray of uint8, shape (row, column, 3)
        Red, green, blue.
    size : (float, float)
        Height and width of a pixel, in any one unit.
    cross : (int, int)
        Row and column of the crosshair.
    """

    section: Section
    title: str
    pixels: NDArray[np.uint8]
    size: tuple[float, float]
    cross: tuple[int, int]


class SectionView(QWidget):
    """Shows a section in its proportions; a click or a drag goes to a place.

    With the keyboard, the arrows move the crosshair by a pixel, Page Up and Page Down, as the
    wheel, go to the section before or after.

    Attributes
    ----------
    pointed : Signal(object, int, int)
        The `Section`, and the row and the column in it to go to; they may lie outside.
    turned : Signal(object, int)
        From the `Section` so many on, or back.
    """

    pointed = Signal(object, int, int)
    turned = Signal(object, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: SectionPicture | None = None
        self._image = QImage()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(SMALLEST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.show_picture(None)

    @property
    def shown(self) -> SectionPicture | None:
        """What is shown now."""
        return self._shown

    def show_picture(self, picture: SectionPicture | None) -> None:
        """Show another section, or none."""
        self._shown = picture
        if picture is None:
            self._image = QImage()
        else:
            pixels = np.ascontiguousarray(picture.pixels)
            height, width, _ = pixels.shape
            whole = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
            self._image = whole.copy()
        title = tr("Section") if picture is None else picture.title
        self.setAccessibleName(title)
        self.setToolTip(
            ""
            if picture is None
            else tr("{title}. Click to go there; the wheel goes on and back.", title=title)
        )
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Qt's own: room for a small section."""
        return QSize(180, 180)

    def area(self) -> QRectF:
        """Find where the section lies in the widget, in its proportions."""
        if self._shown is None:
            return QRectF()
        rows, columns, _ = self._shown.pixels.shape
        height, width = rows * self._shown.size[0], columns * self._shown.size[1]
        scale = min(self.width() / width, self.height() / height)
        return QRectF(
            (self.width() - width * scale) / 2,
            (self.height() - height * scale) / 2,
            width * scale,
            height * scale,
        )

    def at(self, row: int, column: int) -> QPointF:
        """Find where the middle of a pixel lies in the widget."""
        area = self.area()
        assert self._shown is not None
        rows, columns, _ = self._shown.pixels.shape
        return QPointF(
            area.x() + (column + 0.5) * area.width() / columns,
            area.y() + (row + 0.5) * area.height() / rows,
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Qt's own: go to the place under the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._point_at(event.pos().x(), event.pos().y())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Qt's own: with the button held, follow the pointer."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._point_at(event.pos().x(), event.pos().y())

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Qt's own: on or back by a section."""
        if self._shown is not None and event.angleDelta().y():
            self.turned.emit(self._shown.section, -1 if event.angleDelta().y() > 0 else 1)
            event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Qt's own: move the crosshair, or go to another section."""
        key = event.key()
        if self._shown is not None and key in _STEPS:
            row, column = self._shown.cross
            down, right = _STEPS[key]
            self.pointed.emit(self._shown.section, row + down, column + right)
        elif self._shown is not None and key in _PAGES:
            self.turned.emit(self._shown.section, _PAGES[key])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Qt's own: the section, the crosshair, and a frame that tells where the keyboard is."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), GROUND)
        if self._shown is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self.area(), self._image)
            self._draw_cross(painter)
        if self.hasFocus():
            painter.setPen(QPen(self.palette().color(self.foregroundRole()), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def _draw_cross(self, painter: QPainter) -> None:
        assert self._shown is not None
        area, middle = self.area(), self.at(*self._shown.cross)
        for color, width in ((UNDER, 3), (OVER, 1)):
            painter.setPen(QPen(color, width))
            painter.drawLine(QPointF(area.left(), middle.y()), QPointF(area.right(), middle.y()))
            painter.drawLine(QPointF(middle.x(), area.top()), QPointF(middle.x(), area.bottom()))

    def _point_at(self, x: float, y: float) -> None:
        if self._shown is None:
            return
        area = self.area()
        rows, columns, _ = self._shown.pixels.shape
        row = int(np.floor((y - area.y()) * rows / area.height()))
        column = int(np.floor((x - area.x()) * columns / area.width()))
        self.pointed.emit(self._shown.section, row, column)
