"""An NRRD header: its fields, where its voxels are stored, and which axis is what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import nrrd
import numpy as np

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.io.files import BoundedReader
from napari_multicancer.io.volumes.parts import files_of, in_parts, is_list
from napari_multicancer.io.volumes.scan import are_colors, check_shape
from napari_multicancer.io.volumes.stored import AT_END, Packing, Stored

_MOST_IN_SPACE = 3
_LONGEST_HEADER = 16 * 2**20
"""Bytes; outlines' histories and the segments of other programs stand in headers."""
_LIST = re.compile(rb"data ?file: *LIST(\s|$)")
"""The line that ends a header whose voxels lie in the files that are named below it."""
_NUMBERS = {
    "i1": "signed char, int8, int8_t",
    "u1": "uchar, unsigned char, uint8, uint8_t",
    "i2": "short, short int, signed short, signed short int, int16, int16_t",
    "u2": "ushort, unsigned short, unsigned short int, uint16, uint16_t",
    "i4": "int, signed int, int32, int32_t",
    "u4": "uint, unsigned int, uint32, uint32_t",
    "i8": "longlong, long long, long long int, signed long long, signed long long int, int64, "
    "int64_t",
    "u8": "ulonglong, unsigned long long, unsigned long long int, uint64, uint64_t",
    "f4": "float",
    "f8": "double",
}
_TYPES = {name: kind for kind, names in _NUMBERS.items() for name in names.split(", ")}
_PACKINGS = {
    "raw": Packing.NONE,
    **dict.fromkeys(("gz", "gzip"), Packing.GZIP),
    **dict.fromkeys(("bz2", "bzip2"), Packing.BZIP2),
    **dict.fromkeys(("txt", "text", "ascii"), Packing.TEXT),
}
_IN_SPACE = ("domain", "space")
_COLORS = ("RGB-color", "RGBA-color", "3-color", "4-color")
_VALUES = ("list", "vector", "point", "normal", "3-vector", "4-vector")


@dataclass(frozen=True, eq=False)
class NrrdHeader:
    """What the beginning of a file says.

    Attributes
    ----------
    fields : dict
        By name, those of the format and those that programs add.
    stored : Stored
        Where the voxels are.
    in_space, others : tuple of int
        Axes of space, two or three, and those that are neither space nor color.
    color : int or None
        The axis of colors.
    """

    fields: dict[str, Any]
    stored: Stored
    in_space: tuple[int, ...]
    others: tuple[int, ...]
    color: int | None


def read_header(path: Path) -> NrrdHeader:
    """Read a header, by itself or before its voxels.

    Raises
    ------
    UnreadableFileError
        It is cut, contradicts itself, or names a file outside its own folder.
    UnsupportedScanError
        Its voxels are no numbers, or are stored in a way that is not read.
    """
    with BoundedReader(path) as file:
        try:
            fields = dict(nrrd.read_header(_lines(path, file)))
            listed = _listed(fields, file)
        except (nrrd.NRRDError, ValueError, TypeError, StopIteration) as error:
            raise UnreadableFileError(
                f"{path.name} is no NRRD file, or its header is damaged: export or copy it again."
            ) from error
        end = file.tell()
    stored = _stored(path, fields, end, listed)
    return NrrdHeader(fields, stored, *_kinds_of_axes(path, fields, stored))


def _lines(path: Path, file: BoundedReader) -> Iterator[bytes]:
    """Give the lines of a header, up to the empty one that ends it."""
    while line := file.readline(_LONGEST_HEADER):
        if file.tell() >= _LONGEST_HEADER:
            break
        yield line
        if not line.strip() or _LIST.match(line):
            return
    if line:
        raise UnreadableFileError(f"The header of {path.name} has no end: export it again.")


def _listed(fields: dict[str, Any], file: BoundedReader) -> list[str]:
    """Read the names of files that end a header; none where it names a single one."""
    if not is_list(str(_data_file(fields) or "")):
        return []
    return file.read(_LONGEST_HEADER).decode("utf-8", "replace").splitlines()


def _data_file(fields: dict[str, Any]) -> str | None:
    return fields.get("data file", fields.get("datafile"))


def _stored(path: Path, fields: dict[str, Any], end: int, listed: Sequence[str]) -> Stored:
    """Find where voxels are, in one file or in several."""
    sizes = [int(size) for size in np.atleast_1d(fields.get("sizes", []))]
    check_shape(path, sizes, int(fields.get("dimension", 0)))
    data = _data_file(fields)
    files = (path,) if data is None else files_of(path, data, listed)
    where = partial(_stored_in, path, fields, end if data is None else 0)
    whole = where(files[0], tuple(sizes))
    return whole if len(files) == 1 else in_parts(path, whole, files, where)


def _stored_in(
    path: Path, fields: dict[str, Any], start: int, source: Path, shape: tuple[int, ...]
) -> Stored:
    """Find where voxels begin in one of the files."""
    packing = _packing(path, fields)
    lines = int(fields.get("line skip", fields.get("lineskip", 0)))
    skipped = int(fields.get("byte skip", fields.get("byteskip", 0)))
    if lines < 0 or skipped < AT_END:
        raise UnreadableFileError(
            f"The header of {path.name} skips {lines} lines and {skipped} bytes, which makes no "
            "sense: export it again."
        )
    start = _after_lines(source, start, lines)
    if skipped == AT_END and packing is Packing.NONE:
        start, skipped = AT_END, 0
    return Stored(source, shape, _dtype(path, fields), start, packing, skipped)


def _packing(path: Path, fields: dict[str, Any]) -> Packing:
    encoding = str(fields.get("encoding", "")).lower()
    if encoding not in _PACKINGS:
        raise UnsupportedScanError(
            f"{path.name} has its voxels in the encoding {encoding[:20]!r}, which is not read: "
            "save it as raw or gzip."
        )
    return _PACKINGS[encoding]


def _dtype(path: Path, fields: dict[str, Any]) -> np.dtype[Any]:
    kind = str(fields.get("type", "")).lower()
    if kind not in _TYPES:
        told = f"holds values of type {kind[:20]!r}" if kind else "does not tell the type of values"
        raise UnsupportedScanError(f"{path.name} {told}: convert them to real numbers.")
    dtype, endian = np.dtype(_TYPES[kind]), str(fields.get("endian", "")).lower()
    if dtype.itemsize == 1 or _packing(path, fields) is Packing.TEXT:
        return dtype
    if endian not in ("little", "big"):
        raise UnreadableFileError(
            f"{path.name} does not say in which order the bytes of a voxel come: export it again."
        )
    return dtype.newbyteorder("<" if endian == "little" else ">")


def _after_lines(source: Path, start: int, n_lines: int) -> int:
    with BoundedReader(source) as file:
        file.seek(start)
        for _ in range(n_lines):
            if not file.readline(_LONGEST_HEADER):
                break
        return file.tell()


def _kinds_of_axes(
    path: Path, fields: dict[str, Any], stored: Stored
) -> tuple[tuple[int, ...], tuple[int, ...], int | None]:
    """Tell axes of space from color, and from others such as time."""
    axes = range(len(stored.shape))
    kinds = [str(kind) for kind in fields.get("kinds", [])]
    kinds += ["???"] * (len(axes) - len(kinds))
    directions = fields.get("space directions")
    color = _color(kinds, stored)
    if directions is not None:
        in_space = [n for n, row in enumerate(directions[: len(axes)]) if _is_direction(row)]
        if len(in_space) > _MOST_IN_SPACE:
            in_space = [n for n in in_space if np.any(directions[n])]
    else:
        in_space = [n for n in axes if kinds[n] in (*_IN_SPACE, "???", "none") and n != color]
        in_space = in_space[:_MOST_IN_SPACE]
    if not 2 <= len(in_space) <= _MOST_IN_SPACE:
        raise UnsupportedScanError(
            f"{path.name} has {len(in_space)} axes in space: save a picture or a volume."
        )
    others = [n for n in axes if n not in in_space and n != color]
    return tuple(in_space), tuple(others), color


def _color(kinds: list[str], stored: Stored) -> int | None:
    for axis, kind in enumerate(kinds):
        is_color = kind in _COLORS
        if is_color or (kind in _VALUES and are_colors(stored.shape[axis], stored.dtype)):
            return axis
    if len(kinds) > 2 and set(kinds) == {"???"} and are_colors(stored.shape[0], stored.dtype):
        return 0
    return None


def _is_direction(row: Any) -> bool:
    """Say whether an axis runs through space; "none" is read as no number at all."""
    return not bool(np.isnan(np.asarray(row, float).ravel()[:3]).all())
