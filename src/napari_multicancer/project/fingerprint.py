"""Scans known again by what their files hold, without reading them whole."""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from napari_multicancer.batch.remote import Source
from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.files import SERIES_MARK
from napari_multicancer.io.folders import group_files, is_container, list_series
from napari_multicancer.io.row import Series

ENDS = 16 * 1024
"""Bytes that are read at either end of a file."""
PIECES, PIECE = 6, 4096
"""Between them, so many pieces of so many bytes: a volume's ends are often empty."""
MOST_FILES = 8
"""Of a series, so many files are looked into."""


@dataclass(frozen=True)
class Fingerprint:
    """What a scan's files held when they were looked at.

    Attributes
    ----------
    size : int
        Bytes of all files.
    modified : int
        Nanoseconds since 1970, of the file changed last.
    content : bytes
        A hash of 16 bytes of what was read, see `ENDS` and `PIECES`.
    """

    size: int
    modified: int
    content: bytes


class Fingerprinter:
    """Takes fingerprints of scans one after another; those of one folder's series quickly."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._series: dict[str, Series] = {}

    def of(self, source: Source) -> Fingerprint | None:
        """Take the fingerprint of a scan.

        Parameters
        ----------
        source : Path or str

        Returns
        -------
        Fingerprint or None
            None for an address, and where a file is missing or cannot be read.
        """
        if isinstance(source, str):
            return None
        try:
            return fingerprint_of(self._files(source))
        except (OSError, ValueError, UnreadableFileError):
            return None

    def _files(self, path: Path) -> tuple[Path, ...]:
        if path.is_file():
            return (path,)
        folder = path
        if not path.is_dir():
            folder = path.with_name(path.name.rpartition(SERIES_MARK)[0] or path.name)
        if is_container(folder):
            return (folder,)
        if folder != self._folder:
            self._folder, self._series = folder, {one.path.name: one for one in _series_in(folder)}
        if path.name in self._series:
            return self._series[path.name].files
        if path == folder and len(self._series) == 1:
            return next(iter(self._series.values())).files
        raise UnreadableFileError(f"There is no file {path}: check its name.")


def _series_in(folder: Path) -> list[Series]:
    return list_series(folder) if folder.is_dir() else group_files(folder.parent, [folder])


def fingerprint_of(files: tuple[Path, ...]) -> Fingerprint:
    """Take the fingerprint of what some files hold together; their names do not count.

    Raises
    ------
    OSError
        One of them cannot be read.
    """
    seen = blake2b(digest_size=16)
    states = [os.stat(file) for file in files]
    for state in states:
        seen.update(state.st_size.to_bytes(8, "little"))
    for number in _spread(len(files), MOST_FILES):
        with files[number].open("rb", buffering=0) as file:
            _read_pieces(file, states[number].st_size, seen)
    size = sum(state.st_size for state in states)
    return Fingerprint(size, max(state.st_mtime_ns for state in states), seen.digest())


def _read_pieces(file: BinaryIO, size: int, seen: blake2b) -> None:
    if size <= 2 * ENDS + PIECES * PIECE:
        seen.update(file.read(size))
        return
    seen.update(file.read(ENDS))
    for number in range(1, PIECES + 1):
        file.seek(ENDS + (size - 2 * ENDS - PIECE) * number // (PIECES + 1))
        seen.update(file.read(PIECE))
    file.seek(size - ENDS)
    seen.update(file.read(ENDS))


def _spread(total: int, wanted: int) -> list[int]:
    """Choose numbers below a total, evenly spaced, the first and the last among them."""
    if total <= wanted:
        return list(range(total))
    return [number * (total - 1) // (wanted - 1) for number in range(wanted)]
