"""One long piece of work in a thread of its own, with progress and a way to stop it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from napari.qt.threading import FunctionWorker, thread_worker
from qtpy.QtCore import QObject, QTimer, Signal

from napari_multicancer.core.errors import CancelledError

POLL_MS = 50
Work = Callable[[Callable[[int, int], None], Callable[[], bool]], Any]
"""Called with a function to report progress to, and one that says whether to stop."""


class _Run:
    """What the working thread and the window share; lets go of the work when it is over."""

    def __init__(self, work: Work) -> None:
        self._work: Work | None = work
        self.done = self.total = 0
        self.worker: FunctionWorker | None = None
        self.stopped = False

    def do(self) -> Any:
        work, self._work = self._work, None
        if work is None or self.stopped:
            raise CancelledError("Stopped.")
        return work(self.report, self.is_to_stop)

    def is_to_stop(self) -> bool:
        """Say whether nobody wants the result, or the program ends."""
        worker = self.worker
        return self.stopped or worker is None or bool(worker.abort_requested)

    def report(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def stop(self) -> None:
        self.stopped = True
        if self.worker is not None:
            self.worker.quit()
        self.worker = self._work = None


class BackgroundJob(QObject):
    """Runs one function at a time in a thread; a new start or the end of this object stops it.

    Attributes
    ----------
    progressed : Signal(int, int)
        Steps done and in all; at most every 50 ms.
    returned : Signal(object)
        What the function gave.
    failed : Signal(object)
        The exception. Nothing is emitted for work that was cancelled.
    """

    progressed = Signal(int, int)
    returned = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runs: list[_Run] = []
        self.destroyed.connect(partial(_stop, self._runs))
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._report_progress)

    @property
    def is_running(self) -> bool:
        """Whether work is under way."""
        return bool(self._runs)

    def start(self, work: Work) -> None:
        """Do a piece of work; one that is under way is stopped."""
        self.cancel()
        run = _Run(work)
        run.worker = _do(run)
        run.worker.returned.connect(self._on_worker_returned)
        self._runs.append(run)
        self._timer.start()
        run.worker.start()

    def cancel(self) -> None:
        """Stop the work, if there is any; it ends in the background at its next step."""
        _stop(self._runs)
        self._timer.stop()

    def _report_progress(self) -> None:
        for run in self._runs:
            if run.total:
                self.progressed.emit(run.done, run.total)

    def _on_worker_returned(self, outcome: tuple[_Run, Any, Exception | None]) -> None:
        run, result, error = outcome
        if run not in self._runs:
            return
        self.cancel()
        if error is None:
            self.returned.emit(result)
        else:
            self.failed.emit(error)


def _stop(runs: list[_Run], *_: object) -> None:
    while runs:
        runs.pop().stop()


@thread_worker(start_thread=False)
def _do(run: _Run) -> tuple[_Run, Any, Exception | None]:
    try:
        return run, run.do(), None
    except Exception as error:  # noqa: BLE001  every error crosses to the window's thread
        return run, None, error
