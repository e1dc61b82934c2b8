"""The process that opens damaged files, one after another, with bounded memory and time."""

from __future__ import annotations

import os
import resource
import signal
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

OPENED, REFUSED, UNEXPECTED, MEMORY = "opened", "refused", "unexpected", "memory"
HANG, CRASH = "hang", "crash"

SECONDS = 5.0
"""Processor time that one file may take."""
BYTES = 2**30
"""Memory of its own that the process may hold."""


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Attributes
    ----------
    kind : str
        One of the names above.
    words : str
        The refusal, or the last lines of the traceback.
    seconds : float
        Processor time.
    peak : int
        Bytes that the process has held at most since it started.
    values : str
        What is the same for two scans that were opened with the same values, however they lie.
    notes : tuple of str
        What the scan says of how it was read.
    """

    kind: str
    words: str = ""
    seconds: float = 0.0
    peak: int = 0
    values: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_finding(self) -> bool:
        return self.kind not in (OPENED, REFUSED)


def work(connection: Connection) -> None:
    """Say True when ready; then open all paths of each list, and answer each with its `Outcome`."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    _load_libraries()
    resource.setrlimit(resource.RLIMIT_DATA, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    connection.send(True)
    while True:
        try:
            paths = connection.recv()
        except EOFError:
            return
        for path in paths:
            connection.send(open_file(path))


def _load_libraries() -> None:
    """Import what the readers import on demand, so that no file pays for it."""
    from napari_multicancer.io.tiff import read as tiff  # noqa: F401


def open_file(path: Path) -> Outcome:
    """Load a scan and read all its planes, as an analysis does.

    A file over `SECONDS` ends the whole process by SIGPROF, also within a
    library in C.
    """
    started = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        kind, words, values, notes = _open(path)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Outcome(kind, words, time.process_time() - started, peak, values, notes)


def _open(path: Path) -> tuple[str, str, str, tuple[str, ...]]:
    from napari_multicancer.core.errors import MulticancerError
    from napari_multicancer.io import load_scan

    try:
        scan = load_scan(path)
        scan.check()
        return OPENED, "", _digest([plane for _, plane in scan.planes()]), scan.notes
    except MulticancerError as error:
        if _ran_out_of_memory(error):
            return MEMORY, _last_lines(error), "", ()
        return (REFUSED if is_one_sentence(str(error)) else UNEXPECTED), str(error), "", ()
    except MemoryError as error:
        return MEMORY, _last_lines(error), "", ()
    except BaseException as error:  # noqa: BLE001  this is what the fuzzer looks for
        return UNEXPECTED, _last_lines(error), "", ()


def _digest(planes: list[np.ndarray]) -> str:
    values = np.sort(np.concatenate([plane.ravel().astype(float) for plane in planes]))
    return blake2b(values.tobytes(), digest_size=16).hexdigest()


def is_one_sentence(text: str) -> bool:
    """Say whether a refusal reads as one: no line break, a full stop at the end alone."""
    inside = text.replace("... ", " ")
    return text.endswith(".") and ". " not in inside and "\n" not in text and ": " in text


def _ran_out_of_memory(error: BaseException) -> bool:
    return any(isinstance(one, MemoryError) for one in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Go from an error to what has caused it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _last_lines(error: BaseException) -> str:
    """Tell where the first error of a chain was raised, and what it says."""
    *_, first = _chain(error)
    return "".join(traceback.format_exception(first, chain=False)[-6:])
