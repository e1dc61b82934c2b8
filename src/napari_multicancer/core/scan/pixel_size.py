"""The size of a pixel that a user enters where the file names none."""

from __future__ import annotations

import math
from dataclasses import replace

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.scan.scan import Scan

SMALLEST, LARGEST = 0.0005, 20.0
"""Millimeters that a pixel of a scan may measure."""
ENTERED = "The size of a pixel was entered by hand."
NOT_HEEDED = (
    "The file itself names the size of a pixel, so that the one entered by hand does not count."
)


def with_pixel_size(scan: Scan, size: float) -> Scan:
    """Let a scan whose file names no size of a pixel have one that the user knows.

    Parameters
    ----------
    scan : Scan
    size : float
        Width of a pixel in mm. Its height follows from the proportions that the file tells, and
        is the same where it tells none.

    Returns
    -------
    Scan
        Marked by `Scan.pixel_size_by_hand` and a note; with nothing but a note where the file
        names a size, which counts.

    Raises
    ------
    UnsupportedScanError
        No scan has pixels of such a size.
    """
    size = checked_pixel_size(size)
    if scan.plane_spacing is not None:
        return replace(scan, notes=(*scan.notes, NOT_HEEDED))
    return replace(
        scan,
        place=scan.place.resized((size * scan.pixel_aspect, size)),
        pixel_size_by_hand=True,
        notes=(*scan.notes, ENTERED),
    )


def checked_pixel_size(size: float) -> float:
    """Refuse what is no size of a pixel in mm.

    Raises
    ------
    UnsupportedScanError
    """
    if not (math.isfinite(size) and SMALLEST <= size <= LARGEST):
        raise UnsupportedScanError(
            f"{size:g} mm is no size of a pixel: enter its width in millimeters, from {SMALLEST:g} "
            f"to {LARGEST:g}, such as 0.2."
        )
    return size


def read_pixel_size(text: str) -> float:
    """Read a size of a pixel in mm as a user types it, with a decimal point or comma.

    Raises
    ------
    UnsupportedScanError
        It is none.

    Examples
    --------
    >>> read_pixel_size("0,2"), read_pixel_size(" 0.25 mm")
    (0.2, 0.25)
    """
    try:
        size = float(text.lower().strip().removesuffix("mm").strip().replace(",", "."))
    except ValueError as error:
        raise UnsupportedScanError(
            f"“{text.strip()}” is no size of a pixel: enter its width in millimeters, such as 0.2."
        ) from error
    return checked_pixel_size(size)
