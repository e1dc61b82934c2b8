"""A batch shared among processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing

from napari_multicancer.batch.results import Row
from napari_multicancer.batch.tasks import Work, in_flight, killer
from napari_multicancer.batch.worklist import FileJob
from napari_multicancer.core.models.runtime import THREADS_VARIABLE
from napari_multicancer.logs import set_up_logging

AHEAD = 4
"""Jobs handed out for each process."""


def in_processes(jobs: Iterable[FileJob], work: Work, workers: int) -> Generator[Row]:
    """Share the jobs among fresh processes; rows come as they are done.

    A file that takes its process down (out of memory, a crash in a library) takes
    others' work with it: all that was lost is done again, each file in a process
    of its own, so that only the one that ends this too fails.

    Parameters
    ----------
    jobs : iterable of FileJob
    work : callable
        Can be pickled.
    workers : int
    """

    def alone(job: FileJob, error: BaseException | None) -> Row:
        if isinstance(error, BrokenProcessPool):
            return _alone(job, work)
        raise error or RuntimeError("A job was cancelled while it was waited for.")

    with closing(_RenewedPool(workers)) as pool:
        yield from in_flight(jobs, lambda job: pool.submit(work, job), alone, AHEAD * workers)


class _RenewedPool:
    """A pool of processes, with a new one in its place when it is broken."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool = _pool(workers)

    def submit(self, work: Work, job: FileJob) -> Future[Row]:
        try:
            return self._pool.submit(work, job)
        except BrokenProcessPool:
            self._pool.shutdown()
            self._pool = _pool(self._workers)
            return self._pool.submit(work, job)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


def _alone(job: FileJob, work: Work) -> Row:
    with _pool(1) as pool:
        try:
            return pool.submit(work, job).result()
        except BrokenProcessPool:
            return killer(job)


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
