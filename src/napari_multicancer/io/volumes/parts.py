"""Voxels that a header has in several files, each of which holds an equal part of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from pathlib import Path

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.io.volumes.beside import file_beside
from napari_multicancer.io.volumes.stored import Stored

MOST_FILES = 10_000
_LIST = "LIST"
_PATTERN = re.compile(
    r"([^%]*)%(0?\d?)[diu]([^%]*?)\s+(-?\d{1,9})\s+(-?\d{1,9})\s+(-?\d{1,9})(\s+\d+)?"
)
"""A name with one number in it, the first, the last and the step; then how many axes a file has."""


def is_list(words: str) -> bool:
    """Say whether a header's words for its file announce a list of names, a line each."""
    return words.split()[:1] == [_LIST]


def files_of(header: Path, words: str, listed: Sequence[str]) -> tuple[Path, ...]:
    """Find the files that a header names for its voxels, in the order of these.

    Parameters
    ----------
    header : Path
    words : str
        A file's name; a pattern such as "slice%03d.raw 1 24 1"; or "LIST".
    listed : sequence of str
        The lines behind "LIST".

    Raises
    ------
    UnreadableFileError
        A file lies elsewhere or is missing, or there are none.
    UnsupportedScanError
        There are too many.
    """
    if is_list(words):
        names: Sequence[str] = [name.strip() for name in listed if name.strip()]
    else:
        pattern = _PATTERN.fullmatch(words)
        names = [words] if pattern is None else _counted(header, pattern)
    if not names:
        raise UnreadableFileError(f"{header.name} names no file with its voxels: export it again.")
    if len(names) > MOST_FILES:
        raise _too_many(header)
    return tuple(file_beside(header, name) for name in names)


def _counted(header: Path, pattern: re.Match[str]) -> list[str]:
    """Write the names that a pattern means."""
    before, width, after = pattern[1], pattern[2], pattern[3]
    first, last, step = (int(pattern[n]) for n in (4, 5, 6))
    if step == 0:
        raise UnreadableFileError(
            f"{header.name} counts its files in steps of 0, which makes no sense: export it again."
        )
    numbers = range(first, last + (1 if step > 0 else -1), step)
    if len(numbers) > MOST_FILES:
        raise _too_many(header)
    return [f"{before}{number:{width}d}{after}" for number in numbers]


def in_parts(
    header: Path, whole: Stored, files: Sequence[Path], part: Callable[..., Stored]
) -> Stored:
    """Say where the voxels of several files are.

    Parameters
    ----------
    header : Path
    whole : Stored
        All voxels, as if they lay in the first file.
    files : sequence of Path
        Each with an equal share of the slowest axes.
    part : callable
        Says of a file and the shape of its share where in it this is stored.

    Raises
    ------
    UnreadableFileError
        They cannot share the voxels evenly.
    """
    shape = _share(header, whole.shape, len(files))
    return replace(whole, parts=tuple(part(file, shape) for file in files))


def _share(header: Path, shape: Sequence[int], n_files: int) -> tuple[int, ...]:
    """Give the shape of what each file holds."""
    share, rest = list(shape), n_files
    while rest > 1 and len(share) > 1:
        slowest = share.pop()
        if rest % slowest:
            share.append(slowest // rest)
            break
        rest //= slowest
    if n_files * prod(share) != prod(shape):
        raise UnreadableFileError(
            f"{header.name} names {n_files} files for {' x '.join(map(str, shape))} voxels, which "
            "they cannot share evenly: export it again."
        )
    return tuple(share)


def _too_many(header: Path) -> UnsupportedScanError:
    return UnsupportedScanError(
        f"{header.name} spreads its voxels over more than {MOST_FILES:,} files: "
        "save it as one file."
    )
