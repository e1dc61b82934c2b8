"""Parts that the panels share: tabs, a scroll area, a progress bar."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QEvent, QSize, Qt
from qtpy.QtWidgets import (
    QFrame,
    QLineEdit,
    QProgressBar,
    QScrollArea,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

USUAL_SIZE = QSize(325, 480)
BUTTON_HEIGHT = 38
BAR_HEIGHT = 6


class LazyTabs(QTabWidget):
    """A row of pages, made when they are first looked at, so that the panel opens at once."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._makers: dict[int, Callable[[], QWidget]] = {}
        self._pages: dict[int, QWidget] = {}
        self.setDocumentMode(True)
        self.setUsesScrollButtons(True)
        self.currentChanged.connect(self._make)

    def add(self, title: str, tip: str, make: Callable[[], QWidget]) -> int:
        """Add a page that `make` gives once it is needed, and return its index."""
        holder = QWidget()
        QVBoxLayout(holder).setContentsMargins(0, 0, 0, 0)
        index = int(self.count())
        self._makers[index] = make
        self.addTab(holder, title)
        self.setTabToolTip(index, tip)
        return index

    def page(self, index: int) -> QWidget:
        """Give a page, made if it was not there yet."""
        self._make(index)
        return self._pages[index]

    def made(self) -> list[QWidget]:
        """List the pages that have been looked at."""
        return list(self._pages.values())

    def _make(self, index: int) -> None:
        maker = self._makers.pop(index, None)
        if maker is None:
            return
        page = maker()
        self._pages[index] = page
        self.widget(index).layout().addWidget(page)


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
        button.setAccessibleName("Clear")
