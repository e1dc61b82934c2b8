"""What the work on one file of a batch may take, and the sentence on a file that took more."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from napari_multicancer.batch.remote import name_of
from napari_multicancer.batch.results import Row, failed
from napari_multicancer.batch.worklist import FileJob

GIB = 2**30
SHARE_OF_MEMORY = 0.75
"""Of this machine's, for one file, where nothing else is said."""


@dataclass(frozen=True)
class Budget:
    """What one file may take.

    Attributes
    ----------
    seconds : float
        From when work on it began; time in which the user lets the work pause does not count.
    memory : float, optional
        GiB that its process may hold; None for `SHARE_OF_MEMORY` of this machine's.
    """

    seconds: float
    memory: float | None = None

    @property
    def n_bytes(self) -> float:
        """The memory in bytes."""
        if self.memory is None:
            return SHARE_OF_MEMORY * float(psutil.virtual_memory().total)
        return self.memory * GIB

    def out_of_time(self, job: FileJob, seconds: float) -> Row:
        """Make the row of a file that took too long."""
        return failed(
            job.path,
            f"{name_of(job.path)} was not done after {self.seconds:,.0f} s: allow more by "
            "--time-limit, or scale it down.",
            seconds,
        )

    def out_of_memory(self, job: FileJob, seconds: float) -> Row:
        """Make the row of a file that took too much memory."""
        return failed(
            job.path,
            f"{name_of(job.path)} took more than {self.n_bytes / GIB:,.1f} GiB of memory: allow "
            "more by --memory-limit, or scale it down.",
            seconds,
        )


UNLIMITED = Budget(float("inf"), float("inf"))


def memory_of(process: psutil.Process) -> int:
    """Tell how many bytes a process holds for itself; 0 where it has ended.

    Pages of files that it has mapped are not counted: the system takes them back as it needs.
    """
    try:
        held = process.memory_info()
    except psutil.Error:
        return 0
    own = getattr(held, "private", None)  # on Windows
    return int(held.rss - getattr(held, "shared", 0) if own is None else own)


class Watch:
    """Asked between planes whether the work on a file is to stop.

    Parameters
    ----------
    budget : Budget or None
        Of which the time counts.
    cancelled : callable, optional
        Whether the user wants to stop. It may wait, which pauses the work.
    """

    def __init__(self, budget: Budget | None, cancelled: Callable[[], bool] | None) -> None:
        self._ends = time.monotonic() + budget.seconds if budget else float("inf")
        self._cancelled = cancelled
        self.ran_out = False
        """Whether the time was over, and the user had not wanted to stop."""

    def __call__(self) -> bool:
        """Say whether it is."""
        if self._cancelled is not None:
            asked = time.monotonic()
            if self._cancelled():
                return True
            self._ends += time.monotonic() - asked
        self.ran_out = time.monotonic() > self._ends
        return self.ran_out
