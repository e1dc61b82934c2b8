"""Work on a whole list, one piece at a time, off the window's thread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal

from napari_multicancer.core.errors import CancelledError
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.notify import tell, warn
from napari_multicancer.widgets.common.thread import BackgroundJob, Cancelled, Progress
from napari_multicancer.widgets.scans.session import Session
from napari_multicancer.widgets.scans.verdicts import NO_LIST, to_look_at_only
from napari_multicancer.widgets.scans.whole.line import WorkLine
from napari_multicancer.widgets.scans.whole.work import ListOrder, Outcome

if TYPE_CHECKING:
    from napari_multicancer.project import Project
    from napari_multicancer.widgets.scans.keeper import Keeper


class ListWork(QObject):
    """Does what is ordered of the list that is open, with what is on the screen saved before.

    It ends with its list: where that is closed, it stops at its next step.

    Parameters
    ----------
    session : Session
    line : WorkLine

    Attributes
    ----------
    ended : Signal(object)
        The `Outcome`, or the exception that ended it.
    """

    ended = Signal(object)

    def __init__(self, session: Session, line: WorkLine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._line = session, line
        self._order: ListOrder | None = None
        self._project: Project | None = None
        self.job = BackgroundJob(self)
        self.job.progressed.connect(self._on_progress)
        self.job.returned.connect(self._on_ended)
        self.job.failed.connect(self._on_ended)
        line.stopped.connect(self._stop)
        session.listed.connect(self._end_with_list)

    def start(self, order: ListOrder) -> None:
        """Begin, unless something else is under way or the list may not be changed."""
        project = self._session.project
        if project is None:
            warn(NO_LIST)
        elif order.changes and project.read_only:
            warn(to_look_at_only(project))
        elif self.job.is_running and self._order is not None:
            warn(
                tr(
                    "{doing} is not over yet: wait until it is, or press Cancel.",
                    doing=self._order.doing,
                )
            )
        else:
            self._session.save()
            self._order, self._project = order, project
            self._line.show_progress(order.doing)
            self.job.start(partial(_do, project, self._session.keeper, order))

    def _stop(self) -> None:
        self.job.stop()
        self._line.show_stopping()

    def _end_with_list(self) -> None:
        if self._project is not None and self._session.project is not self._project:
            self.job.cancel()
            self._line.hide()
            self._order = self._project = None

    def _on_progress(self, done: int, total: int) -> None:
        if self._order is not None and not self.job.is_stopping:
            self._line.show_progress(self._order.doing, done, total)

    def _on_ended(self, outcome: Outcome | Exception) -> None:
        order, self._order = self._order, None
        assert order is not None
        if isinstance(outcome, CancelledError):
            self._line.show_outcome(Outcome(order.if_stopped))
        elif isinstance(outcome, Exception):
            self._line.hide()
            tell(outcome, order.trouble)
        else:
            self._line.show_outcome(outcome)
        if order.changes:
            self._session.listed.emit()
        if order.brings_masks or (order.finds_scans and self._session.scan is None):
            self._session.reopen()
        self.ended.emit(outcome)


def _do(
    project: Project, keeper: Keeper, order: ListOrder, report: Progress, cancelled: Cancelled
) -> Outcome:
    keeper.wait()
    return order.do(project, report, cancelled)
