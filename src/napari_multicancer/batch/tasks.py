"""Work on files handed out in tasks, and what is said of a file that ends its worker."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from itertools import islice
from queue import SimpleQueue
from typing import TypeVar

from napari_multicancer.batch.remote import name_of
from napari_multicancer.batch.results import Row, failed
from napari_multicancer.batch.worklist import FileJob

Work = Callable[[FileJob], Row]
Task = TypeVar("Task")
Answer = TypeVar("Answer")


def in_flight(
    tasks: Iterable[Task],
    submit: Callable[[Task], Future[Answer]],
    instead: Callable[[Task, BaseException | None], Answer],
    room: int,
) -> Generator[Answer]:
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


def killer(job: FileJob) -> Row:
    """Make the row of a file whose analysis ended its process twice."""
    return failed(
        job.path,
        f"{name_of(job.path)} ended the process that worked on it twice, most likely for lack of "
        "memory: use fewer workers, or scale it down.",
    )
