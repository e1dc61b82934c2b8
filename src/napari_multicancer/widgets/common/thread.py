"""The ways to a thread: one long piece of work, which can be stopped, or a queue of short ones.

None is a thread of Qt's own pool. There Qt converts larger pictures while the window's thread
waits for them, and holds Python's lock: were that pool full of work in Python, which waits for the
lock, neither would ever go on.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from threading import Event
from typing import Any, TextIO

from qtpy.QtCore import QCoreApplication, QObject, QTimer, Signal

from napari_multicancer.core.errors import CancelledError
from napari_multicancer.translation import tr

AT_ONCE = 2
"""Threads of a job: what was dropped may go on to its next step while the next work begins."""
POLL_MS = 50
PAUSE_POLL_SECONDS = 0.1

Progress = Callable[[int, int], None]
"""Told how many steps are done, and how many there are."""
Cancelled = Callable[[], bool]
"""Says whether to stop; where the work is paused, it says so only when it goes on."""
Work = Callable[[Progress, Cancelled], Any]

logger = logging.getLogger("napari_multicancer")


class _Run:
    """What the working thread and the window share; lets go of the work when it is over."""

    def __init__(self, work: Work) -> None:
        self._work: Work | None = work
        self.done = self.total = 0
        self.stopping, self.free = Event(), Event()
        self.free.set()

    def do(self) -> Any:
        work, self._work = self._work, None
        if work is None or self.stopping.is_set():
            raise CancelledError(tr("Stopped."))
        return work(self.report, self.is_to_stop)

    def is_to_stop(self) -> bool:
        """Wait while there is a pause; say whether to stop, or the program ends."""
        while not self.stopping.is_set():
            if self.free.wait(PAUSE_POLL_SECONDS):
                return self.stopping.is_set()
        return True

    def report(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def stop(self) -> None:
        self.stopping.set()
        self.free.set()

    def drop(self) -> None:
        """Stop; nobody hears of the outcome."""
        self.stop()
        self._work = None


class Threads(QObject):
    """All work that goes on in the threads of jobs; lives as long as the program.

    Attributes
    ----------
    ended : Signal(object, object, object)
        The run, what it gave, and why it failed: told in the window's thread.
    """

    ended = Signal(object, object, object)

    def __init__(self) -> None:
        super().__init__()
        self._under_way: dict[Future[None], _Run] = {}
        if (program := QCoreApplication.instance()) is not None:
            program.aboutToQuit.connect(self._end)

    def start(self, pool: ThreadPoolExecutor, run: _Run) -> None:
        """Let a run be done by a thread of a pool."""
        future = pool.submit(self._do, run)
        self._under_way[future] = run
        future.add_done_callback(self._under_way.pop)

    def wait(self) -> None:
        """Wait until no thread works any more; what they ended is told afterwards."""
        wait(list(self._under_way))

    def _do(self, run: _Run) -> None:
        result, error = None, None
        try:
            result = run.do()
        except Exception as failure:  # noqa: BLE001  every error crosses to the window's thread
            error = failure
        self.ended.emit(run, result, error)

    def _end(self) -> None:
        for run in list(self._under_way.values()):
            run.drop()
        self.wait()


@cache
def threads() -> Threads:
    """Give the one object that all jobs of the program share."""
    return Threads()


class BackgroundJob(QObject):
    """Runs one function at a time in a thread; a new start or the end of this object stops it.

    Attributes
    ----------
    progressed : Signal(int, int)
        Steps done and in all; at most every 50 ms.
    returned : Signal(object)
        What the function gave.
    failed : Signal(object)
        The exception: `CancelledError` after `stop`. Nothing is emitted after `cancel`.
    """

    progressed = Signal(int, int)
    returned = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runs: list[_Run] = []
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="job")
        threads().ended.connect(self._on_ended)
        self.destroyed.connect(_end_of(self._runs, self._pool))
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._report_progress)

    @property
    def is_running(self) -> bool:
        """Whether work is under way, be it paused or about to stop."""
        return bool(self._runs)

    @property
    def is_paused(self) -> bool:
        """Whether the work waits to be told to go on."""
        return any(not run.free.is_set() for run in self._runs)

    @property
    def is_stopping(self) -> bool:
        """Whether the work was told to stop and has not come to it yet."""
        return any(run.stopping.is_set() for run in self._runs)

    def start(self, work: Work) -> None:
        """Do a piece of work; one that is under way is dropped."""
        self.cancel()
        run = _Run(work)
        self._runs.append(run)
        self._timer.start()
        threads().start(self._pool, run)

    def cancel(self) -> None:
        """Drop the work, if there is any; it ends in the background at its next step."""
        _drop(self._runs)
        self._timer.stop()

    def stop(self) -> None:
        """Stop the work at its next step; `failed` says when it has come to it."""
        for run in self._runs:
            run.stop()

    def pause(self) -> None:
        """Hold the work at its next step."""
        for run in self._runs:
            run.free.clear()

    def go_on(self) -> None:
        """End the pause."""
        for run in self._runs:
            run.free.set()

    def _report_progress(self) -> None:
        for run in self._runs:
            if run.total:
                self.progressed.emit(run.done, run.total)

    def _on_ended(self, run: _Run, result: Any, error: Exception | None) -> None:
        if run not in self._runs:
            return
        self.cancel()
        if error is None:
            self.returned.emit(result)
        else:
            self.failed.emit(error)


def _drop(runs: list[_Run]) -> None:
    while runs:
        runs.pop().drop()


_ends: set[Callable[..., None]] = set()
"""What is called when jobs are destroyed. Were it held by them alone, Python would empty it where
it finds them to be garbage, and Qt's call of it, which comes afterwards, would end the process."""


def _end_of(runs: list[_Run], pool: ThreadPoolExecutor) -> Callable[..., None]:
    """Give what drops the work of a job, and lets its threads end, when the job is destroyed."""

    def end(*_: object) -> None:
        _ends.discard(end)
        _drop(runs)
        pool.shutdown(wait=False)

    _ends.add(end)
    return end


Outcome = Callable[[Any, Exception | None], None]
"""Told what a piece of work gave, or, where it failed, why."""


class WorkQueue(QObject):
    """Does one piece of work after another in one thread; none is dropped.

    Parameters
    ----------
    name : str
        Of the thread.
    """

    _done = Signal(object, object, object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._futures: set[Future[None]] = set()
        self._done.connect(self._tell)

    def add(self, work: Callable[[], Any], outcome: Outcome | None = None) -> None:
        """Let a piece of work be done when those before it are.

        Parameters
        ----------
        work : callable
            Called in the other thread.
        outcome : callable, optional
            Called in the window's thread when the work is done.
        """
        self._futures = {future for future in self._futures if not future.done()}
        try:
            self._futures.add(self._thread.submit(self._do, work, outcome))
        except RuntimeError:  # the program is ending, and no thread takes anything any more
            self._do(work, outcome)

    def wait(self, seconds: float) -> None:
        """Wait until all is done, so long at most; outcomes are told afterwards."""
        wait(list(self._futures), seconds)

    def _do(self, work: Callable[[], Any], outcome: Outcome | None) -> None:
        try:
            result, error = work(), None
        except Exception as failure:  # noqa: BLE001  every error crosses to the window's thread
            result, error = None, failure
        self._done.emit(outcome, result, error)

    def _tell(self, outcome: Outcome | None, result: Any, error: Exception | None) -> None:
        if outcome is not None:
            outcome(result, error)
        elif error is not None:
            logger.error("Unexpected error in the background", exc_info=error)


@contextmanager
def logged_warnings() -> Iterator[None]:
    """Let Python's warnings go to the log while a long piece of work is done."""
    with warnings.catch_warnings():
        warnings.showwarning = _log_warning
        yield


def _log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    # Not the message, which may quote the header of a file.
    logger.warning("%s at %s:%s", category.__name__, filename, lineno)
