"""Pages behind names that are all in sight; the whole folds up to a column of the names."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QKeySequence, QResizeEvent
from qtpy.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.parts import Shrinking, VerticalScrollArea

MARGIN, GAP, FOLD_WIDTH = 6, 3, 24
FOLD, UNFOLD = "»", "«"
FOLD_KEY = "Alt+0"


class TabNames(QWidget):
    """A button a page: in one row where there is room, else in two; folded, in a column.

    Attributes
    ----------
    chosen : Signal(int)
        The index of the page whose name was pressed.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fold = QPushButton()
        self.buttons: list[QPushButton] = []
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self.chosen)
        self._is_folded = False
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(MARGIN, 0, MARGIN, 0)
        self._grid.setSpacing(GAP)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.show_folded(False)

    def add(self, title: str, tip: str) -> None:
        """Add a name behind the others; Alt and its number press it."""
        number = len(self.buttons) + 1
        button = QPushButton(title)
        button.setCheckable(True)
        button.setShortcut(QKeySequence(f"Alt+{number}"))
        button.setToolTip(f"{tip} (Alt+{number})")
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._group.addButton(button, len(self.buttons))
        self.buttons.append(button)
        self._arrange()

    def show_folded(self, folded: bool) -> None:
        """Stand in a column, or in rows again."""
        self._is_folded = folded
        name = tr("Unfold the panel") if folded else tr("Fold the panel to its tabs' names")
        self.fold.setText(UNFOLD if folded else FOLD)
        self.fold.setShortcut(QKeySequence(FOLD_KEY))
        self.fold.setAccessibleName(name)
        self.fold.setToolTip(f"{name} ({FOLD_KEY})")
        self._arrange()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Qt's own: two rows of names, or a column of them."""
        return QSize(self._width(1 if self._is_folded else self._half), self._height())

    def sizeHint(self) -> QSize:  # noqa: N802
        """Qt's own: as `minimumSizeHint`; more room makes it one row."""
        return self.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Qt's own: one row as soon as there is room for it."""
        super().resizeEvent(event)
        self._arrange()

    @property
    def _half(self) -> int:
        return max(1, ceil(len(self.buttons) / 2))

    def _width(self, columns: int) -> int:
        """Give the width of so many columns, none narrower than the longest name."""
        longest = max((button.sizeHint().width() for button in self.buttons), default=0)
        fold = 0 if self._is_folded else GAP + FOLD_WIDTH
        return 2 * MARGIN + columns * (longest + GAP) - GAP + fold

    def _height(self) -> int:
        line = int(self.fold.sizeHint().height()) + GAP
        rows = ceil(len(self.buttons) / max(1, self._columns)) + self._is_folded
        return max(1, rows) * line - GAP

    def _arrange(self) -> None:
        """Lay the names out for the width that there is."""
        one_row = self.width() >= self._width(len(self.buttons))
        columns = 1 if self._is_folded else len(self.buttons) if one_row else self._half
        self._columns = max(1, columns)
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, int(column < self._columns))
        first = int(self._is_folded)
        for place, button in enumerate(self.buttons):
            self._grid.addWidget(button, first + place // self._columns, place % self._columns)
        self.fold.setMaximumWidth(16777215 if self._is_folded else FOLD_WIDTH)
        self._grid.addWidget(self.fold, 0, 0 if self._is_folded else self._columns)
        self.updateGeometry()


class LazyTabs(QWidget):
    """Pages with a name each, made when they are first looked at, so that the panel opens at once.

    Its methods are called as those of Qt's own tabs.

    Attributes
    ----------
    currentChanged : Signal(int)
        The index of the page that is shown now.
    folded : Signal(bool)
        The names are all there is in sight, or no longer.
    """

    currentChanged = Signal(int)  # noqa: N815
    folded = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._makers: dict[int, Callable[[], QWidget]] = {}
        self._pages: dict[int, QWidget] = {}
        self._titles: list[str] = []
        self._is_folded = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.names = TabNames()
        self.stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.names)
        column.addWidget(self.stack, 1)
        self.names.chosen.connect(self._on_chosen)
        self.names.fold.clicked.connect(lambda: self.fold(not self.is_folded))
        self.stack.currentChanged.connect(self._on_current)

    def add(self, title: str, tip: str, make: Callable[[], QWidget]) -> int:
        """Add a page that `make` gives once it is needed, and return its index."""
        holder = QWidget()
        QVBoxLayout(holder).setContentsMargins(0, 0, 0, 0)
        self._makers[self.count()] = make
        return self.add_page(title, tip, holder)

    def add_page(self, title: str, tip: str, page: QWidget) -> int:
        """Add a page that is there already, and return its index."""
        self._titles.append(title)
        self.names.add(title, tip)
        index = int(self.stack.addWidget(page))
        if index == self.currentIndex():
            self.names.buttons[index].setChecked(True)
        return index

    def page(self, index: int) -> QWidget:
        """Give a page, made if it was not there yet."""
        self._make(index)
        page: QWidget = self._pages.get(index) or self.stack.widget(index)
        return page

    def made(self) -> list[QWidget]:
        """List the pages that have been looked at."""
        return list(self._pages.values())

    def count(self) -> int:
        """Give how many pages there are."""
        return len(self._titles)

    def tabText(self, index: int) -> str:  # noqa: N802
        """Give the name of a page."""
        return self._titles[index]

    def currentIndex(self) -> int:  # noqa: N802
        """Give the index of the page that is shown."""
        return int(self.stack.currentIndex())

    def setCurrentIndex(self, index: int) -> None:  # noqa: N802
        """Show a page, unless all are folded up."""
        self._make(index)
        self.stack.setCurrentIndex(index)

    def open(self, title: str) -> QWidget:
        """Show the page of this name, folded or not, and give it."""
        index = self._titles.index(title)
        self.setCurrentIndex(index)
        self.fold(False)
        return self.page(index)

    @property
    def is_folded(self) -> bool:
        """Whether the names alone are in sight."""
        return self._is_folded

    def fold(self, folded: bool) -> None:
        """Leave the names alone in sight, or show the page again."""
        if folded == self._is_folded:
            return
        self._is_folded = folded
        self.names.show_folded(folded)
        self.stack.setVisible(not folded)
        self.layout().setAlignment(
            self.names, Qt.AlignmentFlag.AlignTop if folded else Qt.AlignmentFlag(0)
        )
        self.folded.emit(folded)

    def _on_chosen(self, index: int) -> None:
        self.setCurrentIndex(index)
        self.fold(False)

    def _on_current(self, index: int) -> None:
        if 0 <= index < len(self.names.buttons):
            self.names.buttons[index].setChecked(True)
        self.currentChanged.emit(index)

    def _make(self, index: int) -> None:
        maker = self._makers.pop(index, None)
        if maker is None:
            return
        page = maker()
        self._pages[index] = page
        self.stack.widget(index).layout().addWidget(VerticalScrollArea(Shrinking(page)))
