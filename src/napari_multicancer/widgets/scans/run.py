"""What the batch panel lets a thread do: analyze a folder, going on with what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from napari_multicancer.core.errors import OutputError, UnreadableFileError
from napari_multicancer.widgets.common.thread import Cancelled, Progress, logged_warnings

if TYPE_CHECKING:
    from napari_multicancer.batch.results import Row
    from napari_multicancer.batch.run import BatchSummary


@dataclass(frozen=True)
class BatchOrder:
    """What is to be analyzed.

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


def analyze_folder(
    order: BatchOrder, counts: Counts, report: Progress, cancelled: Cancelled
) -> BatchSummary:
    """Run `run_batch`, always going on with what the output folder holds.

    Parameters
    ----------
    order : BatchOrder
    counts : Counts
        Kept up to date.
    report, cancelled
        As `BackgroundJob` gives them; `counts` say more than `report` could.

    Raises
    ------
    CancelledError
        It was stopped, at the next plane; all rows so far are in the table.
    MulticancerError
        The folders cannot be what they are named for: see `check`.
    """
    from napari_multicancer.batch.options import BatchOptions
    from napari_multicancer.batch.run import run_batch, until
    from napari_multicancer.batch.worklist import ReadAhead, find_files

    def count(row: Row) -> None:
        counts.rows += 1
        counts.failed += bool(row["error"])

    def advance(done: int, total: int | None) -> None:
        counts.done, counts.total = done, total

    check(order)
    with logged_warnings():
        found = find_files([order.folder], recursive=order.recursive, leave_out=order.out)
        files = ReadAhead(until(cancelled, found))
        if files.total == 0:
            raise UnreadableFileError(
                f"There are no scans in {order.folder}: choose another folder, "
                "or look into the folders inside it."
            )
        counts.total = files.total
        options = BatchOptions(order.models, resume=True)
        return run_batch(
            files, order.out, options, on_row=count, progress=advance, cancelled=cancelled
        )


def check(order: BatchOrder) -> None:
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
