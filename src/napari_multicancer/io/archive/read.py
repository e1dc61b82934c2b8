"""The scans of a zip archive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from napari_multicancer.core.errors import (
    MulticancerError,
    UnreadableFileError,
    UnsupportedScanError,
)
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.archive.unpack import unpacked
from napari_multicancer.io.files import SERIES_MARK
from napari_multicancer.io.folders import list_series
from napari_multicancer.io.load import is_mask, load_scan, load_series
from napari_multicancer.io.unread import is_called_a_scan

LARGEST_LONG = 2**30
"""Bytes of pixels of a scan that is not held in memory beside an archive, and is in one."""


@dataclass(frozen=True)
class ArchivedScan:
    """One scan of an archive.

    Attributes
    ----------
    path : Path
        By which `load_scan` finds it: the archive's own where it is the only one, else
        "ARCHIVE#NUMBER", from 1.
    archive : Path
    number : int
        From 0.
    """

    path: Path
    archive: Path
    number: int

    @property
    def files(self) -> tuple[Path, ...]:
        """What it is made of."""
        return (self.archive,)

    @property
    def is_damaged(self) -> bool:
        """Whether it is known already that it cannot be read; an archive's scans tell it later."""
        return False


def scans_in(folder: Path, archives: Iterable[Path]) -> list[ArchivedScan]:
    """List the scans of archives.

    One that cannot be read, or holds none, stands for itself, unless its name says that it is
    something else that is packed so, such as a letter (".docx").
    """
    found: list[ArchivedScan] = []
    for archive in archives:
        try:
            with unpacked(archive) as inside:
                count = len(_scans(inside))
        except MulticancerError:
            count = 0
        several = count > 1
        for number in range(max(count, _is_called_archive(archive))):
            name = f"{archive.name}{SERIES_MARK}{number + 1}" if several else archive.name
            found.append(ArchivedScan(archive.with_name(name), archive, number))
    return found


def _is_called_archive(path: Path) -> bool:
    """Say whether a name is that of an archive, or says nothing of what a file is."""
    end = path.suffix.lower()
    return end == ".zip" or end[1:].isdecimal() or not end or is_called_a_scan(path)


def read_archived(scan: ArchivedScan) -> Scan:
    """Read one scan of an archive into memory; nothing of it stays on the disk.

    Raises
    ------
    UnreadableFileError, UnsupportedScanError
        The archive is not safe to be unpacked, holds no scan, or one that is damaged.
    """
    with unpacked(scan.archive) as inside:
        return _read(scan.archive, _scans(inside), scan.number)


def read_zip(path: Path) -> Scan:
    """Read the only scan of an archive.

    Raises
    ------
    UnreadableFileError, UnsupportedScanError
        As `read_archived`; or it holds several.
    """
    with unpacked(path) as inside:
        scans = _scans(inside)
        if len(scans) > 1:
            raise UnreadableFileError(
                f"{path.name} holds {len(scans)} scans: choose one of them by "
                f"{path.name}{SERIES_MARK}1 to {SERIES_MARK}{len(scans)}."
            )
        return _read(path, scans, 0)


def _scans(inside: Path) -> list[Any]:
    """List the series of a folder, then its other scans by name."""
    series = list_series(inside, recursive=True)
    known = {file for one in series for file in one.files}
    files = (file for file in sorted(inside.rglob("*")) if file.is_file())
    others = [one for one in files if one not in known and is_called_a_scan(one)]
    return [*series, *(one for one in others if not is_mask(one))]


def _read(archive: Path, scans: list[Any], number: int) -> Scan:
    if number >= len(scans):
        raise UnreadableFileError(f"There are no scans in {archive.name}: choose another file.")
    one = scans[number]
    scan = load_scan(one) if isinstance(one, Path) else load_series(one)
    if scan.pixels.nbytes > LARGEST_LONG and not isinstance(scan.pixels, np.ndarray):
        raise UnsupportedScanError(
            f"{archive.name} holds {scan.pixels.nbytes // 2**20:,} MiB of pictures in one scan, "
            f"more than {LARGEST_LONG // 2**20:,} MiB: unpack it first."
        )
    return replace(scan, pixels=np.array(scan.pixels), source=str(archive), name=archive.name)
