"""Class probabilities as horizontal bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QRectF, QSize, Qt
from qtpy.QtGui import QColor, QPainter, QPaintEvent
from qtpy.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from napari_multicancer.core.analysis.doubt import HIGHEST_UNSURE
from napari_multicancer.core.words import chance, class_name, class_names
from napari_multicancer.widgets.common.colors import ACCENT

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.answer import Prediction

TROUGH_ALPHA = 40
LOSER_ALPHA = 130
WINNER_MARK = "\N{CHECK MARK}"


class Bar(QWidget):
    """A horizontal bar, filled from the left.

    Parameters
    ----------
    fraction : float
        How much of it is filled, 0..1.
    wins : bool
        Whether it is drawn in the winner's colour.
    """

    def __init__(self, fraction: float, wins: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fraction = min(1.0, max(0.0, fraction))
        self._wins = wins
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Qt's own: wide, as high as a line of text."""
        return QSize(80, 12)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Qt's own: still readable in a narrow dock."""
        return QSize(40, 12)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Qt's own: the trough in the text's colour, faint, and the filled part."""
        trough = self.palette().color(self.foregroundRole())
        filled = QColor(ACCENT) if self._wins else QColor(trough)
        trough.setAlpha(TROUGH_ALPHA)
        if not self._wins:
            filled.setAlpha(LOSER_ALPHA)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        for color, width in ((trough, whole.width()), (filled, whole.width() * self._fraction)):
            painter.setBrush(color)
            painter.drawRoundedRect(QRectF(0, 0, width, whole.height()), 2, 2)
        painter.end()


class ProbabilityBars(QWidget):
    """One row a class: its name, a bar, the percentage; the winner is bold and ticked.

    Where the prediction is not confident no row is marked, and none says more than 99 %.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)

    def show_prediction(self, prediction: Prediction | None, organ: str = "") -> None:
        """Draw a prediction, of an organ's scan, in place of the one before; None clears."""
        while (item := self._grid.takeAt(0)) is not None:
            item.widget().hide()
            item.widget().deleteLater()
        if prediction is None:
            return
        self._align()
        highest = 1.0 if prediction.confident else HIGHEST_UNSURE
        for row, (label, probability) in enumerate(prediction.probabilities.items()):
            wins = prediction.confident and label == prediction.label
            self._add_row(row, class_name(label, organ), min(probability, highest), wins)

    def _align(self) -> None:
        """Give all predictions the same columns, so that their bars stand in line."""
        ruler = QLabel(self)
        ruler.hide()
        names = [f"{name} {WINNER_MARK}" for name in class_names()]
        for column, texts in ((0, names), (2, [chance(0.999)])):
            width = 0
            for text in texts:
                ruler.setText(f"<b>{text}</b>")
                width = max(width, ruler.sizeHint().width())
            self._grid.setColumnMinimumWidth(column, width)
        ruler.deleteLater()

    def _add_row(self, row: int, name: str, probability: float, wins: bool) -> None:
        text = QLabel(f"{name} {WINNER_MARK}" if wins else name)
        number = QLabel(chance(probability))
        number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for label in (text, number):
            font = label.font()
            font.setBold(wins)
            label.setFont(font)
        bar = Bar(probability, wins)
        bar.setAccessibleName(f"{name}: {chance(probability)}")
        for column, widget in enumerate((text, bar, number)):
            self._grid.addWidget(widget, row, column)
