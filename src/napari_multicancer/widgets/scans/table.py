"""The results of a batch as a table on the screen, read from the one on disk as it grows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from qtpy.QtGui import QColor

from napari_multicancer.batch.results import OK, Row, winning_column
from napari_multicancer.batch.table_file import TableFile
from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.words import NOT_SURE, class_name, percent, plain, quantity

HEADINGS = ("Scan", "Organ", "Diagnosis", "Probability", "Area", "Status")
SCAN, ORGAN, DIAGNOSIS, PROBABILITY, AREA, STATUS = range(len(HEADINGS))
FAILED_COLOR = QColor("#d9542b")

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class BatchTableModel(QAbstractTableModel):
    """Shows a `TableFile`; only the rows on the screen are in memory."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file: TableFile | None = None
        self._root = ""
        self._count = 0
        self._times_replaced = 0

    def show_table(self, path: Path | None) -> None:
        """Show the table at a path from the start, or none; `grow` brings the rows."""
        self.beginResetModel()
        self._file = None if path is None else TableFile(path)
        self._count = self._times_replaced = 0
        self.endResetModel()

    def set_root(self, folder: Path | None) -> None:
        """Name scans relative to a folder."""
        self._root = "" if folder is None else os.path.join(os.path.abspath(folder), "")

    def grow(self) -> bool:
        """Take in the rows that were added to the file since.

        Returns
        -------
        bool
            Whether there may be more at once.

        Raises
        ------
        OutputError
            The file is no results table, or cannot be read.
        """
        if self._file is None:
            return False
        more = self._file.update()
        if self._file.times_replaced != self._times_replaced:
            self.beginResetModel()
            self._count, self._times_replaced = len(self._file), self._file.times_replaced
            self.endResetModel()
        elif len(self._file) > self._count:
            self.beginInsertRows(QModelIndex(), self._count, len(self._file) - 1)
            self._count = len(self._file)
            self.endInsertRows()
        return more

    def row_at(self, number: int) -> Row | None:
        """Read a row; None where it cannot be read any more."""
        try:
            return None if self._file is None else self._file.row(number)
        except OutputError:
            return None

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
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section]
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt's own."""
        column = index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole and column in (PROBABILITY, AREA):
            return _RIGHT
        wanted = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
        if role not in (*wanted, Qt.ItemDataRole.ForegroundRole):
            return None
        row = self.row_at(index.row())
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return cell(row, column, self._root)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(row, column)
        return FAILED_COLOR if column == STATUS and row["status"] != OK else None


def cell(row: Row, column: int, root: str = "") -> str:
    """Say what a cell of the table reads.

    Parameters
    ----------
    row : dict of str to str
        Of the results table.
    column : int
        As in `HEADINGS`.
    root : str
        Beginning of paths that is left out.
    """
    if column == SCAN:
        return row["path"].removeprefix(root)
    if column == STATUS:
        return "Done" if row["status"] == OK else f"Failed: {row['error']}"
    if row["status"] != OK:
        return ""
    if column == ORGAN:
        return plain(row["organ"]).capitalize()
    if column == DIAGNOSIS:
        return _diagnosis(row)
    if column == PROBABILITY:
        return percent(float(row[winning_column(row)]))
    return quantity(float(row["lesion_area"]), row["area_unit"]) if row["lesion_area"] else ""


def tip(row: Row, column: int) -> str:
    """Say more of a cell than there is room for."""
    if row["error"]:
        return row["error"]
    if column == DIAGNOSIS and row["confident"] != "true":
        return f"{NOT_SURE}: open the scan and look for yourself"
    return row["path"]


def _diagnosis(row: Row) -> str:
    named = class_name(row["diagnosis"], row["organ"]) if row["diagnosis"] else ""
    if row["confident"] == "true":
        return named
    return f"{named}?" if named else NOT_SURE
