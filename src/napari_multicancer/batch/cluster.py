"""A batch on a Dask cluster that exists already."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

from napari_multicancer.batch.portions import Done, Portions
from napari_multicancer.batch.processes import killer
from napari_multicancer.batch.remote import name_of
from napari_multicancer.batch.results import Row, failed
from napari_multicancer.batch.schedulers import Work, in_flight
from napari_multicancer.batch.worklist import Job
from napari_multicancer.core.errors import MulticancerError, OutputError
from napari_multicancer.core.models.runtime import THREADS_VARIABLE
from napari_multicancer.io.files import not_written

CONNECT_SECONDS = 15
AHEAD = 4
"""Tasks handed out for each of the cluster's threads."""
LEAST_AHEAD = 64
DEADLY_STARTS = 2
STARTED_FOLDER = ".started"

_PACKAGE = "napari_multicancer"
_SCHEDULER_NEEDS = ("dask", "distributed")
_WORKER_NEEDS = ("python", *_SCHEDULER_NEEDS, "numpy", _PACKAGE)


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Connect to a cluster that can do the work.

    Parameters
    ----------
    address : str
        Of the scheduler, such as "tcp://10.0.0.1:8786".

    Yields
    ------
    distributed.Client

    Raises
    ------
    MulticancerError
        dask.distributed is not installed, no scheduler answers, it has no workers,
        or these have other versions than this machine of what decides the results.
    """
    with _client(address) as client:
        _wait_for_workers(client, address)
        versions = client.get_versions(packages=[_PACKAGE])
        check_versions(versions["client"], versions["scheduler"], versions["workers"])
        yield client


def on_cluster(jobs: Iterable[Job], work: Work, client: Any, out: Path) -> Iterator[Row]:
    """Hand the jobs to a cluster whose workers see the same files.

    A task is several files, so many as take about a second (`portions`). The files
    of a worker that dies are done by the others, and a file that two workers died
    of is set aside, alone. Workers that come and go are made use of.

    Parameters
    ----------
    jobs : iterable of Job
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


def marked_files(jobs: Sequence[Job], *, work: Work, started: Path) -> Done:
    """Work on several files, one after another, as `marked_work` does."""
    begun = time.perf_counter()
    rows = [marked_work(job, work=work, started=started) for job in jobs]
    return Done(rows, time.perf_counter() - begun)


def marked_work(job: Job, *, work: Work, started: Path) -> Row:
    """Work on a file, unless it was begun `DEADLY_STARTS` times and never ended.

    Parameters
    ----------
    job : Job
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


def check_versions(
    here: Mapping[str, Any], scheduler: Mapping[str, Any], workers: Mapping[str, Mapping[str, Any]]
) -> None:
    """Make sure that a cluster gives the results that this machine would give.

    Parameters
    ----------
    here, scheduler : mapping
        As from `distributed.Client.get_versions`.
    workers : mapping of str to mapping
        By address.

    Raises
    ------
    MulticancerError
        Versions differ; it names the first.
    """
    ours = _versions(here)
    places = [("the scheduler", scheduler, _SCHEDULER_NEEDS)]
    places += [(f"the worker {name}", one, _WORKER_NEEDS) for name, one in workers.items()]
    for place, one, needs in places:
        theirs = _versions(one)
        for package in needs:
            if theirs.get(package) != ours[package]:
                raise MulticancerError(
                    f"{package} is {ours[package]} here and "
                    f"{theirs.get(package) or 'not installed'} on {place}: "
                    "install the same versions on all machines."
                )


def _versions(place: Mapping[str, Any]) -> dict[str, str]:
    packages = place["packages"]
    python = ".".join(packages["python"].split(".")[:2])
    return {**packages, "python": python}


def _client(address: str) -> Any:
    try:
        from dask.distributed import Client
        from distributed.versions import VersionMismatchWarning
    except ImportError as error:
        raise MulticancerError(
            "--scheduler needs dask.distributed: "
            'install it with pip install "napari-multicancer[cluster]".'
        ) from error
    try:
        with warnings.catch_warnings():
            # `check_versions` says it in one sentence.
            warnings.simplefilter("ignore", VersionMismatchWarning)
            return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise MulticancerError(
            f"No Dask scheduler answers at {address}: check the address and that it runs."
        ) from error


def _wait_for_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError as error:
        raise MulticancerError(
            f"The Dask cluster at {address} has no workers: start some by dask worker {address}."
        ) from error


def lost(
    jobs: Sequence[Job],
    error: BaseException | None,
    *,
    submit: Callable[[Sequence[Job]], Future[Done]],
) -> Done:
    """Find the rows of a task that the cluster did not end.

    Files that workers died of together are handed out again, each for itself, so
    that only the one that ends this worker too is set aside.

    Parameters
    ----------
    jobs : sequence of Job
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
