"""The models at work ahead of the user: begun, paused, stopped, and how far they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QTimer, Signal

from napari_multicancer.core.errors import CancelledError, MulticancerError
from napari_multicancer.project.query import ScanFilter
from napari_multicancer.project.records import State
from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.common.notify import Passing, tell, warn
from napari_multicancer.widgets.common.thread import BackgroundJob
from napari_multicancer.widgets.scans.layout import (
    AGAIN,
    CONTINUE,
    PAUSE,
    START,
    ScansLayout,
    go_on,
)
from napari_multicancer.widgets.scans.pace import BatchPace, progress
from napari_multicancer.widgets.scans.run import Counts, RunOrder, check, list_and_propose
from napari_multicancer.widgets.scans.session import Session

if TYPE_CHECKING:
    from napari_multicancer.batch.run import BatchSummary

REFRESH_MS = 200
_NEW = ScanFilter(states=frozenset({State.NEW}))


class Proposals(QObject):
    """Lists scans and lets the models propose outlines, in a thread.

    Parameters
    ----------
    session : Session
    ui : ScansLayout
        Whose button, progress bar and line of state show how far it is.
    models : callable
        Gives the models that are chosen, by task.

    Attributes
    ----------
    grown : Signal()
        There may be more in the list.
    ended : Signal(object)
        It is over: a `BatchSummary`, or the exception that ended it.
    job : BackgroundJob
    counts : Counts
    """

    grown = Signal()
    ended = Signal(object)

    def __init__(
        self,
        session: Session,
        ui: ScansLayout,
        models: Callable[[], Mapping[str, str]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._ui, self._models = session, ui, models
        self.job = BackgroundJob(self)
        self.counts = Counts()
        self._pace = BatchPace()
        self._said_in_vain = Passing()
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        self.job.returned.connect(self._on_ended)
        self.job.failed.connect(self._on_ended)
        self.show_idle()

    def press(self, sources: tuple[Path, ...]) -> None:
        """Do what the button says: begin, pause or continue; or work on what was looked at."""
        project = self._session.project
        if project is not None and project.read_only:
            self._work_on_it()
        elif self.job.is_paused:
            self._pace.forget()
            self.job.go_on()
        elif self.job.is_running:
            self.job.pause()
        else:
            self.start(sources)
        self._refresh()

    def _work_on_it(self) -> None:
        self._said_in_vain.take_back()
        try:
            self._session.open_anew()
        except MulticancerError as error:
            self._said_in_vain.note(tell(error, tr("opening a list of scans")))

    def stop(self) -> None:
        """Stop at the next plane; all answers so far are kept."""
        self.job.stop()
        self._refresh()

    def start(self, sources: tuple[Path, ...]) -> None:
        """List scans of files and folders, and propose outlines of those without an answer."""
        out = self._ui.out.folder
        if not sources and self._session.project is None:
            warn(tr("No folder of scans is named: choose one."))
            return
        if out is None:
            warn(tr("No folder for results is named: choose one."))
            return
        try:
            check(sources, out)
            self._session.open_list(out, make=True)
        except MulticancerError as error:
            self._on_ended(error)
            return
        self._propose(sources)

    def _propose(self, sources: tuple[Path, ...]) -> None:
        project = self._session.project
        if project is None or project.read_only:
            warn(tr("The list is open to look at only: nothing is added."))
            return
        self._session.stop_taking()
        self._pace, self.counts = BatchPace(), Counts()
        order = RunOrder(sources, self._models())
        self._ui.change.setChecked(False)
        self.job.start(partial(list_and_propose, project, order, self.counts))
        self._timer.start()

    def _on_ended(self, outcome: BatchSummary | Exception) -> None:
        self._timer.stop()
        self._session.go_on_taking()
        self.grown.emit()
        self.show_idle()
        say = self._ui.say
        if isinstance(outcome, CancelledError):
            say(
                tr_n(
                    "Stopped; {n} new answer kept.",
                    "Stopped; {n} new answers kept.",
                    self.counts.rows,
                )
            )
        elif isinstance(outcome, Exception):
            tell(outcome, tr("analyzing scans"))
            say(tr("Stopped; the answers so far are kept.") if self.counts.rows else "")
        else:
            say(
                tr(
                    "{ok} analyzed, {failed} failed, {skipped} done before.",
                    ok=f"{outcome.ok:,}",
                    failed=f"{outcome.failed:,}",
                    skipped=f"{outcome.skipped:,}",
                )
            )
        self.ended.emit(outcome)

    def _refresh(self) -> None:
        if self.job.is_running:
            self.grown.emit()
            self._show_progress()

    def show_idle(self) -> None:
        """Show that the models are not at work."""
        self._ui.allow_changes(True)
        self._ui.cancel.setVisible(False)
        self._ui.progress.setVisible(False)
        self._ui.say("")
        self.show_button()

    def show_button(self) -> None:
        """Say on the button what there is to do, unless it says how to pause."""
        project, button = self._session.project, self._ui.button
        if self.job.is_running:
            return
        button.setEnabled(True)
        if project is None:
            button.setText(START)
            return
        if project.read_only:
            button.setText(tr("Op&en to work on it"))
            return
        try:
            new = project.count(_NEW)
        except MulticancerError:
            return
        button.setText(go_on(new) if new else AGAIN)

    def _show_progress(self) -> None:
        job, ui = self.job, self._ui
        if not job.is_paused:
            self._pace.note(time.monotonic(), self.counts.rows)
        ui.allow_changes(False)
        ui.button.setEnabled(not job.is_stopping)
        ui.button.setText(CONTINUE if job.is_paused else PAUSE)
        ui.cancel.setVisible(True)
        ui.cancel.setEnabled(not job.is_stopping)
        ui.progress.setVisible(True)
        ui.progress.setRange(0, self.counts.total or 0)
        ui.progress.setValue(self.counts.done)
        ui.say(self._how_far())

    def _how_far(self) -> str:
        if self.job.is_stopping:
            return tr("Stopping...")
        far = progress(self.counts, self._pace)
        return tr("Paused: {far}", far=far) if self.job.is_paused else far
