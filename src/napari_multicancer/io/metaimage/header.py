"""A MetaImage header: lines of "key = value", the last of which says where the voxels are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.io.files import BoundedReader
from napari_multicancer.io.volumes.parts import files_of, in_parts, is_list
from napari_multicancer.io.volumes.scan import are_colors, check_shape
from napari_multicancer.io.volumes.stored import AT_END, Packing, Stored

LAST_KEY = "ElementDataFile"
"""Behind its line, voxels begin where they are in the same file."""
_LONGEST_HEADER = 16 * 2**20
_LOCAL = "local"
_TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG": "i4",
    "MET_ULONG": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
"""A "long" of MetaImage has four bytes on all systems."""


@dataclass(frozen=True, eq=False)
class MetaHeader:
    """What the beginning of a file says.

    Attributes
    ----------
    fields : mapping
        As they stand there; `values` and `word` find them in any case of letters.
    stored : Stored
        Where the voxels are; where a voxel has several values, these are the first axis.
    n_axes : int
        Of space and time.
    n_values : int
        Of a voxel.
    """

    fields: Mapping[str, str]
    stored: Stored
    n_axes: int
    n_values: int

    @property
    def has_colors(self) -> bool:
        """Whether the values of a voxel are its color."""
        return are_colors(self.n_values, self.stored.dtype)

    def word(self, *names: str) -> str | None:
        """Give the value of the first of several keys that is there."""
        return next(
            (self.fields[name.lower()] for name in names if name.lower() in self.fields), None
        )

    def values(self, n: int, *names: str) -> list[float] | None:
        """Give so many numbers of the first of several keys that is there; None for others."""
        text = self.word(*names)
        try:
            values = [float(word) for word in (text or "").split()]
        except ValueError:
            return None
        return values if len(values) == n else None


def read_header(path: Path) -> MetaHeader:
    """Read a header, by itself or before its voxels.

    Raises
    ------
    UnreadableFileError
        It is cut, contradicts itself, or names a file outside its own folder.
    UnsupportedScanError
        Its voxels are no numbers, or are spread over too many files.
    """
    with BoundedReader(path) as file:
        fields = _fields(path, file)
        end = file.tell()
        listed = _listed(fields, file)
    try:
        n_axes, n_values = int(fields["ndims"]), int(fields.get("elementnumberofchannels", "1"))
        sizes = [int(size) for size in fields["dimsize"].split()]
        skipped = int(fields.get("headersize", "0"))
    except (KeyError, ValueError) as error:
        raise _damaged(path) from error
    check_shape(path, sizes, n_axes)
    check_shape(path, [n_values, *sizes], n_axes + 1)
    words = fields[LAST_KEY.lower()]
    is_local = words.lower() == _LOCAL
    files = (path,) if is_local else files_of(path, words, listed)
    shape = (n_values, *sizes) if n_values > 1 else tuple(sizes)
    where = partial(_stored, path, fields, end if is_local else 0, skipped)
    stored = where(files[0], shape)
    if len(files) > 1:
        stored = in_parts(path, stored, files, where)
    return MetaHeader(fields, stored, n_axes, n_values)


def _fields(path: Path, file: BoundedReader) -> dict[str, str]:
    """Read the lines up to the one that says where the voxels are; keys in lower case."""
    fields: dict[str, str] = {}
    while (line := file.readline(_LONGEST_HEADER)) and file.tell() < _LONGEST_HEADER:
        key, equals, value = line.decode("utf-8", "replace").partition("=")
        if not equals and line.strip():
            break
        fields.setdefault(key.strip().lower(), value.strip())
        if key.strip().lower() == LAST_KEY.lower():
            return fields
    raise _damaged(path)


def _listed(fields: Mapping[str, str], file: BoundedReader) -> list[str]:
    """Read the names of files that end a header; none where it names a single one."""
    if not is_list(fields[LAST_KEY.lower()]):
        return []
    return file.read(_LONGEST_HEADER).decode("utf-8", "replace").splitlines()


def _stored(
    path: Path,
    fields: Mapping[str, str],
    start: int,
    skipped: int,
    source: Path,
    shape: tuple[int, ...],
) -> Stored:
    """Find where voxels begin in one of the files."""
    if skipped < AT_END:
        raise UnreadableFileError(
            f"The header of {path.name} skips {skipped} bytes, which makes no sense: "
            "export it again."
        )
    dtype = _dtype(path, fields)
    if not _is_true(fields.get("binarydata", "true")):
        return Stored(source, shape, dtype, start, Packing.TEXT)
    if _is_true(fields.get("compresseddata", "false")):
        return Stored(source, shape, dtype, start + max(0, skipped), Packing.ZLIB)
    if skipped == AT_END:
        start = max(0, source.stat().st_size - prod(shape) * dtype.itemsize)
        skipped = 0
    return Stored(source, shape, dtype, start + skipped)


def _dtype(path: Path, fields: Mapping[str, str]) -> np.dtype[Any]:
    kind = fields.get("elementtype", "").upper().removesuffix("_ARRAY")
    if kind not in _TYPES:
        told = f"holds values of type {kind[:20]!r}" if kind else "does not tell the type of values"
        raise UnsupportedScanError(f"{path.name} {told}: convert them to real numbers.")
    is_big = fields.get("binarydatabyteordermsb", fields.get("elementbyteordermsb", "false"))
    return np.dtype(_TYPES[kind]).newbyteorder(">" if _is_true(is_big) else "<")


def _is_true(word: str) -> bool:
    return word.strip().lower()[:1] in ("t", "y", "1")


def _damaged(path: Path) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path.name} is no MetaImage file, or its header is damaged: export or copy it again."
    )
