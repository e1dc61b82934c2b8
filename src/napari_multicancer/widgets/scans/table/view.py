"""The table of scans: two lines a row, and only the columns that there is room for."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QModelIndex, QPoint, QRect, QSize, Qt, Signal
from qtpy.QtGui import QColor, QKeyEvent, QPainter, QPalette, QPixmap, QResizeEvent
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.colors import ACCENT
from napari_multicancer.widgets.scans.table.model import IS_OPEN, SECOND_LINE, ScanTableModel
from napari_multicancer.widgets.scans.table.thumbnails import SIDE
from napari_multicancer.widgets.scans.table.words import (
    DOUBT,
    FAILED_COLOR,
    FINDING,
    ORGAN,
    SCAN,
    SECONDS,
    SIZE,
    STATE,
)

ROW_HEIGHT = SIDE + 6
LEAST_ROWS = 2
NARROWEST_NAME = 176
"""Below it, columns give way."""
LEAST_NAME = 120
WIDTHS = {STATE: 92, ORGAN: 66, FINDING: 82, SIZE: 74, DOUBT: 56, SECONDS: 50}
MOST_FIRST = (SIZE, DOUBT, SECONDS)
"""Columns of which the largest values come first, until the order is turned round."""
GIVEN_UP = (SECONDS, DOUBT, SIZE, ORGAN)
"""Columns that go first where there is no room; what they say stands below the table, too."""
_ENDS_OF_WORDS = "_- ."
_GAP, _DOT, _EDGE = 6, 9, 3


class ScansView(QTableView):
    """A table of which a row can be chosen by click or Enter.

    Parameters
    ----------
    model : ScanTableModel

    Attributes
    ----------
    row_chosen : Signal(int)
    """

    row_chosen = Signal(int)

    def __init__(self, model: ScanTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setAccessibleName(tr("Scans of the list"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setItemDelegateForColumn(SCAN, _NameDelegate(self))
        self.setItemDelegateForColumn(STATE, _StateDelegate(self))
        self._set_sizes()
        self.horizontalHeader().setSortIndicator(SCAN, Qt.SortOrder.AscendingOrder)
        self._sorted_before = SCAN
        self.setSortingEnabled(True)
        self.horizontalHeader().sortIndicatorChanged.connect(self._on_sorted)
        self.clicked.connect(lambda index: self.row_chosen.emit(index.row()))

    def _set_sizes(self) -> None:
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        columns.setHighlightSections(False)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setSectionResizeMode(SCAN, QHeaderView.ResizeMode.Stretch)
        columns.setMinimumSectionSize(40)
        for column, width in WIDTHS.items():
            self.setColumnWidth(column, width)
        self.setMinimumHeight((LEAST_ROWS + 1) * ROW_HEIGHT)
        self.setMinimumWidth(LEAST_NAME + WIDTHS[STATE] + WIDTHS[FINDING])

    def sizeHint(self) -> QSize:  # noqa: N802
        """Qt's own: no wider than it must be."""
        return QSize(self.minimumWidth(), 6 * ROW_HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Qt's own: hide the columns that there is no room for."""
        room = self.viewport().width() - NARROWEST_NAME - sum(WIDTHS.values())
        for column in GIVEN_UP:
            self.setColumnHidden(column, room < 0)
            room += WIDTHS[column] if room < 0 else 0
        self._tell_order()
        super().resizeEvent(event)

    def _on_sorted(self, column: int, order: Qt.SortOrder) -> None:
        """Qt begins each column with the smallest values."""
        is_new, self._sorted_before = column != self._sorted_before, column
        if is_new and column in MOST_FIRST and order == Qt.SortOrder.AscendingOrder:
            self.horizontalHeader().setSortIndicator(column, Qt.SortOrder.DescendingOrder)
        self._tell_order()

    def _tell_order(self) -> None:
        """Say by which column the rows are sorted where its own heading is not seen."""
        column = self.sorted_by
        self.model().tell_order(column if self.isColumnHidden(column) else None)

    def sort_by(self, column: int) -> None:
        """Sort by a column, seen or not; once more turns the order round."""
        order = Qt.SortOrder.AscendingOrder
        if self.sorted_by == column and not self.model().sorting.descending:
            order = Qt.SortOrder.DescendingOrder
        self.sortByColumn(column, order)

    @property
    def sorted_by(self) -> int:
        """The column by which it is sorted."""
        return int(self.horizontalHeader().sortIndicatorSection())

    def show_row(self, row: int | None) -> None:
        """Mark a row as the current one, and scroll to it."""
        if row is None:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        elif row != self.currentIndex().row():
            self.setCurrentIndex(self.model().index(row, SCAN))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Qt's own: Enter chooses the row that the arrow keys are on."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif self.currentIndex().isValid():
            self.row_chosen.emit(self.currentIndex().row())


class _NameDelegate(QStyledItemDelegate):
    """Draws a picture, the name, and below it what is most worth knowing."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Qt's own."""
        _paint_background(painter, option)
        if index.data(IS_OPEN):
            edge = QRect(option.rect.topLeft(), QSize(_EDGE, option.rect.height()))
            painter.fillRect(edge, ACCENT)
        box = option.rect.adjusted(_EDGE + 2, 0, -4, 0)
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(picture, QPixmap) and not picture.isNull():
            _paint_picture(painter, picture, QRect(box.topLeft(), QSize(SIDE, box.height())))
        words = box.adjusted(SIDE + _GAP, 3, 0, -3)
        below = index.data(SECOND_LINE) or ""
        half = words.height() // 2
        name, is_name, rest = index.data() or "", not below, below
        if is_name:
            name, rest = in_two_lines(name, words.width(), option.fontMetrics.horizontalAdvance)
        first = words if not rest else QRect(words.topLeft(), QSize(words.width(), half))
        _paint_words(painter, option, first, name, Qt.TextElideMode.ElideMiddle)
        if rest:
            second = QRect(words.topLeft() + QPoint(0, half), QSize(words.width(), half))
            painter.setOpacity(1.0 if is_name else 0.75)
            elide = Qt.TextElideMode.ElideLeft if is_name else Qt.TextElideMode.ElideRight
            _paint_words(painter, option, second, rest, elide)
            painter.setOpacity(1.0)


def in_two_lines(name: str, room: int, width: Callable[[str], int]) -> tuple[str, str]:
    """Break a name that is too long for a line, so that both its ends can be read.

    Parameters
    ----------
    name : str
    room : int
        How wide a line is.
    width : callable
        Says how wide a text is.

    Returns
    -------
    str, str
        The second is empty where the name fits; else it may be too long still, at its beginning.

    Examples
    --------
    >>> in_two_lines("breast_benign_0001.png", 16, len)
    ('breast_benign_', '0001.png')
    """
    if width(name) <= room:
        return name, ""
    most = next((n for n in range(len(name), 1, -1) if width(name[:n]) <= room), 1)
    ends = (n for n in range(most, most // 2, -1) if name[n - 1] in _ENDS_OF_WORDS)
    at = next((n for n in ends if width(name[n:]) <= room), most)
    return name[:at], name[at:]


class _StateDelegate(QStyledItemDelegate):
    """Draws a dot in the state's color, and its word."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Qt's own."""
        _paint_background(painter, option)
        box, color = option.rect, index.data(Qt.ItemDataRole.DecorationRole)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(color or FAILED_COLOR))
        top = box.center().y() - _DOT // 2
        painter.drawEllipse(QRect(box.left() + 3, top, _DOT, _DOT))
        painter.restore()
        words = box.adjusted(_DOT + 3 + _GAP, 0, -2, 0)
        _paint_words(painter, option, words, index.data() or "", Qt.TextElideMode.ElideRight)


def _paint_background(painter: QPainter, option: QStyleOptionViewItem) -> None:
    style = option.widget.style()
    element = QStyle.PrimitiveElement.PE_PanelItemViewItem
    style.drawPrimitive(element, option, painter, option.widget)


def _paint_picture(painter: QPainter, picture: QPixmap, box: QRect) -> None:
    keep = Qt.AspectRatioMode.KeepAspectRatio
    smooth = Qt.TransformationMode.SmoothTransformation
    small = picture.scaled(QSize(SIDE, SIDE), keep, smooth)
    left = box.left() + (box.width() - small.width()) // 2
    painter.drawPixmap(left, box.top() + (box.height() - small.height()) // 2, small)


def _paint_words(
    painter: QPainter,
    option: QStyleOptionViewItem,
    box: QRect,
    words: str,
    elide: Qt.TextElideMode,
) -> None:
    is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
    role = QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Text
    painter.setPen(option.palette.color(role))
    painter.setFont(option.font)
    line = option.fontMetrics.elidedText(" ".join(words.split()), elide, box.width())
    painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, line)
