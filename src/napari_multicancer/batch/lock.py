"""One run at a time in one output folder."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from napari_multicancer.core.errors import OutputError
from napari_multicancer.io.files import not_written

FILE_NAME = "results.lock"
_FAR_BEHIND_THE_TEXT = 1 << 30

_log = logging.getLogger(__name__)


@contextmanager
def only_run_in(folder: Path) -> Iterator[None]:
    """Hold an output folder for this process alone.

    The operating system holds the lock and lets go of it when the process ends,
    however it ends: the file that a killed run leaves behind stops nobody. It
    names the process, for the one who is refused.

    Parameters
    ----------
    folder : Path
        Must exist.

    Raises
    ------
    OutputError
        Another run works in it, or it cannot be written.
    """
    path = folder / FILE_NAME
    file = _take(path)
    try:
        yield
    finally:
        # On Windows a file that is open cannot be deleted; elsewhere it must be, or a
        # second run could lock it just before it goes.
        if sys.platform == "win32":
            os.close(file)
        with suppress(OSError):
            path.unlink()
        if sys.platform != "win32":
            os.close(file)


def _take(path: Path) -> int:
    while True:
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise not_written(path, error) from error
        try:
            _lock(file, path)
            if not _is_there(file, path):
                os.close(file)
                continue  # its holder deleted it on leaving
            os.ftruncate(file, 0)
            os.write(file, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
            return file
        except OSError as error:
            os.close(file)
            raise not_written(path, error) from error
        except OutputError:
            os.close(file)
            raise


def _lock(file: int, path: Path) -> None:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(file, _FAR_BEHIND_THE_TEXT, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            os.lseek(file, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError) as error:
        holder = os.read(file, 200).decode(errors="replace").strip() or "another process"
        raise OutputError(
            f"Another run ({holder}) is writing into {path.parent}: wait until it ends, "
            "or choose another folder."
        ) from error
    except OSError:
        _log.warning("%s lies on a disk that knows no locks", path, exc_info=True)


def _is_there(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        return False
