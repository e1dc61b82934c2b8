"""A batch on a Dask cluster that exists already."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any

from napari_multicancer.batch.remote import name_of
from napari_multicancer.batch.results import Row, failed
from napari_multicancer.batch.tasks import Work, in_flight, killer
from napari_multicancer.batch.worklist import FileJob
from napari_multicancer.core.errors import MulticancerError, OutputError
from napari_multicancer.core.models.runtime import THREADS_VARIABLE
from napari_multicancer.io.files import not_written

AHEAD = 4
"""Tasks handed out for each of the cluster's threads."""
LEAST_AHEAD = 64
DEADLY_STARTS = 2
STARTED_FOLDER = ".started"
PORTION_SECONDS = 1.0
"""So long a portion is meant to take."""
FIRST_FILES = 1
MOST_FILES = 32
"""So many files at most are done again when their worker dies."""
GROWTH = 2


def on_cluster(jobs: Iterable[FileJob], work: Work, client: Any, out: Path) -> Generator[Row]:
    """Hand the jobs to a cluster whose workers see the same files.

    A task is several files, so many as take about a second (`Portions`): each
    task of a scheduler costs it as much as many a file. The files
    of a worker that dies are done by the others, and a file that two workers died
    of is set aside, alone. Workers that come and go are made use of.

    Parameters
    ----------
    jobs : iterable of FileJob
    work : callable
        Can be pickled.
    client : distributed.Client
    out : Path
        The output folder, for the marks of files that are being worked on.

    Raises
    ------
    MulticancerError
        The connection was lost.
    """
    started = _empty_folder(out.absolute() / STARTED_FOLDER)
    room = max(LEAST_AHEAD, AHEAD * sum(client.nthreads().values()))
    executor = client.get_executor(pure=False)
    submit = partial(executor.submit, partial(marked_files, work=work, started=started))
    portions = Portions(jobs)
    try:
        for done in in_flight(portions, submit, partial(lost, submit=submit), room):
            portions.learn(done)
            yield from done.rows
    finally:
        with suppress(OSError, OutputError):  # a worker may still be at a file
            _empty_folder(started).rmdir()


def marked_files(jobs: Sequence[FileJob], *, work: Work, started: Path) -> Done:
    """Work on several files, one after another, as `marked_work` does."""
    begun = time.perf_counter()
    rows = [marked_work(job, work=work, started=started) for job in jobs]
    return Done(rows, time.perf_counter() - begun)


def marked_work(job: FileJob, *, work: Work, started: Path) -> Row:
    """Work on a file, unless it was begun `DEADLY_STARTS` times and never ended.

    Parameters
    ----------
    job : FileJob
    work : callable
    started : Path
        A folder that all workers see: a file in it, one byte a start, says that
        the job was begun.

    Returns
    -------
    dict of str to str
        A row of the results table.
    """
    os.environ.setdefault(THREADS_VARIABLE, "1")  # Dask counts one core for each of its threads
    mark = started / blake2b(job.mask.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    try:
        with mark.open("ab") as file:
            if file.tell() >= DEADLY_STARTS:
                return killer(job)
            file.write(b".")
    except OSError as error:
        return failed(job.path, str(not_written(started.parent, error)))
    row = work(job)
    mark.unlink(missing_ok=True)
    return row


@dataclass(frozen=True)
class Done:
    """What became of a portion.

    Attributes
    ----------
    rows : sequence of dict
        Of the results table, one a file.
    seconds : float
        That a worker took for them; 0 where that says nothing of the next portion.
    """

    rows: Sequence[Row]
    seconds: float = 0.0


class Portions(Iterator[list[FileJob]]):
    """Cuts jobs into portions of about `PORTION_SECONDS`, by the time that earlier ones took.

    They begin with `FIRST_FILES` and grow by `GROWTH` at a time, since nothing is
    known of the files ahead.

    Parameters
    ----------
    jobs : iterable of FileJob
    """

    def __init__(self, jobs: Iterable[FileJob]) -> None:
        self._jobs = iter(jobs)
        self.files = FIRST_FILES

    def __next__(self) -> list[FileJob]:
        portion = list(islice(self._jobs, self.files))
        if not portion:
            raise StopIteration
        return portion

    def learn(self, done: Done) -> None:
        """Set the size of the next portions by the time that one took."""
        if done.seconds > 0:
            fitting = int(PORTION_SECONDS * len(done.rows) / done.seconds)
            self.files = max(1, min(fitting, GROWTH * len(done.rows), MOST_FILES))


def lost(
    jobs: Sequence[FileJob],
    error: BaseException | None,
    *,
    submit: Callable[[Sequence[FileJob]], Future[Done]],
) -> Done:
    """Find the rows of a task that the cluster did not end.

    Files that workers died of together are handed out again, each for itself, so
    that only the one that ends this worker too is set aside.

    Parameters
    ----------
    jobs : sequence of FileJob
        The task.
    error : Exception or None
        What the cluster says; None where it was cancelled.
    submit : callable
        Hands a task out.

    Raises
    ------
    MulticancerError
        The connection was lost.
    """
    from distributed import KilledWorker

    if isinstance(error, KilledWorker) and len(jobs) > 1:
        singly = in_flight([[job] for job in jobs], submit, partial(lost, submit=submit), len(jobs))
        return Done([row for done in singly for row in done.rows])
    if isinstance(error, KilledWorker):  # the scheduler allows fewer starts
        return Done([killer(job) for job in jobs])
    if error is None or type(error).__name__ == "FutureCancelledError":
        raise MulticancerError(
            "The connection to the Dask scheduler was lost: the rows so far are kept, "
            "go on by --resume when it runs again."
        ) from error
    said = "was lost by the cluster"
    return Done(
        [failed(j.path, f"{name_of(j.path)} {said} ({error}): run it again.") for j in jobs]
    )


def _empty_folder(folder: Path) -> Path:
    """Make a folder that holds nothing."""
    try:
        folder.mkdir(exist_ok=True)
        for mark in folder.iterdir():
            mark.unlink(missing_ok=True)
    except OSError as error:
        raise not_written(folder, error) from error
    return folder
