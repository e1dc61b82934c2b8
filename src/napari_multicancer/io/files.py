"""Files: opened so that damage costs no memory, and written whole or not at all."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from napari_multicancer.core.errors import (
    OutputError,
    UnreadableFileError,
    UnsupportedScanError,
)

LARGEST_PLANE_AT_ONCE = 100_000_000
"""Pixels (10,000 x 10,000) of the largest plane that is decoded as a whole."""
ALWAYS_DECODED = 64 * 2**20
"""Bytes of pixels (64 MiB) that a file of any size may unfold to."""
MOST_EXPANSION = 1032
"""Bytes of pixels a byte of file above that: as far as DEFLATE can go (zlib's documentation)."""
LARGEST_UNPACKED = 4 * 2**30
"""Bytes of pixels (4 GiB) that a compressed file may unfold to."""
LONGEST_NAME = 255
"""Bytes of a file's name that file systems have room for."""
UNREAD = "cannot be read"
"""What a scan's note says of files that belong to it, or may."""
SERIES_MARK = "#"
"""Stands between a folder and the number of one of the series in it, in a path of one's own."""
_NO_FLUSHING = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)
_flushed_later: ContextVar[bool] = ContextVar("flushed_later", default=False)
LEAST_STEP = 16
"""Bytes; fewer than a row of the smallest scan."""
_LARGE = 2**20
"""Bytes; what is asked for above is compared with what the file still holds."""


class BoundedReader(io.BufferedReader):
    """A file that never makes room for more than it holds.

    A length in a header takes four bytes, so damage turns it into gigabytes, which
    Python's own files set aside before they look how much there is to read.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self._end = os.fstat(self.fileno()).st_size

    def read(self, size: int | None = -1, /) -> bytes:
        """Read `size` bytes, or as many as are left."""
        if size is not None and size > _LARGE:
            size = max(0, min(size, self._end - self.tell()))
        return super().read(size)


class OnDisk(Protocol):
    """A file that is open."""

    def fileno(self) -> int:
        """Give its number."""
        ...


def state_of(file: OnDisk) -> tuple[int, int]:
    """Give what tells that a file was written anew: when, in ns, and its size."""
    state = os.fstat(file.fileno())
    return state.st_mtime_ns, state.st_size


def changed(name: str) -> UnreadableFileError:
    """Say that a file is not as it was when it was opened."""
    return UnreadableFileError(f"{name} has changed, or cannot be read any more: open it again.")


def check_plane_size(name: str, height: int, width: int) -> None:
    """Refuse a plane that is too large to be decoded at once, while it still is only a header.

    Parameters
    ----------
    name : str
        How the file is called in the message.
    height, width : int
        In pixels.

    Raises
    ------
    UnsupportedScanError
    """
    if height * width > LARGEST_PLANE_AT_ONCE:
        raise UnsupportedScanError(
            f"{name} measures {height} x {width} pixels, more than "
            f"{LARGEST_PLANE_AT_ONCE // 10**6} million a plane: crop it or scale it down first, "
            "or save it as a TIFF in tiles."
        )


def check_decoded_size(path: Path, n_bytes: int, *, at_once: bool = True) -> None:
    """Refuse a header that promises what the file cannot hold, or a decompression bomb.

    Pixels that are stored as they are take no more bytes than their file, and are
    not limited here.

    Parameters
    ----------
    path : Path
    n_bytes : int
        Of all the pixels, once they are decoded.
    at_once : bool
        Whether they are all held in memory; else the second limit does not count.

    Raises
    ------
    UnreadableFileError
        No compression gets so much into so small a file.
    UnsupportedScanError
        It would unfold to more than `LARGEST_UNPACKED`.
    """
    stored = path.stat().st_size
    if n_bytes <= max(stored, ALWAYS_DECODED):
        return
    if n_bytes > MOST_EXPANSION * stored:
        raise UnreadableFileError(
            f"{path.name} promises {_in_mb(n_bytes)} of pixels, more than its {_in_mb(stored)} can "
            "hold: export or copy it again."
        )
    if at_once and n_bytes > LARGEST_UNPACKED:
        raise UnsupportedScanError(
            f"{path.name} would unfold to {_in_mb(n_bytes)}, more than {_in_mb(LARGEST_UNPACKED)}: "
            "crop it, scale it down or save it uncompressed first."
        )


def leaves_out(surplus: int, promised: int, sides: Iterable[int], least: int = LEAST_STEP) -> bool:
    """Say whether bytes too many are those that a side, told too small, leaves out.

    Parameters
    ----------
    surplus : int
        Bytes that are stored beyond those promised, but for one that makes their number even.
    promised : int
    sides : iterable of int
        Numbers of pixels along each axis, as the header tells them.
    least : int
        Bytes; of axes that leave out less by each step nothing is said.

    Examples
    --------
    >>> leaves_out(400, 400 * 299, (200, 299)), leaves_out(512, 400 * 299, (200, 299))
    (True, False)
    """
    steps = (promised // side for side in sides if side > 1)
    return any(surplus >= step >= least and surplus % step <= 1 for step in steps)


def _in_mb(n_bytes: int) -> str:
    return f"{n_bytes / 10**6:,.{0 if n_bytes >= 10**6 else 3}f} MB"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write beside `path`, and put the new file in its place at the end.

    Until then an existing file stays as it was; where writing fails nothing is
    left behind. What is in place is on the disk itself, except within `flushed_later`.

    Parameters
    ----------
    path : Path
        Its folder must exist.

    Yields
    ------
    Path
        What to write to.

    Raises
    ------
    OutputError
        The disk is full, the folder read-only or missing, or the like.
    """
    name = path.name
    while len(os.fsencode(beside_name := f".{name}.{uuid4().hex[:8]}.part")) > LONGEST_NAME:
        name = name[1:]
    beside = path.with_name(beside_name)
    try:
        yield beside
        if not _flushed_later.get():
            flush(beside)
        os.replace(beside, path)
        if not _flushed_later.get():
            flush_folder(path.parent)
    except OSError as error:
        raise not_written(path, error) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


@contextmanager
def flushed_later() -> Iterator[None]:
    """Let `replacing` not wait for the disk: the caller sees to it that files get there."""
    before = _flushed_later.set(True)
    try:
        yield
    finally:
        _flushed_later.reset(before)


def flush(path: Path) -> None:
    """Bring a file's content to the disk itself, where the file system knows how.

    Raises
    ------
    OSError
        The disk does not take it.
    """
    file = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno not in _NO_FLUSHING:
            raise
    finally:
        os.close(file)


def flush_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk itself; not every system can."""
    with suppress(OSError):
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)


def not_written(path: Path, error: OSError) -> OutputError:
    """Put into a sentence why a file or folder cannot be written."""
    reason = error.strerror or type(error).__name__
    way_out = "free some space or choose another folder"
    if error.errno == errno.ENAMETOOLONG:
        way_out = "choose a shorter name"
    return OutputError(f"{path} cannot be written ({reason}): {way_out}.")


def shortened(name: str, room: int) -> str:
    """Cut the end of a name so that it takes so many bytes at most, and no letter is cut in two."""
    while len(os.fsencode(name)) > room:
        name = name[:-1]
    return name
