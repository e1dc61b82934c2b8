"""One door for all formats: a path goes in, a Scan comes out, or one sentence why not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from napari_multicancer.core.errors import (
    MulticancerError,
    UnreadableFileError,
    UnsupportedScanError,
)
from napari_multicancer.core.scan.scan import Scan

if TYPE_CHECKING:
    from napari_multicancer.io.dicom.series import DicomSeries

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
TIFF_SUFFIXES = (".tif", ".tiff")
DICOM_SUFFIXES = (".dcm", ".dicom", ".ima")
NIFTI_SUFFIXES = (".nii", ".nii.gz")
SUFFIXES = PICTURE_SUFFIXES + TIFF_SUFFIXES + DICOM_SUFFIXES + NIFTI_SUFFIXES
"""Ends of file names that are taken for scans, in lower case."""

_TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_NIFTI_MAGIC = (b"n+1\0", b"n+2\0")


def load_scan(path: str | Path) -> Scan:
    """Open a picture, TIFF, DICOM or NIfTI file, or a DICOM series.

    The format is told by the file's first bytes, then by the end of its name.

    Parameters
    ----------
    path : str or Path
        One file; or a folder or DICOMDIR with one DICOM series. Of several, one
        is meant by the path that `list_series` gives it, such as "FOLDER#301".

    Returns
    -------
    Scan
        Named after the file, without its suffix, or the folder; nothing in the name comes from
        a header, where patients' names stand. See the readers for axes and dtypes.

    Raises
    ------
    UnreadableFileError
        The file is missing, empty, damaged, not permitted or no scan; the folder
        holds no DICOM series, or several.
    UnsupportedScanError
        A plane is too large to be decoded, or the volume too large for the memory;
        slices of a series are missing, doubled or do not fit together.

    Examples
    --------
    >>> from napari_multicancer.samples import SAMPLES
    >>> scan = load_scan(SAMPLES[-1].path)
    >>> scan.axes, scan.pixels.shape
    ('zyx', (9, 256, 256))
    """
    path = Path(path)
    series = None if os.path.isfile(path) and not is_dicomdir(path) else _find_series(path)
    if series is not None:
        return load_series(series)
    reader = _reader(path, _first_bytes(path))
    return _guarded(lambda: reader(path), path.name)


def load_series(series: DicomSeries) -> Scan:
    """Open one of the scans that `dicom_series.list_series` has found in a folder.

    Parameters
    ----------
    series : DicomSeries

    Returns
    -------
    Scan
        See `dicom_stack.read_series`.

    Raises
    ------
    UnreadableFileError, UnsupportedScanError
        As `load_scan`.
    """
    from napari_multicancer.io.dicom.stack import read_series

    return _guarded(lambda: read_series(series), series.path.name)


def _guarded(read: Callable[[], Scan], name: str) -> Scan:
    """Turn what format libraries raise on broken files, anything at all, into one sentence."""
    try:
        return read()
    except MulticancerError:
        raise
    except PermissionError as error:
        raise _not_opened(error.filename or name, error) from error
    except MemoryError as error:
        raise UnsupportedScanError(
            f"{name} does not fit into this machine's memory: crop it or scale it down first."
        ) from error
    except Exception as error:
        raise UnreadableFileError(
            f"{name} cannot be read as a picture, TIFF, DICOM or NIfTI file, or is damaged: "
            "export or copy it again."
        ) from error


def is_dicomdir(path: Path) -> bool:
    """Tell the list of the files on a DICOM disc by its name; the standard leaves it no other."""
    return path.name.upper() == "DICOMDIR" and os.path.isfile(path)


def stem(path: Path) -> str:
    """Name of a file without the suffix of its format; ".nii.gz" counts as one."""
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if path.name.lower().endswith(suffix) and len(path.name) > len(suffix):
            return path.name[: -len(suffix)]
    return path.name


def _find_series(path: Path) -> DicomSeries | None:
    from napari_multicancer.io.dicom.series import find_series

    return find_series(path)


def _first_bytes(path: Path) -> bytes:
    if os.path.exists(path) and not os.path.isfile(path):
        raise UnreadableFileError(f"{path} is no file: choose a scan's file, or its folder.")
    try:
        with path.open("rb") as file:
            head = file.read(352)
    except (OSError, ValueError) as error:
        raise _not_opened(path, error) from error
    if not head:
        raise UnreadableFileError(f"{path.name} is empty (0 bytes): export or copy it again.")
    return head


def _not_opened(path: Path | str, error: OSError | ValueError) -> UnreadableFileError:
    """Say why a file was not even opened; a name that no disk takes is a ValueError."""
    if isinstance(error, FileNotFoundError):
        return UnreadableFileError(f"There is no file {path}: check its name.")
    if isinstance(error, PermissionError):
        return UnreadableFileError(f"You may not read {path}: ask its owner for permission.")
    reason = getattr(error, "strerror", None) or error
    return UnreadableFileError(f"{path} cannot be read ({reason}): copy it to this machine first.")


def _reader(path: Path, head: bytes) -> Callable[[Path], Scan]:
    """Choose the format's reader; each imports its own library, and only when asked for."""
    name = path.name.lower()
    if head[128:132] == b"DICM" or name.endswith(DICOM_SUFFIXES):
        from napari_multicancer.io.dicom.read import read_dicom

        return read_dicom
    if head[:4] in _TIFF_MAGIC or name.endswith(TIFF_SUFFIXES):
        from napari_multicancer.io.tiff.read import read_tiff

        return read_tiff
    if head[344:348] in _NIFTI_MAGIC or name.endswith(NIFTI_SUFFIXES):
        from napari_multicancer.io.nifti.read import read_nifti

        return read_nifti
    from napari_multicancer.io.picture.read import read_picture

    return read_picture
