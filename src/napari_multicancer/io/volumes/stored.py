"""Voxels as they are stored: read as many as a header promises, with no more memory than that."""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from dataclasses import dataclass
from enum import StrEnum
from math import prod
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.io.files import (
    ALWAYS_DECODED,
    LARGEST_UNPACKED,
    LEAST_STEP,
    BoundedReader,
    check_decoded_size,
    leaves_out,
)
from napari_multicancer.io.volumes.on_disk import as_they_are

AT_END = -1
"""Where voxels start that are the last bytes of their file."""
_SURPLUS = 0.02
"""Share of bytes too many up to which a writer has merely padded the file."""
_LONG_FOOTER = 2**14
"""Bytes; more than what further data behind voxels takes."""
_BLOCK = 2**20


class Packing(StrEnum):
    """How voxels are packed."""

    NONE = "none"
    GZIP = "gzip"
    ZLIB = "zlib"
    BZIP2 = "bzip2"
    TEXT = "text"


@dataclass(frozen=True)
class Stored:
    """Where the voxels of a scan are stored, and how.

    Attributes
    ----------
    path : Path
        The file that holds them; with the header before them, or by themselves.
    shape : tuple of int
        Fastest axis first.
    dtype : dtype
        With its byte order.
    start : int
        Byte at which they begin, or `AT_END`.
    packing : Packing
    skipped : int
        Bytes before them once they are unpacked, or `AT_END`.
    footers : tuple of int
        Where the format has further data behind them: the numbers of bytes that these usually are.
    parts : tuple of Stored
        Where the voxels lie in several files: what each holds, one part after another.
    """

    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    start: int = 0
    packing: Packing = Packing.NONE
    skipped: int = 0
    footers: tuple[int, ...] = ()
    parts: tuple[Stored, ...] = ()

    @property
    def n_bytes(self) -> int:
        """How much the voxels take."""
        return prod(self.shape) * self.dtype.itemsize


class _Unpacker(Protocol):
    def readinto(self, buffer: memoryview, /) -> int | None: ...

    def read(self, size: int, /) -> bytes: ...


class _ZlibFile(io.RawIOBase):
    """The content of a zlib stream."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._engine = file, zlib.decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Unpack as much as fits; 0 at the end, also where the stream is cut."""
        while not self._engine.eof:
            packed = self._engine.unconsumed_tail or self._file.read(_BLOCK)
            content = self._engine.decompress(packed, len(buffer))
            if content or not packed:
                buffer[: len(content)] = content
                return len(content)
        return 0


def read_voxels(stored: Stored) -> Any:
    """Read voxels as they are stored.

    Returns
    -------
    ndarray or dask array, shape `stored.shape`
        In native byte order; the latter of many that are not packed, see `on_disk`.

    Raises
    ------
    UnreadableFileError
        There are fewer or more than the header promises, or their packing is damaged.
    UnsupportedScanError
        They are packed and would take too much memory.
    """
    if stored.parts:
        return _joined(stored)
    if stored.packing is Packing.TEXT:
        return _from_text(stored)
    if stored.packing is Packing.NONE:
        return _as_they_are(stored)
    values = _unpacked(stored)
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def _joined(stored: Stored) -> NDArray[Any]:
    """Read the parts of voxels, and lay them one behind another."""
    if stored.packing is not Packing.NONE and stored.n_bytes > LARGEST_UNPACKED:
        raise UnsupportedScanError(
            f"{stored.path.name} and the files beside it would unfold to more than "
            f"{LARGEST_UNPACKED // 2**30} GiB: save them uncompressed."
        )
    parts = [np.asarray(read_voxels(part)).reshape(-1, order="F") for part in stored.parts]
    return np.concatenate(parts).reshape(stored.shape, order="F")


def check_count(name: str, stored: Stored, n_stored: int, at_least: str = "") -> None:
    """Refuse a file that holds fewer or more bytes of voxels than its header promises.

    Parameters
    ----------
    name : str
        How the file is called in the message.
    stored : Stored
    n_stored : int
        Bytes there are.
    at_least : str
        Put before "bytes" where there may be more of them.

    Raises
    ------
    UnreadableFileError
    """
    surplus = n_stored - stored.n_bytes
    fits = bool(stored.footers) or surplus < too_many(stored)
    least = _LONG_FOOTER if stored.footers else LEAST_STEP
    for footer in stored.footers or (0,):
        fits = fits and not leaves_out(surplus - footer, stored.n_bytes, stored.shape, least)
    if stored.n_bytes <= n_stored and fits:
        return
    more = at_least if n_stored > stored.n_bytes else ""
    shape = " x ".join(map(str, stored.shape))
    raise UnreadableFileError(
        f"{name} holds {max(0, n_stored):,} {more}bytes of voxels where its header promises "
        f"{stored.n_bytes:,} ({shape}): export or copy it again."
    )


def too_many(stored: Stored) -> int:
    """Bytes beyond those promised from which a header does not fit its file."""
    row = stored.shape[0] * stored.dtype.itemsize
    return max(row, int(_SURPLUS * stored.n_bytes))


def filled(file: _Unpacker, n_bytes: int) -> bytearray:
    """Read so many bytes of an unpacked content, or as many as there are."""
    content = bytearray(n_bytes)
    view, read = memoryview(content), 0
    while read < n_bytes and (count := file.readinto(view[read:])):
        read += count
    view.release()
    del content[read:]
    return content


def _as_they_are(stored: Stored) -> Any:
    size = stored.path.stat().st_size
    start = size - stored.n_bytes if stored.start == AT_END else stored.start + stored.skipped
    check_count(stored.path.name, stored, size - start if start >= 0 else size)
    return as_they_are(stored.path, stored.dtype, start, stored.shape)


def _unpacked(stored: Stored) -> NDArray[Any]:
    path = stored.path
    check_decoded_size(path, stored.n_bytes + max(0, stored.skipped))
    with BoundedReader(path) as packed:
        packed.seek(max(0, stored.start))
        file = _unpacker(packed, stored.packing)
        try:
            filled(file, max(0, stored.skipped))
            content = filled(file, stored.n_bytes)
            rest = _count(file, stored.n_bytes if stored.footers else too_many(stored))
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableFileError(
                f"The compressed voxels of {path.name} are cut or damaged: copy it again."
            ) from error
    check_count(path.name, stored, len(content) + rest, "or more ")
    return np.frombuffer(content, stored.dtype).reshape(stored.shape, order="F")


def _count(file: _Unpacker, most: int) -> int:
    """Count the bytes that follow, so many at most."""
    count = 0
    while count < most and (some := file.read(min(_BLOCK, most - count))):
        count += len(some)
    return count


def _unpacker(file: IO[bytes], packing: Packing) -> _Unpacker:
    """Unpack by what a stream begins with, where its header merely says that it is packed."""
    if packing is Packing.BZIP2:
        return bz2.BZ2File(file)
    at = file.tell()
    is_gzip = file.read(2) == b"\x1f\x8b"
    file.seek(at)
    return gzip.GzipFile(fileobj=file, mode="rb") if is_gzip else _ZlibFile(file)


def _from_text(stored: Stored) -> NDArray[Any]:
    path, n_values = stored.path, prod(stored.shape)
    if path.stat().st_size > ALWAYS_DECODED:
        raise UnsupportedScanError(
            f"{path.name} holds its voxels as text, more than {ALWAYS_DECODED // 2**20} MiB of it: "
            "save it in a binary encoding."
        )
    with BoundedReader(path) as file:
        file.seek(max(0, stored.start) + max(0, stored.skipped))
        words = file.read().split()
    if len(words) != n_values:
        raise UnreadableFileError(
            f"{path.name} holds {len(words):,} values where its header promises {n_values:,}: "
            "export or copy it again."
        )
    dtype = stored.dtype.newbyteorder("=")
    values = np.array(words).astype(float if dtype.kind == "f" else int)
    if not (values.astype(dtype) == values).all() and dtype.kind != "f":
        raise UnreadableFileError(
            f"{path.name} holds values that its type {dtype} has no room for: export it again."
        )
    return values.astype(dtype).reshape(stored.shape, order="F")
