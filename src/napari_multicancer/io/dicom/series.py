"""Folders of DICOM files: which scans they hold."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.dicom.directory import listed_files
from napari_multicancer.io.dicom.header import Header, read_header
from napari_multicancer.io.load import is_dicomdir

MARK = "#"
"""Stands between a folder and the number of one of its series."""


@dataclass(frozen=True)
class DicomSeries:
    """One scan of a folder: a series of slices, or a single file.

    Attributes
    ----------
    path : Path
        By which `load_scan` finds it again: of a single file its own, of a series
        its folder where that holds nothing else, else "FOLDER#SERIESNUMBER"
        ("FOLDER#SERIESNUMBER-2" for a second one of the same number).
    modality : str
        Such as "MR".
    files : tuple of Path
        By InstanceNumber.
    headers : tuple of Header
        Of the files, in their order.
    """

    path: Path
    modality: str
    files: tuple[Path, ...]
    headers: tuple[Header, ...] = field(repr=False)


def list_series(folder: str | Path, *, recursive: bool = False) -> list[DicomSeries]:
    """List all scans that a folder of DICOM files holds.

    Files of one SeriesInstanceUID that say where they lie in the patient are the
    slices of one scan. Multi-frame files, and pictures without a place
    (ultrasound, screen captures), are scans of their own. Reports and plans are
    left out, and so is what is no DICOM file.

    Parameters
    ----------
    folder : str or Path
        A folder, or a DICOMDIR: its files are those that it lists, as they are
        where the folder holds one.
    recursive : bool
        Whether to go into folders inside folders (links are not followed). Slices
        in different folders make different scans, unless a DICOMDIR lists them.

    Returns
    -------
    list of DicomSeries
        Folder by folder, by SeriesNumber, then by name.

    Raises
    ------
    UnreadableFileError
        A folder may not be read, or a DICOMDIR is damaged or names missing files.
    """
    folder = Path(folder)
    if is_dicomdir(folder):
        folder = folder.parent
    found: list[DicomSeries] = []
    for here, folders, files in os.walk(folder, onerror=_refuse):
        in_folder = folder_series(Path(here), [Path(here, name) for name in files])
        found += in_folder
        disc = any(is_dicomdir(Path(here, name)) for name in files)
        folders[:] = sorted(folders) if recursive and not disc else []
    return found


def folder_series(folder: Path, files: Sequence[Path]) -> list[DicomSeries]:
    """List the scans among a folder's own files; where one is a DICOMDIR, those that it lists.

    Raises
    ------
    UnreadableFileError
        The DICOMDIR is damaged or names missing files.
    """
    for file in files:
        if is_dicomdir(file):
            return group_files(folder, listed_files(file))
    return group_files(folder, files)


def group_files(folder: Path, files: Iterable[Path]) -> list[DicomSeries]:
    """Group files into scans, see `list_series`; those that are no DICOM pictures are left out.

    Parameters
    ----------
    folder : Path
        After which the series are called.
    files : iterable of Path
    """
    slices: dict[str, list[Header]] = defaultdict(list)
    groups: list[list[Header]] = []
    for file in files:
        if file.name.startswith(".") or (header := read_header(file)) is None:
            continue
        if header.series and header.position is not None:
            slices[header.series].append(header)
        else:
            groups.append([header])
    groups += slices.values()
    for group in groups:
        group.sort(key=lambda header: (header.instance_number, header.path))
    groups.sort(key=lambda group: (group[0].series_number, group[0].series, group[0].path))
    paths = _paths(folder, groups)
    return [
        DicomSeries(path, group[0].modality, tuple(one.path for one in group), tuple(group))
        for path, group in zip(paths, groups, strict=True)
    ]


def _paths(folder: Path, groups: list[list[Header]]) -> Iterator[Path]:
    """Give each group the path that stands for it, see `DicomSeries`."""
    named = folder if folder.name.strip(".") else folder.resolve()
    seen: dict[int, int] = defaultdict(int)
    for group in groups:
        if len(group) == 1:
            yield group[0].path
        elif len(groups) == 1:
            yield named
        else:
            number = group[0].series_number
            seen[number] += 1
            again = f"-{seen[number]}" if seen[number] > 1 else ""
            yield Path(f"{named}{MARK}{number}{again}")


def find_series(path: Path) -> DicomSeries | None:
    """Find the one series that a path means.

    Parameters
    ----------
    path : Path
        A folder, a DICOMDIR, or one of the paths that `list_series` gives.

    Returns
    -------
    DicomSeries or None
        None where it is none of these.

    Raises
    ------
    UnreadableFileError
        The folder holds no series, several, or not the one that is asked for.
    """
    if os.path.isdir(path) or is_dicomdir(path):
        return _only_one(path, list_series(path))
    folder_name, mark, _ = path.name.rpartition(MARK)
    if not mark or os.path.exists(path) or not os.path.isdir(f"{path.parent}/{folder_name}"):
        return None
    folder = path.with_name(folder_name)
    series = list_series(folder)
    for one in series:
        if one.path.name == path.name:
            return one
    raise UnreadableFileError(f"There is no series {path.name}: {_choice(series)}.")


def _only_one(folder: Path, series: list[DicomSeries]) -> DicomSeries:
    if len(series) == 1:
        return series[0]
    if not series:
        raise UnreadableFileError(
            f"{folder} is a folder without a DICOM series: choose a file, or a folder with one."
        )
    raise UnreadableFileError(f"{folder} holds {len(series)} scans: {_choice(series)}.")


def _choice(series: list[DicomSeries]) -> str:
    shown = ", ".join(one.path.name for one in series[:5])
    return f"choose one of {shown}{', ...' if len(series) > 5 else ''}"


def _refuse(error: OSError) -> None:
    raise UnreadableFileError(
        f"The folder {error.filename} cannot be read ({error.strerror}): check its permissions."
    ) from error
