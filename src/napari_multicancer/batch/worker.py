"""What runs in a worker process of a batch."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from typing import NoReturn

from napari_multicancer.batch.tasks import Work
from napari_multicancer.core.models.runtime import THREADS_VARIABLE
from napari_multicancer.logs import set_up_logging

BEGUN = "begun"
"""Sent when work on a job begins; what is sent next is its row, or what it raised."""
TIDYING_SECONDS = 2.0
"""So long a worker that is to end may take to delete what it has half written."""


@dataclass(frozen=True)
class Failure:
    """Sent in place of a row: what the work raised."""

    error: Exception


def serve(pipe: Connection, work: Work, workers: int) -> None:
    """Work on the jobs that come through a pipe until its other end is closed.

    Parameters
    ----------
    pipe : Connection
        Gives a `FileJob` at a time.
    work : callable
    workers : int
        Processes that share the cores.
    """
    os.environ.setdefault(THREADS_VARIABLE, str(max(1, (os.cpu_count() or 1) // workers)))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that keeps the table
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    set_up_logging()
    with suppress(EOFError, OSError):
        while True:
            job = pipe.recv()
            pipe.send(BEGUN)
            try:
                answer = work(job)
            except Exception as error:  # noqa: BLE001 - raised again where the rows are awaited
                pipe.send(Failure(error))
            else:
                pipe.send(answer)


def _end(*_: object) -> NoReturn:
    sys.exit(1)


def _end_with_parent() -> None:
    """Wait until the parent is gone, however it ended, and end this process."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)  # Windows has no handlers: it ends here
        time.sleep(TIDYING_SECONDS)
        os._exit(1)
