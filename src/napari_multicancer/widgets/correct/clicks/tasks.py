"""What a thread does for the tool of clicks: one task at a time, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from napari.layers import Labels
from qtpy.QtCore import QObject, Signal

from napari_multicancer.widgets.common.thread import BackgroundJob, Work
from napari_multicancer.widgets.correct.tools import PROPAGATE, Action


@dataclass(frozen=True, eq=False)
class ClickTask:
    """What a thread is asked, and what becomes of the marks if it succeeds."""

    action: Action
    labels: Labels
    work: Work
    written: Callable[[Any], None]


class ClickWorker(QObject):
    """Does one task at a time in a thread.

    Attributes
    ----------
    task : ClickTask or None
        Under way.
    working : Signal(bool)
        A propagation, which takes long, has begun or ended.
    progressed : Signal(int, int)
        Steps done and in all.
    returned : Signal(object, object)
        The task and what it gave.
    failed : Signal(object)
        The exception.
    """

    working = Signal(bool)
    progressed = Signal(int, int)
    returned = Signal(object, object)
    failed = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.task: ClickTask | None = None
        self._job = BackgroundJob(self)
        self._job.progressed.connect(self.progressed)
        self._job.returned.connect(self._on_returned)
        self._job.failed.connect(self._on_failed)

    def run(self, task: ClickTask) -> None:
        """Begin a task; none is under way."""
        self.task = task
        self._job.start(task.work)
        if task.action is PROPAGATE:
            self.working.emit(True)

    def cancel(self) -> None:
        """Drop the task, if there is one; nothing is heard of it any more."""
        if self.task is not None:
            self._job.cancel()
            self._end()

    def _on_returned(self, result: Any) -> None:
        self.returned.emit(self._end(), result)

    def _on_failed(self, error: Exception) -> None:
        self._end()
        self.failed.emit(error)

    def _end(self) -> ClickTask | None:
        task, self.task = self.task, None
        if task is not None and task.action is PROPAGATE:
            self.working.emit(False)
        return task
