"""Which files a batch works on, and how their masks are called."""

from __future__ import annotations

import glob
import os
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from napari_multicancer.batch.folder import files_in
from napari_multicancer.batch.lists import LIST_SUFFIX, Entry, Listed, listed, read_list
from napari_multicancer.batch.on_disk import DiskNumbers, sorted_on_disk
from napari_multicancer.batch.remote import Source, files_at, is_address, name_of
from napari_multicancer.io.files import LONGEST_NAME, shortened
from napari_multicancer.io.folders import group_files, is_container, is_index
from napari_multicancer.io.formats import mask_formats, stem
from napari_multicancer.io.load import is_mask

MASK_FOLDER = "masks"
READ_AHEAD = 10_000


@dataclass(frozen=True)
class FileJob:
    """One file or series of the work list.

    Attributes
    ----------
    path : Path or str
        As `io.load_scan` takes it, or an address.
    mask : str
        Where its mask goes, relative to the output folder, with forward slashes.
    organ : str
        What it is said to show; empty where what is said of the whole batch counts.
    """

    path: Source
    mask: str
    organ: str = ""


def find_files(
    named: Iterable[Entry], *, recursive: bool = False, leave_out: Path | None = None
) -> Iterator[Entry]:
    """Find the files and series to analyze, one after another.

    Parameters
    ----------
    named : iterable of Path, str or Listed
        Files are taken as they are, even where they do not exist: their row says
        so. Of folders, and of the folder of an index (a DICOMDIR): what `folder.files_in`
        finds. Besides: patterns with ``*``, ``**``, ``?`` or ``[]``, masks left out; addresses, see
        `remote.files_at`; and text files (".txt") that name any of these, one a
        line, see `lists.read_list`.
    recursive : bool
        Whether to go into folders inside folders.
    leave_out : Path, optional
        A folder that is not searched: the output, whose masks are no scans.

    Yields
    ------
    Path, str or Listed
        Each file once, however often it was named, with the organ that was named
        the first time.

    Raises
    ------
    UnreadableFileError
        A text file cannot be read or names no organ, or an address cannot be reached.
    """
    seen = DiskNumbers()
    for one in _named(named):
        for source in _meant(str(one.source), recursive, leave_out):
            if seen.add(identity(source)):
                yield one.at(source)


def identity(source: Source) -> str:
    """Give what is the same for two names of one file."""
    return source if isinstance(source, str) else os.path.realpath(source)


def _named(entries: Iterable[Entry]) -> Iterator[Listed]:
    for one in map(listed, entries):
        name = str(one.source)
        if name.lower().endswith(LIST_SUFFIX) and os.path.isfile(name):
            for line in read_list(Path(name)):
                yield line if line.organ else Listed(line.source, one.organ)
        else:
            yield one


def _meant(name: str, recursive: bool, leave_out: Path | None) -> Iterator[Source]:
    if is_address(name):
        yield from files_at(name, recursive=recursive)
    elif glob.has_magic(name) and not os.path.lexists(name):
        matches = sorted_on_disk(glob.iglob(name, recursive=True))
        first = next(matches, name)  # itself where nothing matches, so that its row says so
        for match in chain([first], matches):
            if not (_lies_in(match, leave_out) or is_mask(Path(match))):
                yield from _at(Path(match), recursive, leave_out)
    else:
        yield from _at(Path(name), recursive, leave_out)


def _at(path: Path, recursive: bool, leave_out: Path | None) -> Iterator[Path]:
    folder = path.parent if is_index(path) else path
    if is_container(path):
        yield from [one.path for one in group_files(path.parent, [path])] or [path]
    elif folder.is_dir():
        yield from files_in(folder, recursive=recursive, leave_out=leave_out)
    else:
        yield path


def _lies_in(name: str, folder: Path | None) -> bool:
    return folder is not None and Path(os.path.realpath(name)).is_relative_to(
        os.path.realpath(folder)
    )


class ReadAhead(Iterator[Entry]):
    """Files a little ahead of the one that is worked on, so that their number is known in time.

    Parameters
    ----------
    sources : iterable of Path, str or Listed
    ahead : int
        So many are held.

    Attributes
    ----------
    total : int or None
        Files in all, as soon as the last one was found.
    """

    def __init__(self, sources: Iterable[Entry], ahead: int = READ_AHEAD) -> None:
        self._rest = iter(sources)
        self._held = deque(islice(self._rest, ahead))
        self._found = len(self._held)
        self.total: int | None = self._found if self._found < ahead else None

    def __next__(self) -> Entry:
        if not self._held:
            raise StopIteration
        if self.total is None:
            self._find_one_more()
        return self._held.popleft()

    def _find_one_more(self) -> None:
        for source in islice(self._rest, 1):
            self._held.append(source)
            self._found += 1
            return
        self.total = self._found


def plan_jobs(sources: Iterable[Entry], used: DiskNumbers | None = None) -> Iterator[FileJob]:
    """Give every file a mask name of its own.

    Parameters
    ----------
    sources : iterable of Path, str or Listed
    used : DiskNumbers, optional
        Masks of an earlier run, as `taken` notes them, whose names are not to be used.

    Yields
    ------
    FileJob
        In the order of `sources`. "NAME_mask.tif" for the first file called NAME,
        "NAME_2_mask.tif" for the next; upper and lower case count as the same,
        because some disks cannot tell them apart. A NAME is cut where it would be too long
        for a file system.
    """
    used = DiskNumbers() if used is None else used
    last = DiskNumbers()
    for one in map(listed, sources):
        name = _encodable(stem(Path(name_of(one.source))))
        number = first = last.get(name.lower(), 1)
        while not used.add(taken(mask := _mask_name(name, number))):
            number += 1
        if number > first:
            last[name.lower()] = number
        yield FileJob(one.source, mask, one.organ)


def taken(mask: str) -> str:
    """Give what is the same for two mask names that some disk cannot tell apart."""
    return mask.lower()


def _encodable(name: str) -> str:
    """Write "_" for each byte that is no UTF-8, so that the table can name the mask's file."""
    return "".join("_" if "\ud800" <= letter <= "\udfff" else letter for letter in name)


def _mask_name(name: str, number: int) -> str:
    again = f"_{number}" if number > 1 else ""
    longest = max(len(suffix) for row in mask_formats() for suffix in row.suffixes)
    name = shortened(name, LONGEST_NAME - len(again) - len("_mask") - longest)
    return f"{MASK_FOLDER}/{name}{again}_mask{mask_formats()[0].suffixes[0]}"
