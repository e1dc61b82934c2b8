"""A batch shared among processes of this machine."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from multiprocessing.connection import Connection, wait
from typing import cast

import psutil

from napari_multicancer.batch.budget import UNLIMITED, Budget, memory_of
from napari_multicancer.batch.results import Row
from napari_multicancer.batch.tasks import Work, killer
from napari_multicancer.batch.worker import BEGUN, TIDYING_SECONDS, Failure, serve
from napari_multicancer.batch.worklist import FileJob

LOOK_SECONDS = 0.5
"""So often it is looked for more than rows; on Windows, signals are heeded no sooner."""


def in_processes(
    jobs: Iterable[FileJob], work: Work, workers: int, budget: Budget = UNLIMITED
) -> Generator[Row]:
    """Share the jobs among fresh processes; rows come as they are done.

    A file that takes its process down (out of memory, a crash in a library) is done
    again at the end, alone: only where it ends this process too, it fails. A process
    whose file takes more than its budget is ended, and another one takes its place. The
    processes end with the generator, and where this process is killed.

    Parameters
    ----------
    jobs : iterable of FileJob
    work : callable
        Can be pickled.
    workers : int
    budget : Budget
        Of each file.
    """
    once_more: list[FileJob] = []
    with closing(_Pool(work, workers, budget)) as pool:
        for job, row in pool.share(jobs):
            if row is None:
                once_more.append(job)
            else:
                yield row
    with closing(_Pool(work, 1, budget)) as pool:
        for job, row in pool.share(once_more):
            yield killer(job) if row is None else row


class _Worker:
    """A process, and the job that it works on."""

    def __init__(self, work: Work, workers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, work, workers), daemon=True)
        self.process.start()
        theirs.close()
        self.job: FileJob | None = None
        self._held = psutil.Process(self.process.pid)
        self._begun: float | None = None

    def begin(self, job: FileJob) -> None:
        self.job, self._begun = job, None
        try:
            self.pipe.send(job)
        except OSError:
            return  # it has died, which is noticed where its row is awaited

    def receive(self) -> tuple[FileJob, Row] | None:
        """Take what it has done; None where it has only begun.

        Raises
        ------
        EOFError, OSError
            The process has died.
        """
        answer = self.pipe.recv()
        if isinstance(answer, Failure):
            raise answer.error
        if answer == BEGUN:
            self._begun = time.monotonic()
            return None
        return self.take_job(), answer

    def overrun(self, budget: Budget) -> Row | None:
        """Make the row of its job where this has taken more than it may."""
        if self.job is None or self._begun is None or self.pipe.poll():
            return None
        seconds = time.monotonic() - self._begun
        if seconds > budget.seconds:
            return budget.out_of_time(self.job, seconds)
        if memory_of(self._held) > budget.n_bytes:
            return budget.out_of_memory(self.job, seconds)
        return None

    def take_job(self) -> FileJob:
        """Give its job, and let it be without one."""
        job, self.job = self.job, None
        if job is None:
            raise RuntimeError("A worker sent a row that nobody had asked it for.")
        return job


class _Pool:
    """Workers, each with a job at most."""

    def __init__(self, work: Work, most: int, budget: Budget) -> None:
        self._work = work
        self._most = most
        self._budget = budget
        self._looked = time.monotonic()
        self._workers: list[_Worker] = []

    def share(self, jobs: Iterable[FileJob]) -> Iterator[tuple[FileJob, Row | None]]:
        """Give each job with its row; with none where its process died."""
        jobs = iter(jobs)
        while True:
            while len(self._busy()) < self._most and (job := next(jobs, None)) is not None:
                self._free().begin(job)
            if not self._busy():
                return
            yield from self._answers()
            if time.monotonic() - self._looked >= LOOK_SECONDS:
                yield from self._overruns()
                self._looked = time.monotonic()

    def _busy(self) -> list[_Worker]:
        return [worker for worker in self._workers if worker.job is not None]

    def _free(self) -> _Worker:
        """Find a worker without a job, or start one."""
        for worker in self._workers:
            if worker.job is None:
                return worker
        self._workers.append(_Worker(self._work, self._most))
        return self._workers[-1]

    def _answers(self) -> Iterator[tuple[FileJob, Row | None]]:
        """Wait a little for rows."""
        waiting = {worker.pipe: worker for worker in self._busy()}
        for pipe in wait(list(waiting), timeout=LOOK_SECONDS):
            worker = waiting[cast(Connection, pipe)]
            try:
                done = worker.receive()
            except (EOFError, OSError):
                self._end([worker])
                yield worker.take_job(), None
            else:
                if done is not None:
                    yield done

    def _overruns(self) -> Iterator[tuple[FileJob, Row]]:
        """End the workers whose job has taken more than it may."""
        for worker in self._busy():
            if (row := worker.overrun(self._budget)) is not None:
                self._end([worker])
                yield worker.take_job(), row

    def _end(self, workers: list[_Worker]) -> None:
        """End processes: first asked to, which deletes what is half written; then made to."""
        for worker in workers:
            worker.process.terminate()
        until = time.monotonic() + TIDYING_SECONDS
        for worker in workers:
            worker.process.join(max(0.0, until - time.monotonic()))
            worker.process.kill()
            worker.process.join()
            worker.pipe.close()
        self._workers = [worker for worker in self._workers if worker not in workers]

    def close(self) -> None:
        self._end(list(self._workers))
