"""Many files analysed, each for itself: one that fails never stops the others."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from napari_multicancer.batch.masks import with_end_of, write_mask
from napari_multicancer.batch.results import (
    FAILED,
    FILE_NAME,
    OK,
    ResultsTable,
    Row,
    answered,
    failed,
    read_rows,
)
from napari_multicancer.batch.schedulers import in_processes, on_cluster, one_by_one
from napari_multicancer.batch.worklist import MASK_FOLDER, Job, plan_jobs
from napari_multicancer.core.analysis import analyze
from napari_multicancer.core.errors import (
    CancelledError,
    ModelError,
    MulticancerError,
    OutputError,
)
from napari_multicancer.core.label_format import LabelFormat
from napari_multicancer.core.registry import TASKS, find_model, read_weights
from napari_multicancer.io import load_scan
from napari_multicancer.io.atomic import not_written
from napari_multicancer.logs import log_file

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BatchOptions:
    """How a batch is run.

    Attributes
    ----------
    models : mapping of str to str
        Task to model name, where not the default.
    workers : int
        Processes on this machine; 1 works in this process.
    scheduler : str, optional
        Address of a Dask scheduler to work on instead.
    resume : bool
        Go on with the table that is there: files whose row says "ok" are left
        alone, failed and missing ones are done.
    overwrite : bool
        Start the table anew where one is there.
    mask_format : LabelFormat
        How masks are written; scans that are not DICOM get a TIFF in place of a
        DICOM Segmentation.
    """

    models: Mapping[str, str] = field(default_factory=dict)
    workers: int = 1
    scheduler: str | None = None
    resume: bool = False
    overwrite: bool = False
    mask_format: LabelFormat = LabelFormat.TIFF


@dataclass(frozen=True)
class BatchSummary:
    """What became of a batch: numbers of files, and where the table is."""

    ok: int
    failed: int
    skipped: int
    table: Path


def run_batch(
    paths: Sequence[Path],
    out: Path,
    options: BatchOptions | None = None,
    *,
    on_row: Callable[[Row], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> BatchSummary:
    """Analyse files, and write ``results.csv`` and ``masks/NAME_mask.tif`` into a folder.

    With another `BatchOptions.mask_format`, the mask's name ends accordingly.

    Parameters
    ----------
    paths : sequence of Path
        As from `worklist.find_files`. The table names them with their folders, so
        that it can be used and gone on with from anywhere.
    out : Path
        Made where it does not exist.
    options : BatchOptions, optional
    on_row : callable, optional
        Called with each new row, after it is on disk.
    progress : callable, optional
        Called with (files done, files in all).
    cancelled : callable, optional
        Asked after each file; True ends the batch, with the rows so far kept.

    Returns
    -------
    BatchSummary

    Raises
    ------
    ModelError
        A model is missing or altered; nothing is written.
    OutputError
        The folder cannot be written, or holds another run's table.
    CancelledError
        `cancelled` said so.
    """
    options = options or BatchOptions()
    paths = [path.absolute() for path in paths]
    check_models(options.models)
    kept = _earlier_rows(out, options)
    done = {os.path.realpath(row["path"]) for row in kept}
    left = [path for path in paths if os.path.realpath(path) not in done]
    jobs = plan_jobs(left, taken=[with_end_of(row["mask"], LabelFormat.TIFF) for row in kept])
    work = partial(
        analyze_file,
        out=out.absolute(),
        models=dict(options.models),
        mask_format=options.mask_format,
    )
    counts = {OK: 0, FAILED: 0}
    rows = _rows(jobs, work, options)
    _make_folder(out / MASK_FOLDER)
    with ResultsTable(out / FILE_NAME, kept) as table:
        for row in rows:
            table.add(row)
            counts[row["status"]] += 1
            if on_row is not None:
                on_row(row)
            if progress is not None:
                progress(len(paths) - len(jobs) + sum(counts.values()), len(paths))
            if cancelled is not None and cancelled():
                raise CancelledError("Stopped.")
    return BatchSummary(counts[OK], counts[FAILED], len(paths) - len(jobs), table.path)


def analyze_file(
    job: Job,
    *,
    out: Path,
    models: Mapping[str, str],
    mask_format: LabelFormat = LabelFormat.TIFF,
) -> Row:
    """Analyse one file and write its mask; whatever goes wrong becomes its row.

    Parameters
    ----------
    job : Job
    out : Path
        The output folder; absolute, as another process may stand elsewhere.
    models : mapping of str to str
    mask_format : LabelFormat
        As in `BatchOptions`.

    Returns
    -------
    dict of str to str
        A row of the results table.
    """
    started = time.perf_counter()
    try:
        scan = load_scan(job.path)
        analysis = analyze(scan, models=models)
        mask = write_mask(out, job.mask, scan, analysis, mask_format)
        return answered(job.path, scan, analysis, mask, time.perf_counter() - started)
    except MulticancerError as error:
        _log.warning("%s failed", job.path, exc_info=True)
        reason = str(error)
    except MemoryError:
        _log.exception("%s failed", job.path)
        reason = (
            f"{job.path.name} does not fit into the memory: scale it down, or use fewer workers."
        )
    except Exception:  # noqa: BLE001 - whatever a library raises, the other files go on
        _log.exception("%s failed", job.path)
        reason = f"{job.path.name} failed in an unexpected way: {log_file()} has the details."
    return failed(job.path, reason, time.perf_counter() - started)


def check_models(models: Mapping[str, str]) -> None:
    """Make sure before the first file that all models are there and unaltered.

    Raises
    ------
    ModelError
        One is not, or `models` names a task that does not exist.
    """
    for task in models:
        if task not in TASKS:
            raise ModelError(f"There is no task {task!r}; choose one of: {', '.join(TASKS)}.")
    for task in TASKS:
        read_weights(find_model(task, models.get(task)))


def _rows(jobs: Sequence[Job], work: Callable[[Job], Row], options: BatchOptions) -> Iterator[Row]:
    if options.scheduler is not None:
        return on_cluster(jobs, work, options.scheduler)
    if options.workers > 1:
        return in_processes(jobs, work, options.workers)
    return one_by_one(jobs, work)


def _earlier_rows(out: Path, options: BatchOptions) -> list[Row]:
    table = out / FILE_NAME
    if options.overwrite or not table.exists() or not (rows := read_rows(table)):
        return []
    if not options.resume:
        raise OutputError(
            f"{out} holds the results of another run: go on with it by --resume, "
            "or choose another folder."
        )
    return [row for row in rows if row["status"] == OK]


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(folder, error) from error
