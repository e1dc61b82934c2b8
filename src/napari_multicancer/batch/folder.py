"""The scans in a folder, one after another, however many there are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from napari_multicancer.batch.on_disk import sorted_on_disk
from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.folders import group_files, is_container, is_index, is_part
from napari_multicancer.io.formats import formats
from napari_multicancer.io.load import is_mask
from napari_multicancer.io.row import head_of
from napari_multicancer.io.unread import is_called_a_scan

_FILE, _FOLDER = "0", "1"


def files_in(
    folder: Path,
    *,
    recursive: bool,
    leave_out: Path | None = None,
    listed: frozenset[Path] = frozenset(),
) -> Iterator[Path]:
    """Find the scans of a folder.

    Files come in the order of their names, then those that make series, then what
    the folders inside hold. Only the files of one folder's series, which must be
    known before they can be told apart, are held in memory. What is certain to be a
    mask is left out; what is called like a scan of a format that is not read is not, so that
    its row says so.

    Parameters
    ----------
    folder : Path
    recursive : bool
        Whether to go into folders inside (links are not followed).
    leave_out : Path, optional
        A folder that is not searched.
    listed : frozenset of Path
        Files that an index further up stands for.

    Yields
    ------
    Path
        As `io.load_scan` takes it; a folder that may not be read stands for
        itself, so that its row says why.
    """
    if _is_same(folder, leave_out):
        return
    entries = _entries(folder)
    parts: list[Path] = []
    folders: Iterator[Path] = iter(())
    try:
        for is_folder, path in entries:
            if is_folder:
                folders = chain([path], (path for _, path in entries))
                break
            if path not in listed and (is_index(path) or is_part(path) or is_container(path)):
                parts.append(path)
            elif path not in listed and _may_be_scan(path) and not is_mask(path):
                yield path
    except OSError:
        yield folder
        return
    scans, members = _series(folder, parts)
    yield from scans
    for path in parts:
        if path not in members and is_called_a_scan(path) and not is_mask(path):
            yield path
    if recursive:
        below = listed | members.difference(parts)
        for path in folders:
            yield from files_in(path, recursive=True, leave_out=leave_out, listed=below)


def _may_be_scan(path: Path) -> bool:
    """Tell by the end of its name whether a file may be a scan.

    Where that is missing, or a number ("scan.001"), by its first bytes.
    """
    if path.suffix and not path.suffix[1:].isdecimal():
        return is_called_a_scan(path)
    if not path.is_file():  # a pipe would be waited for without end
        return False
    try:
        head = head_of(path)
    except OSError:
        return False
    return any(row.read and row.begins(head) for row in formats())


def _entries(folder: Path) -> Iterator[tuple[bool, Path]]:
    """List what is not hidden, and whether it is a folder: all files by name, then all folders."""
    with os.scandir(folder) as entries:
        names = sorted_on_disk(
            (_FOLDER if entry.is_dir(follow_symlinks=False) else _FILE) + entry.name
            for entry in entries
            if not entry.name.startswith(".")
        )
        for name in names:
            yield name[0] == _FOLDER, folder / name[1:]


def _series(folder: Path, files: Sequence[Path]) -> tuple[list[Path], frozenset[Path]]:
    """Find the scans that files make together, and which files they are made of.

    An index that cannot be used stands for its scans, so that its row says why.
    """
    if not files:
        return [], frozenset()
    try:
        series = group_files(folder, files)
    except UnreadableFileError:
        return [file for file in files if is_index(file)], frozenset()
    return [one.path for one in series], frozenset(file for one in series for file in one.files)


def _is_same(folder: Path, other: Path | None) -> bool:
    return other is not None and os.path.realpath(folder) == os.path.realpath(other)
