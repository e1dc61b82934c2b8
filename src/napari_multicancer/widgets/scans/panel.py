"""The tab with the list of scans: what is in it, what the models propose, one after another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from napari.viewer import Viewer
from qtpy.QtCore import QEvent, QObject, QSize, QTimer, Signal
from qtpy.QtWidgets import QWidget

from napari_multicancer.batch.results import FILE_NAME as RESULTS
from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.project import Project
from napari_multicancer.project.project import FILE_NAME
from napari_multicancer.project.query import ScanFilter
from napari_multicancer.project.records import ListedScan, State
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.layers import bare
from napari_multicancer.widgets.common.making_room import ROOMY
from napari_multicancer.widgets.common.model_choice import chosen_models
from napari_multicancer.widgets.common.notify import tell, warn
from napari_multicancer.widgets.common.settings import heed_threads, keep_last_list, last_list
from napari_multicancer.widgets.files.drops import DropTarget
from napari_multicancer.widgets.scans.folding import ListFolding
from napari_multicancer.widgets.scans.heeded import heeded_first
from napari_multicancer.widgets.scans.keys import bind_keys
from napari_multicancer.widgets.scans.layout import (
    NO_LIST,
    RESULTS_SUFFIX,
    ScansLayout,
)
from napari_multicancer.widgets.scans.person import PersonMenu
from napari_multicancer.widgets.scans.proposals import Proposals
from napari_multicancer.widgets.scans.session import session_of
from napari_multicancer.widgets.scans.table.model import ScanTableModel
from napari_multicancer.widgets.scans.table.sorting import SortMenu
from napari_multicancer.widgets.scans.table.thumbnails import Thumbnails
from napari_multicancer.widgets.scans.table.words import veiled
from napari_multicancer.widgets.scans.treating import Treating
from napari_multicancer.widgets.scans.whole.list_work import ListWork
from napari_multicancer.widgets.scans.whole.menu import ListMenu

REFRESH_MS = 100
USUAL_SIZE = QSize(470, 480)
WIDEST_SHARE = 0.36
NAPARIS_OWN = 370
"""So wide are napari's own docks beside the list in a window with room, with what parts them."""


class ScansPanel(QWidget):
    """Lists scans, lets the models propose outlines, and opens one scan after another.

    What a folder of results holds is shown as soon as it is named, and the work always goes on
    with it; nothing is overwritten. Closing the panel saves what is open and stops the models
    with all answers so far kept.

    Parameters
    ----------
    napari_viewer : Viewer

    Attributes
    ----------
    finished : Signal(object)
        The models are done: a `BatchSummary`, or the exception that ended it.
    """

    finished = Signal(object)

    def __init__(self, napari_viewer: Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer = bare(napari_viewer)
        heed_threads()
        self.session = session_of(viewer)
        self.model = ScanTableModel(Thumbnails(self), self)
        self.model.is_veiled = self.session.blindness.covers
        self.ui = ScansLayout(self, self.model)
        self.folding = ListFolding(self, self.ui)
        self.proposals = Proposals(self.session, self.ui, partial(chosen_models, self), self)
        self.treating = Treating(self.session, self)
        self.person = PersonMenu(self.session, self.ui.person, self.ui.menu, self)
        self.work = ListWork(self.session, self.ui.work, self)
        self.list = ListMenu(self.session, self.ui.list, self.ui.list_menu, self.work, self)
        self.sorting = SortMenu(self.ui.table, self.ui.list_menu)
        self.list.close.triggered.connect(self._on_closed)
        self._suggested: Path | None = None
        self._shown: object = None
        self._place: tuple[int | None, int | None] = None, None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(REFRESH_MS)
        self._connect()
        self._show_list()

    def _connect(self) -> None:
        ui, session = self.ui, self.session
        ui.folder.changed.connect(self._on_folder)
        ui.out.changed.connect(self._on_out)
        ui.again.clicked.connect(self._on_again)
        ui.button.clicked.connect(self._on_button)
        ui.cancel.clicked.connect(self.proposals.stop)
        ui.filters.changed.connect(self._on_filter)
        ui.table.row_chosen.connect(self._on_row_chosen)
        ui.table.horizontalHeader().sortIndicatorChanged.connect(self._on_sorted)
        ui.table.selectionModel().currentChanged.connect(lambda *_: self._show_marked())
        ui.detail.organ_chosen.connect(self._on_organ_chosen)
        ui.detail.finding_chosen.connect(self._on_finding_chosen)
        ui.decisions.previous.clicked.connect(session.previous)
        ui.decisions.next.clicked.connect(session.next)
        ui.strip.previous.clicked.connect(session.previous)
        ui.strip.next.clicked.connect(session.next)
        ui.decisions.flag.clicked.connect(lambda: self._decide(State.FLAGGED))
        ui.decisions.skip.clicked.connect(lambda: self._decide(State.SKIPPED))
        ui.decisions.approve.clicked.connect(lambda: self._decide(ui.decisions.approves))
        ui.decisions.back.clicked.connect(self._on_back)
        ui.decisions.word.returnPressed.connect(self._comment)
        session.listed.connect(self._soon.start)
        session.moved.connect(self._on_moved)
        session.leaving.connect(self._comment)
        session.said.connect(self._say)
        self._soon.timeout.connect(self._show_list)
        self.proposals.grown.connect(self._show_list)
        self.proposals.grown.connect(session.heed_answer)
        self.proposals.ended.connect(self.finished)
        DropTarget(self).dropped.connect(self.take)
        self._viewer.layers.selection.events.active.connect(self._on_active)

    def _say(self, words: str) -> None:
        """Show a sentence of the session, which outlives the panel."""
        self.ui.say(words)

    def _on_closed(self) -> None:
        """Let the models stop for a list that was closed, and have the next one named anew."""
        self.proposals.stop()
        self.ui.out.line.clear()

    def _on_active(self, *_: object) -> None:
        """Another of several masks counts now."""
        self._soon.start()

    def event(self, event: QEvent) -> bool:
        """Qt's own: taken out of its dock, the panel stops working."""
        if event.type() == QEvent.Type.ParentChange and self.parent() is None:
            self.cancel()
        return bool(super().event(event))

    def showEvent(self, event: QEvent) -> None:  # noqa: N802
        """Qt's own: the keys go with the window in which the panel is seen."""
        super().showEvent(event)
        bind_keys(self.window(), self.session)
        self.window().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's own: what is open is saved when its window closes."""
        if event.type() == QEvent.Type.Close:
            self._comment()
            self.session.save()
            self.session.look_through_all()
        return bool(super().eventFilter(watched, event))

    def cancel(self) -> None:
        """Stop the models, save what is open and close the list."""
        self.proposals.job.stop()
        self.work.job.stop()
        self.session.close()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Qt's own: as wide as the table, unless that leaves less than half to the scan."""
        width = self.window().width()
        share = width // 2 - NAPARIS_OWN if width >= ROOMY else int(WIDEST_SHARE * width)
        return QSize(min(USUAL_SIZE.width(), share), USUAL_SIZE.height())

    def take(self, paths: list[Path]) -> None:
        """Take what was dropped: a list's own folder, or scans for a list."""
        if self.proposals.job.is_running:
            warn(
                tr(
                    "The models are at work: drop scans or a list when they are done, or press "
                    "Cancel."
                )
            )
            return
        if len(paths) == 1 and _is_list(paths[0]):
            self.ui.out.set_folder(paths[0])
            return
        if self.session.project is None:
            folder = paths[0] if paths[0].is_dir() else paths[0].parent
            self.ui.folder.set_folder(folder)
        self.proposals.start(tuple(paths))

    def _on_folder(self) -> None:
        """Suggest a folder for results beside that of the scans, until one is named."""
        folder = self.ui.folder.folder
        if folder is not None and _is_list(folder):
            self.ui.folder.line.clear()
            self.ui.out.set_folder(folder)
            return
        if folder is not None and self.ui.out.folder in (None, self._suggested):
            self._suggested = folder.parent / f"{folder.name}{RESULTS_SUFFIX}"
            self.ui.out.set_folder(self._suggested)

    def _on_out(self) -> None:
        """Open the list that the folder holds."""
        folder = self.ui.out.folder
        self.proposals.show_idle()
        if folder is None or not _is_list(folder):
            self.session.close()
        else:
            try:
                self.session.open_list(folder)
            except MulticancerError as error:
                tell(error, tr("opening a list of scans"))
        self._show_list()

    def _on_again(self) -> None:
        if (folder := last_list()) is not None:
            self.ui.out.set_folder(folder)

    def _on_button(self) -> None:
        folder = self.ui.folder.folder
        self.proposals.press(() if folder is None else (folder,))

    def _on_row_chosen(self, row: int) -> None:
        scan = self.model.scan_at(row)
        if scan is None:
            warn(tr("This row cannot be read any more: open the list again."))
        else:
            self.session.open(scan.id)

    def _on_filter(self, wanted: ScanFilter) -> None:
        self.session.way.wanted = wanted
        self.model.show_only(wanted)
        self._show_list()

    def _on_sorted(self, *_: object) -> None:
        self.session.way.sorting = self.model.sorting
        self._show_place()

    def _on_organ_chosen(self, organ: str) -> None:
        scan = self._meant()
        if scan is not None:
            self.treating.treat_as(scan.id, organ, chosen_models(self))

    def _decide(self, state: State) -> None:
        word = self.ui.decisions.word.text().strip()
        self._comment()
        self.session.decide(state, word)

    def _on_back(self) -> None:
        if not self.ui.decisions.is_own:
            self._decide(State.IN_WORK)
            return
        self._comment()
        self.session.take_back(self.ui.decisions.word.text().strip())

    def _on_finding_chosen(self, finding: str) -> None:
        scan = self._meant()
        if scan is not None:
            self.session.say_finding(scan.id, finding)
            self._show_list()

    def _comment(self) -> None:
        self.session.comment(self.ui.decisions.word.text().strip())

    def _meant(self) -> ListedScan | None:
        """Give the scan of the row that is marked, else the one that is open."""
        index = self.ui.table.currentIndex()
        open_one = self.session.scan or self.session.unopened.scan
        return self.model.scan_at(index.row()) if index.isValid() else open_one

    def _show_list(self) -> None:
        """Bring the table up to date with the list."""
        project = self.session.project
        if project is not None:
            self.ui.filters.work_as(project.who)
            keep_last_list(project.folder)
        known = last_list() if project is None else None
        self.ui.offer(known if known is not None and _is_list(known) else None)
        if project is not self._shown:
            self._shown = project
            self.model.show_list(project)
            self.ui.change.setChecked(project is None)
        else:
            self.model.refresh()
        self._show_place()
        self._show_counts()
        self.proposals.show_button()

    def _show_counts(self) -> None:
        project = self.session.project
        if project is None:
            self.ui.title.setText(NO_LIST)
            self.ui.filters.count(0, 0)
            return
        try:
            counts = project.counts()
        except MulticancerError as error:
            self.ui.title.setText(str(error))
            return
        self.ui.title.setText(_title(project, counts))
        self.ui.filters.count(self.model.rowCount(), sum(counts.values()))

    def _on_moved(self) -> None:
        """Show where the user is; that the list ended there is over."""
        if self.ui.state.text() == self.session.said_at_the_end:
            self.ui.say("")
        self._show_place()

    def _show_place(self) -> None:
        """Mark the scan that is open, where it was not marked there yet."""
        at = self.session.at
        place = at, None if at is None else self.model.row_of(at)
        self.model.show_open(at)
        if place != self._place:
            self._place = place
            self.ui.table.show_row(place[1])
        self._show_marked()

    def _show_marked(self) -> None:
        """Show what is known of the row that is marked, and what can be done with it if open."""
        project, open_one = self.session.project, self.session.scan or self.session.unopened.scan
        marked, shown = self._meant(), self.session.stage.shown
        is_open = marked is None or open_one is None or marked.id == open_one.id
        self.ui.decisions.look_only(project is not None and project.read_only)
        self.ui.decisions.show_scan(
            self._seen(open_one),
            who="" if project is None else project.who,
            changeable=self.session.can_change and is_open,
            is_open=self.session.scan is not None,
            second=self.session.is_second,
            blind=shown is not None and shown.blind,
        )
        self._show_detail()

    def _seen(self, scan: ListedScan | None) -> ListedScan | None:
        """Leave out what the user is not to see of a scan."""
        if scan is None:
            return None
        shown = self.session.stage.shown
        is_blind = shown is not None and shown.blind and shown.scan.id == scan.id
        return veiled(scan) if is_blind or self.session.blindness.covers(scan.id) else scan

    def _show_detail(self) -> None:
        scan, shown = self._seen(self._meant()), self.session.stage.shown
        said = ""
        if scan is not None and shown is not None and shown.scan.id == scan.id:
            said = heeded_first(shown, self.session.stage.masks())
            scan = replace(scan, said_finding=shown.finding) if shown.second else scan
        self.ui.detail.show_scan(scan, said, changeable=self.session.can_change)


def _title(project: Project, counts: Mapping[State, int]) -> str:
    name = project.folder.name.removesuffix(RESULTS_SUFFIX)
    done = f"{counts[State.DONE] + counts[State.REVIEWED]:,}"
    total = f"{sum(counts.values()):,}"
    if project.read_only:
        return tr(
            "{name} (to look at only): {done} of {total} done", name=name, done=done, total=total
        )
    return tr("{name}: {done} of {total} done", name=name, done=done, total=total)


def _is_list(folder: Path) -> bool:
    return (folder / FILE_NAME).is_file() or (folder / RESULTS).is_file()
