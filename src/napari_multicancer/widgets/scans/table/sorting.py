"""A menu that sorts the table by any of its columns, those without room among them."""

from __future__ import annotations

from functools import partial

from qtpy.QtCore import QObject
from qtpy.QtWidgets import QMenu

from napari_multicancer.translation import tr
from napari_multicancer.widgets.scans.table.view import ScansView
from napari_multicancer.widgets.scans.table.words import HEADINGS


class SortMenu(QObject):
    """Entries for the columns, with a mark at the one that counts; once more turns the order round.

    Parameters
    ----------
    table : ScansView
    menu : QMenu
        Gets a menu of entries.
    """

    def __init__(self, table: ScansView, menu: QMenu) -> None:
        super().__init__(table)
        self._table = table
        menu.addSeparator()
        self.menu = menu.addMenu(tr("S&ort by"))
        for column, heading in enumerate(HEADINGS):
            entry = self.menu.addAction(heading, partial(table.sort_by, column))
            entry.setCheckable(True)
        self.menu.aboutToShow.connect(self._show)

    def _show(self) -> None:
        for column, entry in enumerate(self.menu.actions()):
            entry.setChecked(column == self._table.sorted_by)
