"""One batch in a thread of its own, which can be paused and stopped within a file."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from napari_multicancer.core.errors import OutputError, UnreadableFileError
from napari_multicancer.widgets.common.background_job import BackgroundJob

if TYPE_CHECKING:
    from napari_multicancer.batch.results import Row
    from napari_multicancer.batch.run import BatchSummary

PAUSE_POLL_SECONDS = 0.1

logger = logging.getLogger("napari_multicancer")


@dataclass(frozen=True)
class Order:
    """What is to be analysed.

    Attributes
    ----------
    folder, out : Path
        Of the scans, and where ``results.csv`` and the masks go.
    recursive : bool
        Whether to go into folders inside folders.
    models : mapping of str to str
        As in `BatchOptions`.
    """

    folder: Path
    out: Path
    recursive: bool = False
    models: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Counts:
    """How far a batch is; `total` is None while files are still being found."""

    rows: int = 0
    failed: int = 0
    done: int = 0
    total: int | None = None


class _Brakes:
    """How the window holds the working thread."""

    def __init__(self) -> None:
        self.stopping = Event()
        self.free = Event()
        self.free.set()

    def hold(self, cancelled: Callable[[], bool]) -> bool:
        """Wait while there is a pause; say whether to stop."""
        while not (self.stopping.is_set() or cancelled()):
            if self.free.wait(PAUSE_POLL_SECONDS):
                return False
        return True


class BatchRun(QObject):
    """Runs `run_batch`, one at a time, always going on with what the output folder holds.

    The end of this object stops the work at its next plane; all rows so far are in
    the table.

    Attributes
    ----------
    ended : Signal(object)
        The `BatchSummary`, or the exception; `CancelledError` where it was stopped.
        The output folder is free again.
    """

    ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.counts = Counts()
        self._brakes = _Brakes()
        self._job = BackgroundJob(self)
        self._job.returned.connect(self.ended)
        self._job.failed.connect(self.ended)

    @property
    def is_running(self) -> bool:
        """Whether a batch is under way, be it paused or about to stop."""
        return self._job.is_running

    @property
    def is_paused(self) -> bool:
        """Whether the batch waits to be told to go on."""
        return self.is_running and not self._brakes.free.is_set()

    @property
    def is_stopping(self) -> bool:
        """Whether the batch was told to stop and has not come to it yet."""
        return self.is_running and self._brakes.stopping.is_set()

    def start(self, order: Order) -> None:
        """Begin a batch, or go on with one of an earlier day."""
        if self.is_running:
            raise RuntimeError("a batch is under way")
        self.counts, self._brakes = Counts(), _Brakes()
        self._job.start(partial(_run, order, self.counts, self._brakes))

    def pause(self) -> None:
        """Hold the work at its next plane."""
        self._brakes.free.clear()

    def go_on(self) -> None:
        """End the pause."""
        self._brakes.free.set()

    def stop(self) -> None:
        """Stop the work at its next plane; `ended` says when."""
        self._brakes.stopping.set()
        self._brakes.free.set()


def _run(
    order: Order,
    counts: Counts,
    brakes: _Brakes,
    report: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> BatchSummary:
    from napari_multicancer.batch.run import BatchOptions, run_batch, until
    from napari_multicancer.batch.worklist import ReadAhead, find_files

    def stop() -> bool:
        return brakes.hold(cancelled)

    def count(row: Row) -> None:
        counts.rows += 1
        counts.failed += bool(row["error"])

    def advance(done: int, total: int | None) -> None:
        counts.done, counts.total = done, total

    check(order)
    with warnings.catch_warnings():
        warnings.showwarning = _log_warning
        found = find_files([order.folder], recursive=order.recursive, leave_out=order.out)
        files = ReadAhead(until(stop, found))
        if files.total == 0:
            raise UnreadableFileError(
                f"There are no scans in {order.folder}: choose another folder, "
                "or look into the folders inside it."
            )
        counts.total = files.total
        options = BatchOptions(order.models, resume=True)
        return run_batch(files, order.out, options, on_row=count, progress=advance, cancelled=stop)


def check(order: Order) -> None:
    """Make sure that the two folders can be what they are named for.

    Raises
    ------
    UnreadableFileError
        There is no folder of scans.
    OutputError
        Results would go among the scans.
    """
    if not order.folder.is_dir():
        raise UnreadableFileError(f"There is no folder {order.folder}: choose another one.")
    if order.out.resolve() == order.folder.resolve():
        raise OutputError(f"{order.out} holds the scans: choose another folder for the results.")


def _log_warning(message: Warning | str, category: type[Warning], *where: Any) -> None:
    logger.warning("%s: %s (%s:%s)", category.__name__, message, *where[:2])
