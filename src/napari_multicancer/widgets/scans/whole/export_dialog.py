"""What is to go out of a list, in which form and where to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QWidget

from napari_multicancer.project.exports.options import ExportOptions
from napari_multicancer.project.exports.place import EXPORT_FOLDER
from napari_multicancer.project.query import ScanFilter
from napari_multicancer.project.records import State
from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.common.checks import Checks
from napari_multicancer.widgets.common.options import FieldWords, OptionsForm
from napari_multicancer.widgets.common.parts import plain_label
from napari_multicancer.widgets.scans.folders import FolderLine
from napari_multicancer.widgets.scans.table.words import STATES
from napari_multicancer.widgets.scans.whole.dialog import OrderDialog, choice_of_forms, complete
from napari_multicancer.widgets.scans.whole.words import export_words
from napari_multicancer.widgets.scans.whole.work import ListOrder, export_order

if TYPE_CHECKING:
    from napari_multicancer.project import Project

FIELDS = {
    "states": FieldWords(tr("States")),
    "by": FieldWords(tr("&Masks made by"), tr("Masks that this person made, alone")),
    "split": FieldWords(
        tr("&Split by patient into train, val and test"),
        tr("A patient is never in two of them; without it all are of train"),
    ),
}


class ExportDialog(OrderDialog):
    """Offers the forms of `project.exports`, with their options.

    A folder is suggested inside the list's own; one that is named and holds something gets the
    export as a new folder inside.

    Parameters
    ----------
    project : Project
    """

    def __init__(self, project: Project, parent: QWidget | None = None) -> None:
        from napari_multicancer.project.exports.forms import EXPORTS

        super().__init__(tr("Export"), tr("Export"), parent)
        self._project = project
        self._words = {name: export_words(name) for name in EXPORTS}
        self._suggested: Path | None = None
        self.kind = choice_of_forms((name, form.title) for name, form in self._words.items())
        self.what = plain_label("")
        self.out = FolderLine(tr("Folder for the export"), tr("a new folder, or an empty one"))
        self.options = OptionsForm(ExportOptions(), FIELDS)
        self.add_row(tr("&Format"), self.kind)
        self.form.addRow("", self.what)
        self.add_row(tr("Fol&der"), self.out)
        self.options.add_to(self.form)
        complete(self.options.widget("by"), project.people(), tr("everybody"))
        self._count_states()
        self.kind.currentIndexChanged.connect(lambda _: self._on_kind())
        self.out.settled.connect(self._on_folder)
        self.options.widget("states").changed.connect(self._say_how_many)
        self._on_kind()
        self._say_how_many()

    def what_is_ordered(self) -> ListOrder | None:
        """Give the export; None without a folder."""
        self._on_folder()
        out = self.out.folder
        if out is None:
            self.sentence.setText(tr("Name a folder for the export."))
            return None
        return export_order(self.kind.currentData(), out.absolute(), self.options.value)

    def _on_kind(self) -> None:
        name = self.kind.currentData()
        self.what.setText(self._words[name].what)
        if self.out.folder in (None, self._suggested):
            self._suggest(self._project.folder / EXPORT_FOLDER / name)

    def _on_folder(self) -> None:
        """Put the export into a folder of its own, where the one that is named is in use."""
        folder = self.out.folder
        if folder != self._suggested and folder is not None and _holds_something(folder):
            name = f"{self._project.folder.name}_{self.kind.currentData()}"
            self._suggest(folder / name)

    def _suggest(self, folder: Path) -> None:
        self._suggested = _free(folder)
        self.out.set_folder(self._suggested)

    def _count_states(self) -> None:
        states = self.options.field("states")
        assert isinstance(states, Checks)
        counts = self._project.counts()
        states.describe(lambda state: f"{STATES[state]} ({counts[state]:,})")

    def _say_how_many(self) -> None:
        states: frozenset[State] = self.options.value.states
        number = self._project.count(ScanFilter(states)) if states else 0
        self.order.setEnabled(number > 0)
        self.sentence.setText(
            tr_n("{n} scan is in these states.", "{n} scans are in these states.", number)
            if states
            else tr("Choose states: there are no scans.")
        )


def _holds_something(folder: Path) -> bool:
    try:
        return folder.is_dir() and any(folder.iterdir())
    except OSError:
        return False  # the export says what is wrong with it


def _free(folder: Path) -> Path:
    """Give a folder, or one with a number, that is not there yet."""
    number, free = 1, folder
    while free.exists():
        number += 1
        free = folder.with_name(f"{folder.name}_{number}")
    return free
