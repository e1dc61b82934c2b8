"""What the folder of a single file tells of it: whether it is one of slices that nothing orders."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from napari_multicancer.io.dicom import is_dicomdir
from napari_multicancer.io.dicom.header import read_header
from napari_multicancer.io.dicom.incomplete import apart_from_others
from napari_multicancer.io.dicom.series import DicomSeries, group_files
from napari_multicancer.io.dicom.sniff import begins_like_dicom
from napari_multicancer.io.dicom.together import is_unplaced_slice
from napari_multicancer.io.row import head_of


def notes_beside(path: Path) -> tuple[str, ...]:
    """Tell that a file is one of several slices of a series that are read singly.

    Its folder is looked through only where it is a slice that does not say where it lies.

    Parameters
    ----------
    path : Path
        Of a DICOM file that was read by itself.

    Returns
    -------
    tuple of str
        A sentence, or none.
    """
    header = read_header(path)
    if header is None or not header.series or not is_unplaced_slice(header):
        return ()
    try:
        series = _series_in(path.parent, path.parent.stat().st_mtime_ns)
    except OSError:
        return ()
    return next((apart_from_others(one) for one in series if one.files == (path,)), ())


@lru_cache(1)
def _series_in(folder: Path, changed: int) -> Sequence[DicomSeries]:
    """Group the files of a folder; kept, as its slices come one after another."""
    shown = (one for one in folder.iterdir() if not one.name.startswith(".") and one.is_file())
    return group_files(folder, [one for one in shown if _is_picture(one)])


def _is_picture(path: Path) -> bool:
    return begins_like_dicom(head_of(path)) and not is_dicomdir(path)
