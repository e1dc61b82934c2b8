"""Where everything on the tab sits."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.common.colors import ACCENT
from napari_multicancer.widgets.common.elide import CUT
from napari_multicancer.widgets.common.hint import Hint
from napari_multicancer.widgets.common.parts import plain_tip, slim_progress_bar
from napari_multicancer.widgets.common.sentence import SentenceLine
from napari_multicancer.widgets.common.tabs import FOLD
from napari_multicancer.widgets.scans.decisions import Decisions
from napari_multicancer.widgets.scans.detail import Detail
from napari_multicancer.widgets.scans.filters import FilterLine
from napari_multicancer.widgets.scans.folders import FolderLine
from napari_multicancer.widgets.scans.folding import ListOrStrip, Strip
from napari_multicancer.widgets.scans.table.model import ScanTableModel
from napari_multicancer.widgets.scans.table.view import ScansView
from napari_multicancer.widgets.scans.whole.line import WorkLine

START, PAUSE, CONTINUE, CANCEL, AGAIN = (
    tr("List an&d propose"),
    tr("Paus&e"),
    tr("Cont&inue"),
    tr("&Cancel"),
    tr("Look for n&ew scans"),
)
RESULTS_SUFFIX = "_results"
LONGEST_NAME = 24
"""So many letters of a list's name have room on a button."""
NO_LIST = tr("Drop scans or a folder here, or name a folder of scans below.")
IN_PLACE = tr(
    "The list stands in place of the layer list: {fold} folds it.",
    fold=FOLD,
)


def go_on(scans: int) -> str:
    """Offer to let the models go on with so many scans."""
    return tr_n("&Go on with {n} scan", "&Go on with {n} scans", scans)


class ScansLayout:
    """Folders and progress above, the table, and below it what can be done with a scan.

    A dock of its own can be folded to a strip.

    Parameters
    ----------
    panel : QWidget
        Gets the parts laid out in it.
    model : ScanTableModel
    """

    def __init__(self, panel: QWidget, model: ScanTableModel) -> None:
        self.folder = FolderLine(tr("Folder of scans"), tr("where the scans are"))
        self.out = FolderLine(
            tr("Folder for results"), tr("for the list, the masks and results.csv")
        )
        self.folders = QWidget()
        self.title = QLabel()
        self.again = QPushButton()
        self.change = QToolButton()
        self.list = QToolButton()
        self.list_menu = QMenu(self.list)
        self.person = QToolButton()
        self.menu = QMenu(self.person)
        self.fold = QToolButton()
        self.whole, self.strip = QWidget(), Strip()
        self.in_place = Hint("narrow", IN_PLACE)
        self.button = QPushButton(START)
        self.cancel = QPushButton(CANCEL)
        self.progress = slim_progress_bar(tr("Scans analyzed"))
        self.state = QLabel()
        self.work = WorkLine()
        self.filters = FilterLine()
        self.table = ScansView(model)
        self.detail = Detail()
        self.decisions = Decisions()
        self._style()
        self._arrange(panel)

    def _style(self) -> None:
        self.button.setToolTip(tr("With the models that are chosen on the tab Analyze, if any"))
        self.progress.setStyleSheet(f"QProgressBar::chunk {{ background: {ACCENT.name()}; }}")
        self.state.setWordWrap(True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setWordWrap(True)
        self.change.setText(tr("Folders"))
        self.change.setCheckable(True)
        self.change.setChecked(True)
        self.change.setToolTip(tr("Show or hide the folders of scans and of results"))
        # The space keeps the arrow of the menu off the word.
        self.list.setText(f"{tr('List')} ")
        self.list.setToolTip(
            tr("Export, import, numbers, agreement, tasks and order of the whole list")
        )
        self.person.setToolTip(tr("Under whose name you work"))
        for button, menu in ((self.list, self.list_menu), (self.person, self.menu)):
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            button.setMenu(menu)
        self.fold.setText(FOLD)
        self.fold.setAccessibleName(tr("Fold the list"))
        self.fold.setToolTip(tr("Fold the list to a strip; its keys work as before"))
        self.change.toggled.connect(self.folders.setVisible)

    def _arrange(self, panel: QWidget) -> None:
        form = QFormLayout(self.folders)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(4)
        form.addRow(tr("Sca&ns"), self.folder)
        form.addRow(tr("Res&ults"), self.out)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.change)
        head.addWidget(self.list)
        head.addWidget(self.person)
        head.addWidget(self.fold)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        buttons = QHBoxLayout()
        buttons.addWidget(self.button, stretch=2)
        buttons.addWidget(self.cancel, stretch=1)
        ListOrStrip(panel, self.whole, self.strip)
        column = QVBoxLayout(self.whole)
        column.setContentsMargins(10, 8, 10, 4)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.in_place)
        column.addWidget(self.again)
        column.addWidget(self.folders)
        column.addLayout(buttons)
        for widget in (self.progress, self.state, self.work, self.filters):
            column.addWidget(widget)
        column.addWidget(self.table, stretch=1)
        column.addWidget(SentenceLine())
        column.addWidget(self.detail)
        column.addWidget(self.decisions)

    def offer(self, folder: Path | None) -> None:
        """Offer to go on with the list of a folder; None offers nothing."""
        self.again.setVisible(folder is not None)
        if folder is not None:
            name = folder.name.removesuffix(RESULTS_SUFFIX)
            name = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}{CUT}"
            self.again.setText(tr("Go on with {name}", name=name.replace("&", "&&")))
            self.again.setToolTip(plain_tip(str(folder)))

    def say(self, words: str) -> None:
        """Show a sentence on how things stand; none takes no room."""
        self.state.setText(words)
        self.state.setVisible(bool(words))

    def allow_changes(self, allowed: bool) -> None:
        """Let folders be named, or not while the models are at work."""
        for widget in (self.folder, self.out):
            widget.setEnabled(allowed)
