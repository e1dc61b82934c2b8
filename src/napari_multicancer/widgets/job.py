"""One analysis in a thread of its own, with progress and a way to stop it."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from napari.qt.threading import FunctionWorker, thread_worker
from qtpy.QtCore import QObject, QTimer, Signal

from napari_multicancer.core.scan import Scan

POLL_MS = 50
logger = logging.getLogger("napari_multicancer")


class _Run:
    """What the working thread and the window share: plain values only."""

    def __init__(self) -> None:
        self.done = 0
        self.total = 0
        self.worker: FunctionWorker | None = None

    def report(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def is_cancelled(self) -> bool:
        return self.worker is None or self.worker.abort_requested


@dataclass(frozen=True, eq=False)
class _Outcome:
    run: _Run
    analysis: Any = None
    error: Exception | None = None


class Job(QObject):
    """Runs `analyze` in a thread; a new start or the end of this object stops the old run.

    Parameters
    ----------
    parent : QObject, optional

    Attributes
    ----------
    progressed : Signal(int, int)
        Planes done and planes in all; at most every 50 ms.
    returned : Signal(object)
        The `Analysis`.
    failed : Signal(object)
        The exception. Nothing is emitted for a run that was cancelled.
    """

    progressed = Signal(int, int)
    returned = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run: _Run | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._report_progress)

    @property
    def is_running(self) -> bool:
        """Whether an analysis is under way."""
        return self._run is not None

    def start(
        self, scan: Scan, *, organ: str, steps: Sequence[str], models: Mapping[str, str]
    ) -> None:
        """Analyse a scan; the arguments are those of `analyze`."""
        self.cancel()
        run = _Run()
        worker = _analyze(run, scan, organ=organ, steps=steps, models=models)
        run.worker = worker
        worker.returned.connect(self._on_worker_returned)
        self.destroyed.connect(worker.quit)
        self._run = run
        self._timer.start()
        worker.start()

    def cancel(self) -> None:
        """Stop the run, if there is one; it ends in the background within a plane."""
        if self._run is not None and self._run.worker is not None:
            self._run.worker.quit()
        self._finish()

    def _finish(self) -> None:
        self._run = None
        self._timer.stop()

    def _report_progress(self) -> None:
        if self._run is not None and self._run.total:
            self.progressed.emit(self._run.done, self._run.total)

    def _on_worker_returned(self, outcome: _Outcome) -> None:
        if outcome.run is not self._run:
            return
        self._finish()
        if outcome.error is None:
            self.returned.emit(outcome.analysis)
        else:
            self.failed.emit(outcome.error)


@thread_worker(start_thread=False)
def _analyze(run: _Run, scan: Scan, **options: Any) -> _Outcome:
    """Classify and segment a scan."""
    try:
        from napari_multicancer.core.analysis import analyze

        with warnings.catch_warnings():
            warnings.showwarning = _log_warning
            analysis = analyze(scan, progress=run.report, cancelled=run.is_cancelled, **options)
        return _Outcome(run, analysis=analysis)
    except Exception as error:  # noqa: BLE001  every error crosses to the window's thread
        return _Outcome(run, error=error)


def _log_warning(message: Warning | str, category: type[Warning], *where: Any) -> None:
    logger.warning("%s: %s (%s:%s)", category.__name__, message, *where[:2])
