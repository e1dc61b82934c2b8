"""The probability of a lesion over the planes of a stack, as a curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QSizePolicy, QWidget

from napari_multicancer.core.words import chance
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.bars import TROUGH_ALPHA
from napari_multicancer.widgets.common.colors import ACCENT, ATTENTION
from napari_multicancer.widgets.common.record import DOUBTFUL, SETTLED

HEIGHT = 56
MARGIN = 4
DOT = 2.5
FOOT = 4.0
_STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_PageDown: -10,
    Qt.Key.Key_PageUp: 10,
}


class PlaneCurve(QWidget):
    """One point a plane, the plane shown now marked by a line; a click goes to a plane.

    With the keyboard, the arrows go plane by plane, Page Up and Page Down by ten,
    Home and End to the ends.

    Attributes
    ----------
    plane_chosen : Signal(int)
        The index of the plane to go to.
    """

    plane_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: tuple[float | None, ...] = ()
        self._known: Mapping[int, str] = {}
        self._current = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._describe()

    @property
    def current(self) -> int:
        """Index of the plane that is marked."""
        return self._current

    def show_values(self, values: Sequence[float | None]) -> None:
        """Draw other values: a probability 0..1 for each plane, None for one that was skipped."""
        self._values = tuple(values)
        self.mark(self._current)

    def show_known(self, known: Mapping[int, str]) -> None:
        """Mark the planes whose outlines are settled, proposed or doubtful, by these words."""
        self._known = dict(known)
        self._describe()
        self.update()

    def mark(self, plane: int) -> None:
        """Mark the plane that is shown now."""
        self._current = min(max(0, plane), max(0, len(self._values) - 1))
        self._describe()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Qt's own: wide, a few lines high."""
        return QSize(200, HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Qt's own: still readable in a narrow dock."""
        return QSize(80, HEIGHT)

    def plane_at(self, x: float) -> int:
        """Find the plane whose point lies nearest to a place from the left."""
        last = len(self._values) - 1
        along = float((x - MARGIN) / max(1, self.width() - 2 * MARGIN))
        return min(last, max(0, round(along * last)))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Qt's own: go to the plane under the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._go_to(event.pos().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Qt's own: with the button held, follow the pointer."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go_to(event.pos().x())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Qt's own: go to the plane that the key means."""
        last = len(self._values) - 1
        ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: last}
        key = event.key()
        if key in ends:
            self._choose(ends[key])
        elif key in _STEPS:
            self._choose(min(last, max(0, self._current + _STEPS[key])))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Qt's own: the ground, the curve with gaps where planes were skipped, the mark."""
        text = self.palette().color(self.foregroundRole())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(text)
        ground.setAlpha(TROUGH_ALPHA)
        painter.setPen(QPen(text, 1) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
        self._draw_middle(painter, text)
        self._draw_curve(painter)
        self._draw_known(painter, text)
        self._draw_mark(painter, text)
        painter.end()

    def _draw_middle(self, painter: QPainter, text: QColor) -> None:
        faint = QColor(text)
        faint.setAlpha(2 * TROUGH_ALPHA)
        painter.setPen(QPen(faint, 1, Qt.PenStyle.DashLine))
        painter.drawLine(
            QPointF(MARGIN, self._y(0.5)), QPointF(self.width() - MARGIN, self._y(0.5))
        )

    def _draw_curve(self, painter: QPainter) -> None:
        painter.setPen(QPen(ACCENT, 2))
        painter.setBrush(ACCENT)
        before: QPointF | None = None
        for index, value in enumerate(self._values):
            if value is None:
                before = None
                continue
            point = QPointF(self._x(index), self._y(value))
            if before is not None:
                painter.drawLine(before, point)
            elif self._stands_alone(index):
                painter.drawEllipse(point, DOT / 2, DOT / 2)
            before = point

    def _draw_mark(self, painter: QPainter, text: QColor) -> None:
        if not self._values:
            return
        x = self._x(self._current)
        painter.setPen(QPen(text, 1))
        painter.drawLine(QPointF(x, 2), QPointF(x, self.height() - 2))
        value = self._values[self._current]
        if value is not None:
            painter.setBrush(text)
            painter.drawEllipse(QPointF(x, self._y(value)), DOT, DOT)

    def _draw_known(self, painter: QPainter, text: QColor) -> None:
        """Draw a foot under planes: full where settled, else hollow, colored where doubtful."""
        for plane, word in self._known.items():
            if plane >= len(self._values):
                continue
            color = ATTENTION if word == DOUBTFUL else text
            painter.setPen(QPen(color, 1))
            painter.setBrush(text if word == SETTLED else Qt.BrushStyle.NoBrush)
            foot = QPointF(self._x(plane), self.height() - MARGIN - FOOT / 2)
            painter.drawRect(QRectF(foot.x() - FOOT / 2, foot.y(), FOOT, FOOT))

    def _stands_alone(self, index: int) -> bool:
        return index + 1 == len(self._values) or self._values[index + 1] is None

    def _x(self, index: int) -> float:
        last = max(1, len(self._values) - 1)
        return MARGIN + index / last * float(self.width() - 2 * MARGIN)

    def _y(self, value: float) -> float:
        return float(self.height() - MARGIN - value * (self.height() - 2 * MARGIN))

    def _go_to(self, x: float) -> None:
        if self._values:
            self._choose(self.plane_at(x))

    def _choose(self, plane: int) -> None:
        if self._values and plane != self._current:
            self.mark(plane)
            self.plane_chosen.emit(plane)

    def _describe(self) -> None:
        if not self._values:
            self.setAccessibleName("")
            return
        value = self._values[self._current]
        said = [tr("skipped") if value is None else tr("lesion {share}", share=chance(value))]
        if known := self._known.get(self._current):
            said.append(tr("outline {state}", state=known))
        name = tr(
            "Plane {plane} of {planes}: {said}",
            plane=self._current + 1,
            planes=len(self._values),
            said=", ".join(said),
        )
        self.setAccessibleName(name)
        self.setToolTip(tr("{name}. Click to go to a plane.", name=name))
