"""Which files a batch works on, and how their masks are called."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.load import SUFFIXES, is_dicomdir, stem

MASK_FOLDER = "masks"


@dataclass(frozen=True)
class Job:
    """One file or DICOM series of the work list.

    Attributes
    ----------
    path : Path
        As `io.load_scan` takes it.
    mask : str
        Where its mask goes, relative to the output folder, with forward slashes.
    """

    path: Path
    mask: str


def find_files(
    paths: Sequence[Path], *, recursive: bool = False, leave_out: Path | None = None
) -> list[Path]:
    """Turn files and folders into the list of files and DICOM series to analyse.

    Parameters
    ----------
    paths : sequence of Path
        Files are taken as they are, even where they do not exist: their row says
        so. Of folders, and of the folder of a DICOMDIR: each DICOM series, by the
        path that `io.dicom_series` gives it, and the other files with a known
        suffix; none that are hidden.
    recursive : bool
        Whether to go into folders inside folders.
    leave_out : Path, optional
        A folder that is not searched: the output, whose masks are no scans.

    Returns
    -------
    list of Path
        Sorted; each file once, however often it was named.

    Raises
    ------
    UnreadableFileError
        A folder may not be read.
    """
    found: dict[str, Path] = {}
    for path in paths:
        folder = path.parent if is_dicomdir(path) else path
        files = _in_folder(folder, recursive, leave_out) if folder.is_dir() else [path]
        for file in files:
            found.setdefault(os.path.realpath(file), file)
    return sorted(found.values())


def _in_folder(folder: Path, recursive: bool, leave_out: Path | None) -> Iterator[Path]:
    in_series: set[Path] = set()
    for here, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = [
            name for name in folders if recursive and not _is_same(Path(here, name), leave_out)
        ]
        shown = [Path(here, name) for name in files if not name.startswith(".")]
        shown = [file for file in shown if file not in in_series]
        scans, members = _dicom_scans(Path(here), shown)
        in_series |= members
        yield from scans
        for file in shown:
            if file.name.lower().endswith(SUFFIXES) and file not in in_series:
                yield file


def _dicom_scans(folder: Path, files: Sequence[Path]) -> tuple[list[Path], set[Path]]:
    """Find the DICOM scans among files, and which files they are made of.

    A DICOMDIR that cannot be used stands for its scans, so that its row says why.
    """
    from napari_multicancer.io.dicom_series import folder_series

    try:
        series = folder_series(folder, files)
    except UnreadableFileError:
        return [file for file in files if is_dicomdir(file)], set()
    return [one.path for one in series], {file for one in series for file in one.files}


def _is_same(folder: Path, other: Path | None) -> bool:
    return other is not None and os.path.realpath(folder) == os.path.realpath(other)


def _refuse(error: OSError) -> None:
    raise UnreadableFileError(
        f"The folder {error.filename} cannot be read ({error.strerror}): check its permissions."
    ) from error


def plan_jobs(paths: Sequence[Path], taken: Collection[str] = ()) -> list[Job]:
    """Give every file a mask name of its own.

    Parameters
    ----------
    paths : sequence of Path
    taken : collection of str
        Masks of an earlier run, as in `Job.mask`, whose names are not to be used.

    Returns
    -------
    list of Job
        In the order of `paths`. "NAME_mask.tif" for the first file called NAME,
        "NAME_2_mask.tif" for the next; upper and lower case count as the same,
        because some disks cannot tell them apart.
    """
    used = {mask.lower() for mask in taken}
    jobs = []
    for path in paths:
        number, mask = 1, f"{MASK_FOLDER}/{stem(path)}_mask.tif"
        while mask.lower() in used:
            number += 1
            mask = f"{MASK_FOLDER}/{stem(path)}_{number}_mask.tif"
        used.add(mask.lower())
        jobs.append(Job(path, mask))
    return jobs
