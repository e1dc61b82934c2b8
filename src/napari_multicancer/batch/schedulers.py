"""Who does the work: this process, several on this machine, or a Dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from napari_multicancer.batch.results import Row, failed
from napari_multicancer.batch.worklist import Job
from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.core.runtime import THREADS_VARIABLE
from napari_multicancer.logs import set_up_logging

CONNECT_SECONDS = 15

Work = Callable[[Job], Row]


def one_by_one(jobs: Sequence[Job], work: Work) -> Iterator[Row]:
    """Work through the jobs here, in order."""
    for job in jobs:
        yield work(job)


def in_processes(jobs: Sequence[Job], work: Work, workers: int) -> Iterator[Row]:
    """Share the jobs among fresh processes of this machine; rows come as they are done.

    A file that takes its process down (out of memory, a crash in a library) takes
    others' work with it: all that was lost is done again, each file in a process
    of its own, so that only the guilty one fails.

    Parameters
    ----------
    jobs : sequence of Job
    work : callable
        Can be pickled.
    workers : int
    """
    lost = []
    with _pool(workers) as pool:
        futures = {pool.submit(work, job): job for job in jobs}
        try:
            for future in as_completed(futures):
                try:
                    yield future.result()
                except BrokenProcessPool:
                    lost.append(futures[future])
        except (KeyboardInterrupt, GeneratorExit):
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    for job in lost:
        yield _alone(job, work)


def _alone(job: Job, work: Work) -> Row:
    with _pool(1) as pool:
        try:
            return pool.submit(work, job).result()
        except BrokenProcessPool:
            return failed(
                job.path,
                f"{job.path.name} ended the process that worked on it, most likely for lack of "
                "memory: use fewer workers, or scale it down.",
            )


def _pool(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(
        workers, mp_context=context, initializer=_start_worker, initargs=(workers,)
    )


def _start_worker(workers: int) -> None:
    """Take a fair share of the cores, and leave Ctrl-C to the process that keeps the table."""
    os.environ.setdefault(THREADS_VARIABLE, str(max(1, (os.cpu_count() or 1) // workers)))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_up_logging()


def on_cluster(jobs: Sequence[Job], work: Work, address: str) -> Iterator[Row]:
    """Hand the jobs to a Dask cluster whose workers see the same files.

    Parameters
    ----------
    jobs : sequence of Job
    work : callable
        Can be pickled; the package must be installed on the workers.
    address : str
        Of the scheduler, such as "tcp://10.0.0.1:8786".

    Raises
    ------
    MulticancerError
        dask.distributed is not installed, or no scheduler answers.
    """
    return _cluster_rows(jobs, work, _connect(address))


def _cluster_rows(jobs: Sequence[Job], work: Work, client: Any) -> Iterator[Row]:
    from dask.distributed import as_completed as as_done

    with client:
        futures = {client.submit(work, job, pure=False, retries=1): job for job in jobs}
        for future in as_done(futures, loop=client.loop):
            error = future.exception()
            if error is None:
                yield future.result()
            else:
                path = futures[future].path
                yield failed(path, f"{path.name} was lost by the cluster: {error}")


def _connect(address: str) -> Any:
    try:
        from dask.distributed import Client
    except ImportError as error:
        raise MulticancerError(
            "--scheduler needs dask.distributed: "
            'install it with pip install "napari-multicancer[cluster]".'
        ) from error
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise MulticancerError(
            f"No Dask scheduler answers at {address}: check the address and that it runs."
        ) from error
