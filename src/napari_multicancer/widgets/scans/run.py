"""What the tab lets a thread do: list scans, and let the models propose their outlines."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from napari_multicancer.core.errors import MulticancerError, UnreadableFileError
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.thread import Cancelled, Progress, logged_warnings

if TYPE_CHECKING:
    from napari_multicancer.batch.results import Row
    from napari_multicancer.batch.run import BatchSummary
    from napari_multicancer.project import Project
    from napari_multicancer.project.records import ListedScan

TAKE_SECONDS = 0.5
"""So often new answers are taken into the list."""
AHEAD = 10
"""So many scans are asked of the list before they are analyzed."""


@dataclass(frozen=True)
class RunOrder:
    """What is to be done.

    Attributes
    ----------
    sources : tuple of Path
        Files and folders whose scans are listed first.
    models : mapping of str to str
        As in `BatchOptions`.
    """

    sources: tuple[Path, ...] = ()
    models: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Counts:
    """How far it is; `total` is None while scans are still being found."""

    rows: int = 0
    failed: int = 0
    done: int = 0
    total: int | None = None


def list_and_propose(
    project: Project, order: RunOrder, counts: Counts, report: Progress, cancelled: Cancelled
) -> BatchSummary:
    """List scans, and run `run_batch` on those that the models have no answer for.

    Parameters
    ----------
    project : Project
    order : RunOrder
    counts : Counts
        Kept up to date.
    report, cancelled
        As `BackgroundJob` gives them; `counts` say more than `report` could.

    Returns
    -------
    BatchSummary
        Skipped are those that have an answer already.

    Raises
    ------
    CancelledError
        It was stopped, at the next plane; all rows so far are in the list.
    MulticancerError
        There are no scans, or the list cannot be written.
    """
    from napari_multicancer.project import ScanFilter, State

    _list_scans(project, order, cancelled)
    new = ScanFilter(frozenset({State.NEW}))
    counts.total = project.count()
    counts.done = known = counts.total - project.count(new)
    with logged_warnings():
        summary = _propose(project, order, counts, cancelled)
    return replace(summary, skipped=known)


def _list_scans(project: Project, order: RunOrder, cancelled: Cancelled) -> None:
    from napari_multicancer.batch.worklist import find_files

    found = find_files(order.sources, recursive=True, leave_out=project.folder)
    project.add(found, cancelled=cancelled)
    if project.count() == 0:
        where = ", ".join(map(str, order.sources)) or str(project.folder)
        raise UnreadableFileError(
            tr("There are no scans in {where}: choose another folder.", where=where)
        )


def _propose(
    project: Project, order: RunOrder, counts: Counts, cancelled: Cancelled
) -> BatchSummary:
    from napari_multicancer.batch.lists import Listed
    from napari_multicancer.batch.options import BatchOptions
    from napari_multicancer.batch.run import run_batch, until
    from napari_multicancer.batch.worklist import ReadAhead

    last = time.monotonic()

    def count(row: Row) -> None:
        nonlocal last
        counts.rows += 1
        counts.done += 1
        counts.failed += bool(row["error"])
        if time.monotonic() - last > TAKE_SECONDS:
            project.take_results()
            last = time.monotonic()

    left = (Listed(scan.path, scan.treated_as) for scan in _still_new(project))
    options = BatchOptions(order.models, resume=True)
    files = ReadAhead(until(cancelled, left), AHEAD)
    try:
        summary = run_batch(files, project.folder, options, on_row=count, cancelled=cancelled)
    except BaseException:
        with suppress(MulticancerError):  # what stopped it says more
            project.take_results()
        raise
    project.take_results()
    return summary


def _still_new(project: Project) -> Iterator[ListedScan]:
    """Go through the scans without an answer, as they are when their turn comes."""
    from napari_multicancer.project import ScanFilter, State

    for listed in project.each(ScanFilter(frozenset({State.NEW}))):
        scan = project.scan(listed.id)
        if scan.state is State.NEW:
            yield scan


def check(sources: tuple[Path, ...], out: Path) -> None:
    """Make sure that files and folders can be what they are named for.

    Parameters
    ----------
    sources : tuple of Path
        Of the scans.
    out : Path
        Where the list and the results go.

    Raises
    ------
    UnreadableFileError
        There are no such scans.
    OutputError
        Results would go among the scans.
    """
    from napari_multicancer.project.beginning import refuse_scans_folder

    missing = [path for path in sources if not path.exists()]
    if missing:
        raise UnreadableFileError(
            tr("There is no folder {path}: choose another one.", path=missing[0])
        )
    refuse_scans_folder(sources, out)
