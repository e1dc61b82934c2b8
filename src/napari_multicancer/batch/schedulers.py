"""Who does the work: this process, several on this machine, or a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from napari_multicancer.batch.results import Row
from napari_multicancer.batch.worklist import Job

Work = Callable[[Job], Row]
Share = Callable[[Iterable[Job], Work], Iterator[Row]]
Task = TypeVar("Task")
Answer = TypeVar("Answer")


@contextmanager
def who_works(workers: int, address: str | None, out: Path) -> Iterator[Share]:
    """Find who does the work, before anything is written.

    Parameters
    ----------
    workers : int
        Processes on this machine; 1 works in this one.
    address : str, optional
        Of a Dask scheduler to work on instead.
    out : Path
        The output folder.

    Yields
    ------
    callable
        Takes jobs and the work on one of them; gives rows as they are done. Only
        a few jobs are ahead of the rows that were taken.

    Raises
    ------
    MulticancerError
        The cluster cannot be used, see `cluster.connected`.
    """
    if address is not None:
        from napari_multicancer.batch.cluster import connected, on_cluster

        with connected(address) as client:
            yield partial(on_cluster, client=client, out=out)
    elif workers > 1:
        from napari_multicancer.batch.processes import in_processes

        yield partial(in_processes, workers=workers)
    else:
        yield one_by_one


def one_by_one(jobs: Iterable[Job], work: Work) -> Iterator[Row]:
    """Work through the jobs here, in order."""
    for job in jobs:
        yield work(job)


def in_flight(
    tasks: Iterable[Task],
    submit: Callable[[Task], Future[Answer]],
    instead: Callable[[Task, BaseException | None], Answer],
    room: int,
) -> Iterator[Answer]:
    """Keep a number of tasks handed out until all are done.

    Parameters
    ----------
    tasks : iterable
        Taken one by one as others are done: a job each, or several.
    submit : callable
        Hands a task out.
    instead : callable
        Makes the answer of a task that ended with an error, or was cancelled (None).
    room : int
        Tasks that are handed out at a time.

    Yields
    ------
    object
        Answers, in the order in which they are there.
    """
    tasks = iter(tasks)
    pending: dict[Future[Answer], Task] = {}
    done: SimpleQueue[Future[Answer]] = SimpleQueue()
    try:
        while True:
            for task in islice(tasks, room - len(pending)):
                future = submit(task)
                pending[future] = task
                future.add_done_callback(done.put)
            if not pending:
                return
            future = done.get()
            task = pending.pop(future)
            error = None if future.cancelled() else future.exception()
            ended = error is not None or future.cancelled()
            yield instead(task, error) if ended else future.result()
    finally:
        for future in pending:
            future.cancel()
