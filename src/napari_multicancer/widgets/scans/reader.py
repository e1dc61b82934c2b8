"""Reads scans of the list in threads: the one that is wanted, and the next one ahead of it."""

from __future__ import annotations

from functools import partial

from qtpy.QtCore import QObject, Signal

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.project import Project
from napari_multicancer.widgets.common.thread import BackgroundJob, Cancelled, Progress
from napari_multicancer.widgets.scans.keeper import Keeper
from napari_multicancer.widgets.scans.prepared import Prepared, prepare, stamp


class Reader(QObject):
    """Holds one scan that was read ahead.

    Parameters
    ----------
    keeper : Keeper
        Nothing is read before what was left is written.

    Attributes
    ----------
    read : Signal(object)
        The `Prepared` that was asked for.
    failed : Signal(object)
        Why it cannot be read.
    """

    read = Signal(object)
    failed = Signal(object)

    def __init__(self, keeper: Keeper, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._keeper = keeper
        self._ready: Prepared | None = None
        self._wanted, self._ahead = BackgroundJob(self), BackgroundJob(self)
        self._wanted.returned.connect(self.read)
        self._wanted.failed.connect(self.failed)
        self._ahead.returned.connect(self._on_ready)

    @property
    def is_reading(self) -> bool:
        """Whether a scan that is waited for is being read."""
        return self._wanted.is_running

    @property
    def is_reading_ahead(self) -> bool:
        """Whether the next scan is still being read."""
        return self._ahead.is_running

    def start(self, project: Project, number: int, blind: bool) -> None:
        """Read a scan that is waited for."""
        self._ahead.cancel()
        self._wanted.start(partial(_read, project, number, blind, self._keeper))

    def start_ahead(self, project: Project, number: int | None, blind: bool) -> None:
        """Read a scan that may be wanted next, unless that is done; None forgets another one."""
        ready, self._ready = self._ready, None
        if ready is not None and ready.scan.id == number and is_fresh(project, ready, blind):
            self._ready = ready
        elif number is None:
            self._ahead.cancel()
        else:
            self._ahead.start(partial(_read, project, number, blind, self._keeper))

    def take(self, project: Project, number: int, blind: bool) -> Prepared | None:
        """Take a scan that was read ahead, if nothing else is to be shown by now."""
        ready = self._ready
        if ready is None or ready.scan.id != number or not is_fresh(project, ready, blind):
            return None
        self._ready = None
        return ready

    def cancel(self) -> None:
        """Wait for nothing more, and hold nothing."""
        self._wanted.cancel()
        self._ahead.cancel()
        self._ready = None

    def stop_waiting(self) -> None:
        """Let the scan that was waited for go."""
        self._wanted.cancel()

    def _on_ready(self, prepared: Prepared) -> None:
        self._ready = prepared


def is_fresh(project: Project, ready: Prepared, blind: bool) -> bool:
    """Say whether what was read of a scan is still what is to be shown."""
    try:
        now = project.scan(ready.scan.id)
        return now.state is ready.scan.state and stamp(project, now, blind) == ready.stamp
    except MulticancerError:
        return False


def _read(
    project: Project,
    number: int,
    blind: bool,
    keeper: Keeper,
    report: Progress,
    cancelled: Cancelled,
) -> Prepared:
    keeper.wait()
    return prepare(project, number, blind)
