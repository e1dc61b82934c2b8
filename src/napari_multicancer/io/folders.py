"""Folders: which scans their files make, where one scan may be made of many files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.files import SERIES_MARK
from napari_multicancer.io.formats import formats, has_scan_suffix
from napari_multicancer.io.row import Format, Series, Spread, head_of


def is_index(path: Path) -> bool:
    """Say whether a file lists those of its folder, and stands for them, as a DICOMDIR does."""
    return any(spread.is_index(path) for _, spread in _spread_rows())


def is_container(path: Path) -> bool:
    """Say whether a file holds scans inside, as an archive does."""
    return any(spread.is_container(path) for _, spread in _spread_rows())


def is_part(path: Path) -> bool:
    """Say whether a file may be one of the many that a scan is made of.

    Told by the end of its name; where that says nothing, by its first bytes.
    """
    return any(_may_belong(row, path) for row, _ in _spread_rows())


def format_of(series: Series) -> Format:
    """Find the format of a series."""
    rows = [*_spread_rows()]
    holding = (row for row, spread in rows if any(map(spread.is_container, series.files)))
    fitting = (row for row, _ in rows if all(_may_belong(row, file) for file in series.files))
    return next(chain(holding, fitting), rows[0][0])


def group_files(folder: Path, files: Sequence[Path]) -> list[Series]:
    """List the scans that files of a folder make; those that are no part of one are left out.

    Parameters
    ----------
    folder : Path
        After which series are called.
    files : sequence of Path
        Where one is an index, the files that it lists count in their place.

    Raises
    ------
    UnreadableFileError
        An index is damaged or names missing files.
    """
    found: list[Series] = []
    for row, spread in _spread_rows():
        index = [file for file in files if spread.is_index(file)]
        found += spread.group(
            folder,
            index
            or [file for file in files if _may_belong(row, file) or spread.is_container(file)],
        )
    return found


def list_series(folder: str | Path, *, recursive: bool = False) -> list[Series]:
    """List all scans that the files of a folder make.

    Files of one SeriesInstanceUID that say where they lie in the patient are the
    slices of one scan. Multi-frame files, and pictures without a place
    (ultrasound, screen captures), are scans of their own. Reports, plans and
    segmentations are left out, and so is what is no part of a scan.

    Parameters
    ----------
    folder : str or Path
        A folder, or an index (a DICOMDIR): its files are those that it lists, as they are
        where the folder holds one.
    recursive : bool
        Whether to go into folders inside folders (links are not followed). Slices
        in different folders make different scans, unless an index lists them.

    Returns
    -------
    list of Series
        Folder by folder, by SeriesNumber, then by name.

    Raises
    ------
    UnreadableFileError
        A folder may not be read, or an index is damaged or names missing files.
    """
    folder = Path(folder)
    if is_index(folder):
        folder = folder.parent
    found: list[Series] = []
    for here, folders, files in os.walk(folder, onerror=_refuse):
        in_folder = [Path(here, name) for name in files if not name.startswith(".")]
        found += group_files(Path(here), in_folder)
        is_disc = any(map(is_index, in_folder))
        folders[:] = sorted(folders) if recursive and not is_disc else []
    return found


def find_series(path: Path) -> Series | None:
    """Find the one series that a path means.

    Parameters
    ----------
    path : Path
        A folder, an index, or one of the paths that `list_series` gives.

    Returns
    -------
    Series or None
        None where it is none of these.

    Raises
    ------
    UnreadableFileError
        The folder holds no series, several, or not the one that is asked for.
    """
    if os.path.isdir(path) or is_index(path):
        return _only_one(path, list_series(path))
    folder_name, mark, _ = path.name.rpartition(SERIES_MARK)
    if not mark or os.path.exists(path) or not os.path.exists(f"{path.parent}/{folder_name}"):
        return None
    folder = path.with_name(folder_name)
    if os.path.isdir(folder):
        series = list_series(folder)
    elif is_container(folder):
        series = group_files(path.parent, [folder])
    else:
        return None
    for one in series:
        if one.path.name == path.name:
            return one
    raise UnreadableFileError(f"There is no series {path.name}: {_choice(series)}.")


def _only_one(folder: Path, series: list[Series]) -> Series:
    series = [one for one in series if not one.is_damaged] or series
    if len(series) == 1:
        return series[0]
    if not series:
        raise UnreadableFileError(
            f"{folder} is a folder without a DICOM series: choose a file, or a folder with one."
        )
    raise UnreadableFileError(f"{folder} holds {len(series)} scans: {_choice(series)}.")


def _choice(series: list[Series]) -> str:
    shown = ", ".join(one.path.name for one in series[:5])
    return f"choose one of {shown}{', ...' if len(series) > 5 else ''}"


def _refuse(error: OSError) -> None:
    raise UnreadableFileError(
        f"The folder {error.filename} cannot be read ({error.strerror}): check its permissions."
    ) from error


def files_of(path: Path) -> tuple[Path, ...]:
    """List the files that a scan is read from.

    Raises
    ------
    UnreadableFileError
        The folder holds no scan, several, or not the one that is asked for.
    """
    series = find_series(path)
    return (path,) if series is None else series.files


def notes_beside(path: Path) -> tuple[str, ...]:
    """Tell what is to be known of a file that was read by itself, for those that lie beside it.

    That it is one of several slices that nothing puts in order, as their folder would say.
    """
    return tuple(
        note
        for row, spread in _spread_rows()
        if _may_belong(row, path)
        for note in spread.notes_beside(path)
    )


def _spread_rows() -> Iterator[tuple[Format, Spread]]:
    return ((row, row.spread) for row in formats() if row.spread)


def _may_belong(row: Format, path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        if row.has_suffix(path) or has_scan_suffix(path):
            return row.has_suffix(path)
        return row.begins(head_of(path))
    except OSError:
        return False
