"""One analysis in a thread of its own, with progress and a way to stop it."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from napari.qt.threading import FunctionWorker, thread_worker
from qtpy.QtCore import QObject, QTimer, Signal

from napari_multicancer.core.errors import CancelledError
from napari_multicancer.core.scan import Scan
from napari_multicancer.widgets.lesions import keepsake

POLL_MS = 50
logger = logging.getLogger("napari_multicancer")


class _Run:
    """What the working thread and the window share.

    The scan is handed over once and not kept: napari holds on to workers for
    its list of tasks long after they have ended.
    """

    def __init__(self, scan: Scan, options: dict[str, Any]) -> None:
        self._order: tuple[Scan, dict[str, Any]] | None = (scan, options)
        self.done = 0
        self.total = 0
        self.worker: FunctionWorker | None = None

    def take(self) -> tuple[Scan, dict[str, Any]]:
        """Hand over what is to be done; nothing, where the run was stopped before."""
        order, self._order = self._order, None
        if order is None:
            raise CancelledError("Stopped.")
        return order

    def report(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def is_cancelled(self) -> bool:
        worker = self.worker
        return worker is None or worker.abort_requested

    def stop(self) -> None:
        """Ask the worker to stop, and let go of it."""
        if self.worker is not None:
            self.worker.quit()
        self.worker = self._order = None


@dataclass(frozen=True, eq=False)
class _Outcome:
    run: _Run
    analysis: Any = None
    keepsake: dict[str, Any] | None = None
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
    returned : Signal(object, object)
        The `Analysis`, and what its mask's layer keeps: see `lesions.keepsake`.
    failed : Signal(object)
        The exception. Nothing is emitted for a run that was cancelled.
    """

    progressed = Signal(int, int)
    returned = Signal(object, object)
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
        """Whether an analysis is under way."""
        return bool(self._runs)

    def start(
        self, scan: Scan, *, organ: str, steps: Sequence[str], models: Mapping[str, str]
    ) -> None:
        """Analyse a scan; the arguments are those of `analyze`."""
        self.cancel()
        run = _Run(scan, {"organ": organ, "steps": steps, "models": models})
        worker = _analyze(run)
        run.worker = worker
        worker.returned.connect(self._on_worker_returned)
        self._runs.append(run)
        self._timer.start()
        worker.start()

    def cancel(self) -> None:
        """Stop the run, if there is one; it ends in the background within a plane."""
        _stop(self._runs)
        self._timer.stop()

    def _report_progress(self) -> None:
        for run in self._runs:
            if run.total:
                self.progressed.emit(run.done, run.total)

    def _on_worker_returned(self, outcome: _Outcome) -> None:
        if outcome.run not in self._runs:
            return
        self.cancel()
        if outcome.error is None:
            self.returned.emit(outcome.analysis, outcome.keepsake)
        else:
            self.failed.emit(outcome.error)


def _stop(runs: list[_Run], *_: object) -> None:
    while runs:
        runs.pop().stop()


@thread_worker(start_thread=False)
def _analyze(run: _Run) -> _Outcome:
    """Classify and segment a scan.

    What takes long to import is imported here, where the window does not wait
    for it: pandas too, which napari needs for the first Labels layer.
    """
    try:
        import pandas  # noqa: F401

        from napari_multicancer.core.analysis import analyze

        scan, options = run.take()
        with warnings.catch_warnings():
            warnings.showwarning = _log_warning
            analysis = analyze(scan, progress=run.report, cancelled=run.is_cancelled, **options)
        return _Outcome(run, analysis, keepsake(scan, analysis))
    except Exception as error:  # noqa: BLE001  every error crosses to the window's thread
        return _Outcome(run, error=error)


def _log_warning(message: Warning | str, category: type[Warning], *where: Any) -> None:
    logger.warning("%s: %s (%s:%s)", category.__name__, message, *where[:2])
