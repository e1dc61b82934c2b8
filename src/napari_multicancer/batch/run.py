"""Many files analyzed, each for itself: one that fails never stops the others."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from napari_multicancer.batch.budget import Budget
from napari_multicancer.batch.lists import Entry
from napari_multicancer.batch.one_file import analyze_file
from napari_multicancer.batch.options import BatchOptions
from napari_multicancer.batch.output_folder import earlier_runs, prepared, table_after
from napari_multicancer.batch.parquet import check_pyarrow, write_parts
from napari_multicancer.batch.results import (
    FAILED,
    OK,
    Row,
)
from napari_multicancer.batch.tasks import Work
from napari_multicancer.batch.worklist import FileJob, ReadAhead, plan_jobs
from napari_multicancer.core.errors import (
    CancelledError,
)
from napari_multicancer.core.models.cards import find_model, read_weights
from napari_multicancer.core.models.organs import check_tasks, require_organ, tasks
from napari_multicancer.core.options import AUTOMATIC

__all__ = ["BatchOptions", "BatchSummary", "check_models", "run_batch", "until"]

Share = Callable[[Iterable[FileJob], Work], Generator[Row]]


@dataclass(frozen=True)
class BatchSummary:
    """What became of a batch: numbers of files, and where the table is."""

    ok: int
    failed: int
    skipped: int
    table: Path


def run_batch(
    sources: Iterable[Entry],
    out: Path,
    options: BatchOptions | None = None,
    *,
    work: Work | None = None,
    on_row: Callable[[Row], None] | None = None,
    progress: Callable[[int, int | None], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> BatchSummary:
    """Analyze files, and write ``results.csv`` and ``masks/NAME_mask.tif`` into a folder.

    With another `BatchOptions.mask_format`, the mask's name ends accordingly. The
    memory needed does not depend on the number of files.

    Parameters
    ----------
    sources : iterable of Path, str or Listed
        As from `worklist.find_files`. The table names them with their folders, so
        that it can be used and gone on with from anywhere.
    out : Path
        Made where it does not exist.
    options : BatchOptions, optional
    work : callable, optional
        Makes the row of a `FileJob`, in place of `analyze_file`; such that it can be
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
        require_organ(options.organ, [AUTOMATIC])
        check_models(options.models, options.organ)
        work = _analysis(out, options, cancelled)
    files = sources if isinstance(sources, ReadAhead) else ReadAhead(sources)
    counts = {OK: 0, FAILED: 0}
    budget = _budget(options)
    with who_works(options.workers, options.scheduler, out, budget) as share, prepared(out):
        earlier = earlier_runs(out, resume=options.resume, overwrite=options.overwrite)
        with table_after(earlier, out) as table:
            left = earlier.left_of(until(cancelled, files), options.organ)
            jobs = plan_jobs(left, earlier.masks)
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


@contextmanager
def who_works(workers: int, address: str | None, out: Path, budget: Budget) -> Iterator[Share]:
    """Find who does the work, before anything is written.

    Parameters
    ----------
    workers : int
        Processes on this machine; 1 works in this one.
    address : str, optional
        Of a Dask scheduler to work on instead.
    out : Path
        The output folder.
    budget : Budget
        Of each file, to which processes are held.

    Yields
    ------
    callable
        Takes jobs and the work on one of them; gives rows as they are done. Only
        a few jobs are ahead of the rows that were taken.

    Raises
    ------
    MulticancerError
        The cluster cannot be used, see `connection.connected`.
    """
    if address is not None:
        from napari_multicancer.batch.cluster import on_cluster
        from napari_multicancer.batch.connection import connected

        with connected(address) as client:
            yield partial(on_cluster, client=client, out=out)
    elif workers > 1:
        from napari_multicancer.batch.processes import in_processes

        yield partial(in_processes, workers=workers, budget=budget)
    else:
        yield one_by_one


def one_by_one(jobs: Iterable[FileJob], work: Work) -> Generator[Row]:
    """Work through the jobs here, in order."""
    for job in jobs:
        yield work(job)


def until(cancelled: Callable[[], bool] | None, sources: Iterable[Entry]) -> Iterator[Entry]:
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


def check_models(models: Mapping[str, str], organ: str = AUTOMATIC) -> None:
    """Make sure before the first file that all models that are asked are there and unaltered.

    Parameters
    ----------
    models : mapping of str to str
        As in `BatchOptions`.
    organ : str
        Of all scans; unless it is given, any model may be asked.

    Raises
    ------
    ModelError
        One is not, or `models` names a task that does not exist.
    """
    check_tasks(models)
    for task in tasks() if organ == AUTOMATIC else (organ,):
        read_weights(find_model(task, models.get(task)))


def _analysis(out: Path, options: BatchOptions, cancelled: Callable[[], bool] | None) -> Work:
    here = options.workers == 1 and options.scheduler is None
    return partial(
        analyze_file,
        out=out.absolute(),
        models=dict(options.models),
        organ=options.organ,
        pixel_size=options.pixel_size,
        mask_format=options.mask_format,
        budget=_budget(options),
        cancelled=cancelled if here else None,  # which other processes could not ask
    )


def _budget(options: BatchOptions) -> Budget:
    return Budget(options.time_limit, options.memory_limit)
