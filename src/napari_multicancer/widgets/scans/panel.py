"""The tab with the list of scans: what is in it, what the models propose, one after another."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from napari.viewer import Viewer
from qtpy.QtCore import QEvent, QObject, QSize, QTimer, Signal
from qtpy.QtWidgets import QWidget

from napari_multicancer.batch.results import FILE_NAME as RESULTS
from napari_multicancer.core.errors import CancelledError, MulticancerError
from napari_multicancer.project.project import FILE_NAME
from napari_multicancer.project.query import ScanFilter
from napari_multicancer.project.records import ListedScan, State
from napari_multicancer.widgets.common.layers import bare
from napari_multicancer.widgets.common.model_choice import chosen_models
from napari_multicancer.widgets.common.notify import tell, warn
from napari_multicancer.widgets.common.settings import heed_threads
from napari_multicancer.widgets.common.thread import BackgroundJob
from napari_multicancer.widgets.files.drops import DropTarget
from napari_multicancer.widgets.scans.keys import bind_keys
from napari_multicancer.widgets.scans.layout import (
    AGAIN,
    CONTINUE,
    NO_LIST,
    PAUSE,
    RESUME,
    START,
    ScansLayout,
)
from napari_multicancer.widgets.scans.pace import BatchPace, counted, progress
from napari_multicancer.widgets.scans.person import PersonMenu
from napari_multicancer.widgets.scans.run import Counts, RunOrder, check, list_and_propose
from napari_multicancer.widgets.scans.session import session_of
from napari_multicancer.widgets.scans.table.model import ScanTableModel
from napari_multicancer.widgets.scans.table.thumbnails import Thumbnails
from napari_multicancer.widgets.scans.treating import Treating

if TYPE_CHECKING:
    from napari_multicancer.batch.run import BatchSummary

REFRESH_MS = 200
RESULTS_SUFFIX = "_results"
USUAL_SIZE = QSize(470, 480)
WIDEST_SHARE = 0.4
_NEW = ScanFilter(states=frozenset({State.NEW}))


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
        viewer = bare(napari_viewer)
        heed_threads()
        self.session = session_of(viewer)
        self.model = ScanTableModel(Thumbnails(self), self)
        self.ui = ScansLayout(self, self.model)
        self.run = BackgroundJob(self)
        self.counts = Counts()
        self.treating = Treating(self.session, self)
        self.person = PersonMenu(self.session, self.ui.person, self.ui.menu, self)
        self._pace = BatchPace()
        self._suggested: Path | None = None
        self._shown: object = None
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(REFRESH_MS // 2)
        self._connect()
        self._show_idle()
        self._show_list()

    def _connect(self) -> None:
        ui, session = self.ui, self.session
        ui.folder.changed.connect(self._on_folder)
        ui.out.changed.connect(self._on_out)
        ui.button.clicked.connect(self._on_button)
        ui.cancel.clicked.connect(self._on_cancel)
        ui.filters.changed.connect(self._on_filter)
        ui.table.row_chosen.connect(self._on_row_chosen)
        ui.table.horizontalHeader().sortIndicatorChanged.connect(self._on_sorted)
        ui.table.selectionModel().currentChanged.connect(lambda *_: self._show_detail())
        ui.detail.organ_chosen.connect(self._on_organ_chosen)
        ui.decisions.previous.clicked.connect(session.previous)
        ui.decisions.next.clicked.connect(session.next)
        ui.decisions.flag.clicked.connect(lambda: self._decide(State.FLAGGED))
        ui.decisions.skip.clicked.connect(lambda: self._decide(State.SKIPPED))
        ui.decisions.approve.clicked.connect(lambda: self._decide(State.REVIEWED))
        ui.decisions.back.clicked.connect(lambda: self._decide(State.IN_WORK))
        ui.decisions.word.returnPressed.connect(self._comment)
        session.listed.connect(self._soon.start)
        session.moved.connect(self._show_place)
        session.said.connect(ui.state.setText)
        self._soon.timeout.connect(self._show_list)
        self.run.returned.connect(self._on_ended)
        self.run.failed.connect(self._on_ended)
        self._timer.timeout.connect(self._refresh)
        DropTarget(self).dropped.connect(self.take)

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
            self.session.save()
        return bool(super().eventFilter(watched, event))

    def cancel(self) -> None:
        """Stop the models, save what is open and close the list."""
        self.run.stop()
        self.session.close()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Qt's own: as wide as the table, unless that leaves too little of a small window."""
        share = int(WIDEST_SHARE * self.window().width())
        return QSize(min(USUAL_SIZE.width(), share), USUAL_SIZE.height())

    def take(self, paths: list[Path]) -> None:
        """Take what was dropped: a list's own folder, or scans for a list."""
        if len(paths) == 1 and _is_list(paths[0]):
            self.ui.out.set_folder(paths[0])
            return
        if self.run.is_running:
            warn("The models are at work: add scans when they are done, or press Cancel.")
            return
        if self.session.project is None:
            folder = paths[0] if paths[0].is_dir() else paths[0].parent
            self.ui.folder.set_folder(folder)
        self._start(tuple(paths))

    def _on_folder(self) -> None:
        """Suggest a folder for results beside that of the scans, until one is named."""
        folder = self.ui.folder.folder
        if folder is not None and self.ui.out.folder in (None, self._suggested):
            self._suggested = folder.parent / f"{folder.name}{RESULTS_SUFFIX}"
            self.ui.out.set_folder(self._suggested)

    def _on_out(self) -> None:
        """Open the list that the folder holds."""
        folder = self.ui.out.folder
        if folder is None or not _is_list(folder):
            self.session.close()
        else:
            try:
                self.session.open_list(folder)
            except MulticancerError as error:
                tell(error, "opening a list of scans")
        self._show_list()
        self._show_idle()

    def _on_button(self) -> None:
        if self.run.is_paused:
            self._pace.forget()
            self.run.go_on()
        elif self.run.is_running:
            self.run.pause()
        else:
            folder = self.ui.folder.folder
            self._start(() if folder is None else (folder,))
        self._refresh()

    def _on_cancel(self) -> None:
        self.run.stop()
        self._refresh()

    def _start(self, sources: tuple[Path, ...]) -> None:
        out = self.ui.out.folder
        if not sources and self.session.project is None:
            warn("No folder of scans is named: choose one.")
        elif out is None:
            warn("No folder for results is named: choose one.")
        else:
            self._list_into(out, sources)

    def _list_into(self, out: Path, sources: tuple[Path, ...]) -> None:
        try:
            check(sources, out)
            self.session.open_list(out, make=True)
        except MulticancerError as error:
            self._on_ended(error)
        else:
            self._propose(sources)

    def _propose(self, sources: tuple[Path, ...]) -> None:
        project = self.session.project
        if project is None or project.read_only:
            warn("The list is open to look at only: nothing is added.")
            return
        self._pace, self.counts = BatchPace(), Counts()
        order = RunOrder(sources, chosen_models(self))
        self.ui.change.setChecked(False)
        self.run.start(partial(list_and_propose, project, order, self.counts))
        self._timer.start()

    def _on_ended(self, outcome: BatchSummary | Exception) -> None:
        self._timer.stop()
        self._show_list()
        self._show_idle()
        if isinstance(outcome, CancelledError):
            answers = counted(self.counts.rows, "new answer")
            self.ui.state.setText(f"Stopped; {answers} kept.")
        elif isinstance(outcome, Exception):
            tell(outcome, "analyzing scans")
            self.ui.state.setText("Stopped; the answers so far are kept.")
        else:
            self.ui.state.setText(
                f"{outcome.ok:,} analyzed, {outcome.failed:,} failed, "
                f"{outcome.skipped:,} done before."
            )
        self.finished.emit(outcome)

    def _on_row_chosen(self, row: int) -> None:
        scan = self.model.scan_at(row)
        if scan is None:
            warn("This row cannot be read any more: open the list again.")
        else:
            self.session.open(scan.id)

    def _on_filter(self, wanted: ScanFilter) -> None:
        self.session.wanted = wanted
        self.model.show_only(wanted)
        self._show_list()

    def _on_sorted(self, *_: object) -> None:
        self.session.sorting = self.model.sorting
        self._show_place()

    def _on_organ_chosen(self, organ: str) -> None:
        scan = self._chosen()
        if scan is not None:
            self.treating.treat_as(scan.id, organ, chosen_models(self))

    def _decide(self, state: State) -> None:
        word = self.ui.decisions.word.text().strip()
        self._comment()
        self.session.decide(state, word)

    def _comment(self) -> None:
        self.session.comment(self.ui.decisions.word.text().strip())

    def _chosen(self) -> ListedScan | None:
        index = self.ui.table.currentIndex()
        return self.model.scan_at(index.row()) if index.isValid() else None

    def _refresh(self) -> None:
        if self.run.is_running:
            self._show_list()
            self._show_progress()

    def _show_list(self) -> None:
        """Bring the table up to date with the list."""
        project = self.session.project
        if project is not self._shown:
            self._shown = project
            self.model.show_list(project)
            self.ui.change.setChecked(project is None)
        else:
            self.model.refresh()
        self._show_place()
        self._show_counts()
        if not self.run.is_running:
            self._show_button()

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
        total = sum(counts.values())
        done = counts[State.DONE] + counts[State.REVIEWED]
        only = " (to look at only)" if project.read_only else ""
        name = project.folder.name.removesuffix(RESULTS_SUFFIX)
        self.ui.title.setText(f"{name}{only}: {done:,} of {total:,} done")
        self.ui.filters.count(self.model.rowCount(), total)

    def _show_place(self) -> None:
        """Mark the scan that is open."""
        at = self.session.at
        self.ui.table.show_row(None if at is None else self.model.row_of(at))
        project = self.session.project
        self.ui.decisions.show_scan(
            self.session.scan,
            who="" if project is None else project.who,
            changeable=self.session.can_change,
        )
        self._show_detail()

    def _show_detail(self) -> None:
        self.ui.detail.show_scan(self._chosen(), changeable=self.session.can_change)

    def _show_idle(self) -> None:
        self.ui.allow_changes(True)
        self.ui.cancel.setVisible(False)
        self.ui.progress.setVisible(False)
        self.ui.state.setText("")
        self._show_button()

    def _show_button(self) -> None:
        project, button = self.session.project, self.ui.button
        button.setEnabled(project is None or not project.read_only)
        if project is None:
            button.setText(START)
            return
        try:
            new = project.count(_NEW)
        except MulticancerError:
            return
        button.setText(f"{RESUME} with {counted(new, 'scan')}" if new else AGAIN)

    def _show_progress(self) -> None:
        run, ui = self.run, self.ui
        if not run.is_paused:
            self._pace.note(time.monotonic(), self.counts.rows)
        ui.allow_changes(False)
        ui.button.setEnabled(not run.is_stopping)
        ui.button.setText(CONTINUE if run.is_paused else PAUSE)
        ui.cancel.setVisible(True)
        ui.cancel.setEnabled(not run.is_stopping)
        ui.progress.setVisible(True)
        ui.progress.setRange(0, self.counts.total or 0)
        ui.progress.setValue(self.counts.done)
        if run.is_stopping:
            ui.state.setText("Stopping...")
        else:
            ui.state.setText(
                ("Paused: " if run.is_paused else "") + progress(self.counts, self._pace)
            )


def _is_list(folder: Path) -> bool:
    return (folder / FILE_NAME).is_file() or (folder / RESULTS).is_file()
