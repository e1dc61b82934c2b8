"""Many files analysed, each for itself: one that fails never stops the others."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from napari_multicancer.batch.earlier import earlier_runs
from napari_multicancer.batch.masks import write_mask
from napari_multicancer.batch.output_folder import prepared
from napari_multicancer.batch.parquet import check_pyarrow, write_parts
from napari_multicancer.batch.remote import Source, name_of, on_this_machine
from napari_multicancer.batch.results import (
    FAILED,
    FILE_NAME,
    OK,
    ResultsTable,
    Row,
    answered,
    failed,
)
from napari_multicancer.batch.schedulers import Work, who_works
from napari_multicancer.batch.worklist import Job, ReadAhead, plan_jobs
from napari_multicancer.core.analysis.analyze import analyze
from napari_multicancer.core.errors import (
    CancelledError,
    ModelError,
    MulticancerError,
    UnreadableFileError,
)
from napari_multicancer.core.models.cards import TASKS, find_model, read_weights
from napari_multicancer.io import load_scan
from napari_multicancer.io.formats import LabelFormat
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
    parquet : bool
        At the end, write the table as Parquet too, see `parquet.write_parts`.
    """

    models: Mapping[str, str] = field(default_factory=dict)
    workers: int = 1
    scheduler: str | None = None
    resume: bool = False
    overwrite: bool = False
    mask_format: LabelFormat = LabelFormat.TIFF
    parquet: bool = False


@dataclass(frozen=True)
class BatchSummary:
    """What became of a batch: numbers of files, and where the table is."""

    ok: int
    failed: int
    skipped: int
    table: Path


def run_batch(
    sources: Iterable[Source],
    out: Path,
    options: BatchOptions | None = None,
    *,
    work: Work | None = None,
    on_row: Callable[[Row], None] | None = None,
    progress: Callable[[int, int | None], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> BatchSummary:
    """Analyse files, and write ``results.csv`` and ``masks/NAME_mask.tif`` into a folder.

    With another `BatchOptions.mask_format`, the mask's name ends accordingly. The
    memory needed does not depend on the number of files.

    Parameters
    ----------
    sources : iterable of Path or str
        As from `worklist.find_files`. The table names them with their folders, so
        that it can be used and gone on with from anywhere.
    out : Path
        Made where it does not exist.
    options : BatchOptions, optional
    work : callable, optional
        Makes the row of a `Job`, in place of `analyze_file`; such that it can be
        pickled where other processes are to call it.
    on_row : callable, optional
        Called with each new row, after it is on disk.
    progress : callable, optional
        Called with (files done, files in all or None while these are not known).
    cancelled : callable, optional
        Asked before and after each file, and within one that this process works on
        itself; True ends the batch, with the rows so far kept. It may wait, which
        pauses the work.

    Returns
    -------
    BatchSummary

    Raises
    ------
    ModelError
        A model is missing or altered; nothing is written.
    OutputError
        The folder cannot be written, holds another run's table, or another run
        works in it.
    CancelledError
        `cancelled` said so.
    """
    options = options or BatchOptions()
    if options.parquet:
        check_pyarrow()
    if work is None:
        check_models(options.models)
        work = _analysis(out, options, cancelled)
    files = sources if isinstance(sources, ReadAhead) else ReadAhead(sources)
    counts = {OK: 0, FAILED: 0}
    with who_works(options.workers, options.scheduler, out) as share, prepared(out):
        earlier = earlier_runs(out, resume=options.resume, overwrite=options.overwrite)
        with ResultsTable(out / FILE_NAME, earlier.rows()) as table:
            jobs = plan_jobs(earlier.left_of(until(cancelled, files)), earlier.masks)
            with closing(share(jobs, work)) as rows:
                for row in rows:
                    table.add(row)
                    counts[row["status"]] += 1
                    if on_row is not None:
                        on_row(row)
                    if progress is not None:
                        progress(earlier.skipped + sum(counts.values()), files.total)
                    if cancelled is not None and cancelled():
                        raise CancelledError("Stopped.")
        if options.parquet:
            write_parts(table.path)
    return BatchSummary(counts[OK], counts[FAILED], earlier.skipped, table.path)


def until(cancelled: Callable[[], bool] | None, sources: Iterable[Source]) -> Iterator[Source]:
    """Give files until it is said to stop.

    Raises
    ------
    CancelledError
        `cancelled` said so.
    """
    for source in sources:
        if cancelled is not None and cancelled():
            raise CancelledError("Stopped.")
        yield source


def analyze_file(
    job: Job,
    *,
    out: Path,
    models: Mapping[str, str],
    mask_format: LabelFormat = LabelFormat.TIFF,
    cancelled: Callable[[], bool] | None = None,
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
    cancelled : callable, optional
        Asked before each plane; True stops the work.

    Returns
    -------
    dict of str to str
        A row of the results table.

    Raises
    ------
    CancelledError
        `cancelled` said so: there is no row, and no mask.
    """
    started = time.perf_counter()
    name = name_of(job.path)
    try:
        with on_this_machine(job.path) as path:
            with unchanged(path):
                scan = load_scan(path)
                analysis = analyze(scan, models=models, cancelled=cancelled)
            mask = write_mask(out, job.mask, scan, analysis, mask_format)
        return answered(job.path, scan, analysis, mask, time.perf_counter() - started)
    except CancelledError:
        raise
    except MulticancerError as error:
        _log.warning("%s failed", job.path, exc_info=True)
        reason = str(error)
    except MemoryError:
        _log.exception("%s failed", job.path)
        reason = f"{name} does not fit into the memory: scale it down, or use fewer workers."
    except Exception:  # noqa: BLE001 - whatever a library raises, the other files go on
        _log.exception("%s failed", job.path)
        reason = f"{name} failed in an unexpected way: {log_file()} has the details."
    return failed(job.path, reason, time.perf_counter() - started)


@contextmanager
def unchanged(path: Path) -> Iterator[None]:
    """Make sure that a file is the same before and after the work on it.

    Raises
    ------
    UnreadableFileError
        It was written to, replaced or deleted in the meantime.
    """
    before = _state(path)
    error = None
    try:
        yield
    except Exception as raised:  # noqa: BLE001 - raised again below
        error = raised
    if _state(path) != before:
        raise UnreadableFileError(
            f"{path.name} changed while it was analysed: run again when it is complete."
        ) from error
    if error is not None:
        raise error


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino


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


def _analysis(out: Path, options: BatchOptions, cancelled: Callable[[], bool] | None) -> Work:
    here = options.workers == 1 and options.scheduler is None
    return partial(
        analyze_file,
        out=out.absolute(),
        models=dict(options.models),
        mask_format=options.mask_format,
        cancelled=cancelled if here else None,  # which other processes could not ask
    )
