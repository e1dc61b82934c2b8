"""The door by which files come in: a path gives a scan or a mask, or one sentence why not."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from napari_multicancer.core.errors import (
    MulticancerError,
    UnreadableFileError,
    UnsupportedScanError,
)
from napari_multicancer.core.scan.believed_size import with_believed_size
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.folders import find_series, format_of
from napari_multicancer.io.formats import formats, stem
from napari_multicancer.io.masks import SavedMask
from napari_multicancer.io.row import Format, Series, head_of
from napari_multicancer.io.unread import check_is_read

Found = TypeVar("Found")


def load_scan(path: str | Path) -> Scan:
    """Open a scan of any format of the table (`io.formats`), or a series of files.

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
    if (series := find_series(path)) is not None:
        return load_series(series)
    read = _reader(path, _first_bytes(path))
    scan = with_believed_size(_guarded(lambda: read(path), path.name))
    return replace(scan, name=stem(path))


def load_series(series: Series) -> Scan:
    """Open one of the scans that `list_series` or `group_files` has found.

    Raises
    ------
    UnreadableFileError, UnsupportedScanError
        As `load_scan`.
    """
    spread = format_of(series).spread
    if spread is None:
        return load_scan(series.path)
    scan = with_believed_size(_guarded(lambda: spread.read(series), series.path.name))
    return replace(scan, name=stem(series.path) if len(series.files) == 1 else series.path.name)


def load_mask(path: str | Path, origins: Sequence[Any] = ()) -> SavedMask:
    """Open a mask for which `is_mask` holds, or that somebody says is one.

    Parameters
    ----------
    path : str or Path
    origins : sequence
        `Scan.origin` of the scans that are open; a mask that refers to one of them is laid out
        as that scan is.

    Raises
    ------
    UnreadableFileError
        It is damaged, or of no format of masks.
    """
    path = Path(path)
    row = _mask_row(path) or next(
        (row for row in formats() if row.read_mask and row.has_suffix(path)), None
    )
    if row is None or row.read_mask is None:
        raise UnreadableFileError(f"{path.name} is no mask of a known format: choose another file.")
    read_mask = row.read_mask
    return _guarded(lambda: read_mask(path, origins), path.name)


def is_mask(path: Path) -> bool:
    """Say whether a file is certain to be a mask, not a scan."""
    return _mask_row(path) is not None


def _guarded(read: Callable[[], Found], name: str) -> Found:
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
            f"{name} cannot be read as a picture or scan of a known format, or is damaged: "
            "export or copy it again."
        ) from error


def _first_bytes(path: Path) -> bytes:
    if os.path.exists(path) and not os.path.isfile(path):
        raise UnreadableFileError(f"{path} is no file: choose a scan's file, or its folder.")
    try:
        head = head_of(path)
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
    """Choose the first format that a file begins like; else one that it is called like."""
    rows = [row for row in formats() if row.read]
    begun = [row for row in rows if row.begins(head)]
    named = [row for row in rows if row.has_suffix(path)]
    if not begun and not named:
        check_is_read(path)
    for row in (*begun, *named, *(row for row in rows if row.fallback)):
        if row.read:
            return row.read
    raise UnreadableFileError(f"{path.name} is of no known format: export it in another one.")


def _mask_row(path: Path) -> Format | None:
    """Find the row of a file that is certain to be a mask."""
    if not path.is_file():
        return None
    try:
        head = head_of(path)
    except OSError:
        return None
    for row in formats():
        if row.is_mask and (row.begins(head) or row.has_suffix(path)) and row.is_mask(path):
            return row
    return None
