"""The list of scans as Qt's tables ask for it: a page at a time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from qtpy.QtGui import QColor, QPixmap

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.query import Page, ScanFilter, Sorting
from napari_multicancer.project.records import ListedScan
from napari_multicancer.widgets.common.parts import plain_tip
from napari_multicancer.widgets.scans.table.thumbnails import Thumbnails
from napari_multicancer.widgets.scans.table.words import (
    DOUBT,
    HEADINGS,
    SCAN,
    SECONDS,
    SIZE,
    SORTED_BY,
    STATE,
    cell,
    details,
    second_line,
    state_color,
    veiled,
)

PAGE = 100
PAGES = 12
"""So many pages are in memory."""
SECOND_LINE = Qt.ItemDataRole.UserRole + 1
"""Role of what stands below a scan's name."""
IS_OPEN = Qt.ItemDataRole.UserRole + 2
"""Role of whether the scan of a row is the one that is open."""
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ScanTableModel(QAbstractTableModel):
    """Shows the scans of a project that a filter lets through, in an order.

    Only a few pages are in memory, however long the list is.

    Parameters
    ----------
    thumbnails : Thumbnails

    Attributes
    ----------
    wanted : ScanFilter
    sorting : Sorting
    is_veiled : callable
        Whether the user is not to see what others say of a scan, by its `ListedScan.id`.
    """

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.wanted, self.sorting = ScanFilter(), Sorting()
        self.is_veiled: Callable[[int], bool] = lambda number: False
        self._thumbnails = thumbnails
        self._list: OpenList | None = None
        self._pages: OrderedDict[int, list[ListedScan]] = OrderedDict()
        self._count = 0
        self._aside = ""
        self._open: int | None = None
        thumbnails.made.connect(self._on_thumbnail)

    def show_list(self, project: OpenList | None) -> None:
        """Show another list, or none."""
        self._list = project
        self._thumbnails.of_list(project)
        self._start_anew()

    def show_only(self, wanted: ScanFilter) -> None:
        """Show the scans that a filter lets through."""
        if wanted != self.wanted:
            self.wanted = wanted
            self._start_anew()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Qt's own: sort by a column."""
        if 0 <= column < len(SORTED_BY):
            descending = order == Qt.SortOrder.DescendingOrder
            self.sorting = Sorting(SORTED_BY[column], descending)
            self._start_anew()

    def show_open(self, number: int | None) -> None:
        """Mark the scan that is open, by its `ListedScan.id`."""
        if number != self._open and self._count:
            self._open = number
            last = self.index(self._count - 1, SCAN)
            self.dataChanged.emit(self.index(0, SCAN), last, [IS_OPEN])

    def tell_order(self, column: int | None) -> None:
        """Say beside the first heading by which column, which is not seen, the table is sorted."""
        arrow = "\N{BLACK DOWN-POINTING SMALL TRIANGLE}"
        if not self.sorting.descending:
            arrow = "\N{BLACK UP-POINTING SMALL TRIANGLE}"
        self._aside = "" if column is None else f" · {HEADINGS[column]} {arrow}"
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, SCAN, SCAN)

    def refresh(self) -> None:
        """Read the list again, which has changed; what is selected and seen stays in place."""
        self._pages.clear()
        count = self._counted()
        if count > self._count:
            self.beginInsertRows(QModelIndex(), self._count, count - 1)
            self._count = count
            self.endInsertRows()
        elif count < self._count:
            self.beginRemoveRows(QModelIndex(), count, self._count - 1)
            self._count = count
            self.endRemoveRows()
        if count:
            last = self.index(count - 1, len(HEADINGS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def scan_at(self, row: int) -> ListedScan | None:
        """Read the scan of a row; None where it cannot be read any more."""
        page, place = divmod(row, PAGE)
        scans = self._page(page)
        return scans[place] if place < len(scans) else None

    def row_of(self, number: int) -> int | None:
        """Find the row of a scan by its `ListedScan.id`; None where the filter leaves it out."""
        if self._list is None:
            return None
        try:
            row = self._list.position(number, self.wanted, self.sorting)
        except MulticancerError:
            return None
        scan = self.scan_at(row) if row < self._count else None
        return row if scan is not None and scan.id == number else None

    def _start_anew(self) -> None:
        self.beginResetModel()
        self._pages.clear()
        self._count = self._counted()
        self.endResetModel()

    def _counted(self) -> int:
        try:
            return 0 if self._list is None else self._list.count(self.wanted)
        except MulticancerError:
            return 0

    def _page(self, number: int) -> list[ListedScan]:
        if number not in self._pages:
            self._pages[number] = self._read(number)
            while len(self._pages) > PAGES:
                self._pages.popitem(last=False)
        self._pages.move_to_end(number)
        return self._pages[number]

    def _read(self, number: int) -> list[ListedScan]:
        if self._list is None:
            return []
        try:
            return self._list.scans(self.wanted, self.sorting, Page(number * PAGE, PAGE))
        except MulticancerError:
            return []

    def _on_thumbnail(self, number: int) -> None:
        for page, scans in self._pages.items():
            for place, scan in enumerate(scans):
                if scan.id == number:
                    index = self.index(page * PAGE + place, SCAN)
                    self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        """Qt's own."""
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        """Qt's own."""
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Qt's own."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return f"{HEADINGS[section]}{self._aside if section == SCAN else ''}"

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's own."""
        column = index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column in (SIZE, DOUBT, SECONDS) else None
        scan = self.scan_at(index.row()) if index.isValid() else None
        if scan is None:
            return None
        return self._of(veiled(scan) if self.is_veiled(scan.id) else scan, column, role)

    def _of(self, scan: ListedScan, column: int, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return cell(scan, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(f"{scan.path}\n{details(scan)}")
        if role == Qt.ItemDataRole.DecorationRole and column == SCAN:
            return self._thumbnail(scan)
        if role == Qt.ItemDataRole.DecorationRole and column == STATE:
            return QColor(state_color(scan))
        if role == IS_OPEN:
            return scan.id == self._open
        if role == SECOND_LINE and column == SCAN:
            return second_line(scan)
        return None

    def _thumbnail(self, scan: ListedScan) -> QPixmap | None:
        return self._thumbnails.of(scan)
