"""Parts that the panels share: labels, frames, a scroll area, a progress bar."""

from __future__ import annotations

from html import escape

from qtpy.QtCore import QEvent, QSize, Qt
from qtpy.QtGui import QColor, QResizeEvent, QWheelEvent
from qtpy.QtWidgets import (
    QComboBox,
    QFrame,
    QLabel,
    QLineEdit,
    QProgressBar,
    QScrollArea,
    QToolButton,
    QWidget,
)

from napari_multicancer.translation import tr

USUAL_SIZE = QSize(325, 480)
BUTTON_HEIGHT = 38
BAR_HEIGHT = 6


def plain_tip(words: str) -> str:
    """Write words for a tooltip, which Qt else takes for rich text where names hold tags."""
    return f"<p style='white-space: pre-wrap'>{escape(words)}</p>" if "<" in words else words


class Choice(QComboBox):
    """A choice that the mouse wheel does not change: it scrolls the page that it lies on."""

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Qt's own: the open list scrolls by itself; what is closed lets the wheel pass."""
        event.ignore()


def plain_label(words: str) -> QLabel:
    """Show words as they stand: names from files are no markup."""
    label = QLabel(words)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


def show_edge(frame: QFrame, color: QColor) -> None:
    """Draw a line of a color at the left of a frame, which has a name, and of nothing in it."""
    style = f"border-left: 3px solid {color.name()};"
    frame.setStyleSheet(f"QFrame#{frame.objectName()} {{ {style} }}")


class VerticalScrollArea(QScrollArea):
    """Scrolls up and down only, and is never narrower than what it holds."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Qt's own: as wide as a dock usually is."""
        return USUAL_SIZE.expandedTo(self.minimumSizeHint())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Qt's own: the content's width and the scroll bar's; a few lines high."""
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self.widget().minimumSizeHint().width() + bar, 80)

    def event(self, event: QEvent) -> bool:
        """Qt's own: content that became wider makes the dock wider."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return bool(super().event(event))


class Shrinking(QWidget):
    """Holds a page that is to shrink as far as it can before it is scrolled.

    A scroll area gives a page with words that wrap all the height it would like, so that a
    table beside them never became smaller.

    Parameters
    ----------
    page : QWidget
        With a layout.
    """

    def __init__(self, page: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._page = page
        page.setParent(self)
        page.show()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Qt's own: the page's, with all its words."""
        least, layout = self._page.minimumSizeHint(), self._page.layout()
        if layout.hasHeightForWidth():
            needed = layout.minimumHeightForWidth(max(self.width(), least.width()))
            least.setHeight(max(least.height(), needed))
        return least

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Qt's own: the page takes all the room."""
        super().resizeEvent(event)
        self._page.setGeometry(self.rect())
        self.updateGeometry()

    def event(self, event: QEvent) -> bool:
        """Qt's own: a page that needs more room gets it."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return bool(super().event(event))


def slim_progress_bar(name: str) -> QProgressBar:
    """Make a progress bar without text.

    Parameters
    ----------
    name : str
        What a screen reader says of it.
    """
    bar = QProgressBar()
    bar.setFixedHeight(BAR_HEIGHT)
    bar.setTextVisible(False)
    bar.setAccessibleName(name)
    return bar


def name_clear_button(line: QLineEdit) -> None:
    """Give the button that clears a line a name for screen readers; Qt gives it none."""
    for button in line.findChildren(QToolButton):
        button.setAccessibleName(tr("Clear"))
