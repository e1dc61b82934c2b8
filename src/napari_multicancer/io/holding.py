"""A folder held by one process alone, which is named to whoever else asks for it."""

from __future__ import annotations

import errno
import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from napari_multicancer.core.errors import OutputError
from napari_multicancer.io.files import not_written

_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
_LONGEST_HOLDER = 200

_log = logging.getLogger(__name__)


@contextmanager
def held(path: Path, refused: Callable[[str], OutputError], who: str = "") -> Iterator[None]:
    """Hold the folder of a lock's file for this process alone.

    The operating system holds the lock and lets go of it when the process ends,
    however it ends: the file that a killed process leaves behind stops nobody. It
    names the process, for the one who is refused.

    Parameters
    ----------
    path : Path
        The lock's file; its folder must exist.
    refused : callable
        Makes the error of one who comes second, of the words for the one who came first.
    who : str
        Named beside the process.

    Raises
    ------
    OutputError
        What `refused` made; or the folder cannot be written.
    """
    if path.exists() and not path.is_file():
        raise OutputError(f"{path} is no file: delete it, or choose another folder.")
    lock = FileLock(
        path,
        timeout=0,
        thread_local=False,
        fallback_to_soft=False,
        on_acquired=lambda file: _write_holder(file, who),
    )
    _take(lock, path, refused)
    try:
        yield
    finally:
        # Before the lock goes, or a second process could take it just before its file does;
        # on Windows, where a file that is open cannot be deleted, the lock deletes it.
        with suppress(OSError):
            path.unlink()
        lock.release()


def is_held(path: Path) -> bool:
    """Say whether another process holds the folder of a lock's file now."""
    if not path.is_file():
        return False
    lock = FileLock(path, timeout=0, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False


def _take(lock: FileLock, path: Path, refused: Callable[[str], OutputError]) -> None:
    try:
        lock.acquire()
    except Timeout as error:
        raise refused(holder(path)) from error
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise not_written(path, error) from error
        _log.warning("%s lies on a disk that knows no locks", path, exc_info=True)


def _write_holder(file: int, who: str) -> None:
    """Name this process in a lock's file, behind the byte that Windows lets nobody else read."""
    process = f"process {os.getpid()} on {socket.gethostname()}"
    os.ftruncate(file, 0)
    os.write(file, f"\n{f'{who}, {process}' if who else process}\n".encode(errors="replace"))


def holder(path: Path) -> str:
    """Say who holds a lock, by what its file says."""
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(1)
            text = file.read(_LONGEST_HOLDER).decode(errors="replace").strip()
            return text or "another process"
    except OSError:
        return "another process"
