"""Series of which some slices cannot be read: what is left, where that leaves no hole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import MulticancerError, UnreadableFileError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.dicom.fitting import places_of
from napari_multicancer.io.dicom.header import Header
from napari_multicancer.io.dicom.order import SAME_PLACE
from napari_multicancer.io.dicom.pixels import meant_values, open_picture
from napari_multicancer.io.dicom.series import DicomSeries
from napari_multicancer.io.dicom.together import line_of
from napari_multicancer.io.files import UNREAD

_NAMED = 3
"""File names that a sentence has room for."""


def read_what_is_left(
    series: DicomSeries, error: Exception, read: Callable[[DicomSeries], Scan]
) -> Scan:
    """Read a series without the slices that are damaged, where these lie at its ends.

    Parameters
    ----------
    series : DicomSeries
        That could not be read as a whole.
    error : Exception
        Why.
    read : callable
        A series to a scan.

    Returns
    -------
    Scan
        Its notes name what is left out.

    Raises
    ------
    Exception
        No slice is damaged, then `error`; or there would be a hole, or no stack, without it.
    """
    damaged = _damaged(series.files)
    if not damaged:
        raise error
    reason = error if isinstance(error, UnreadableFileError) else next(iter(damaged.values()))
    if not _leaves_no_hole(series.headers, set(damaged)):
        raise reason
    kept = [index for index in range(len(series.files)) if index not in damaged]
    rest = replace(
        series,
        files=tuple(series.files[index] for index in kept),
        headers=tuple(series.headers[index] for index in kept),
    )
    try:
        scan = read(rest)
    except MulticancerError:
        raise reason from None
    said = f"{_names([series.files[index] for index in damaged])} {UNREAD} and is left out."
    return replace(scan, notes=(*scan.notes, said), name=series.path.name, source=str(series.path))


def unread_beside(series: DicomSeries) -> tuple[str, ...]:
    """Tell of files in the same folder whose header cannot be read, in a sentence or none."""
    if not series.unread:
        return ()
    return (f"{_names(series.unread)} in the same folder {UNREAD}, and may be one of the slices.",)


def apart_from_others(series: DicomSeries) -> tuple[str, ...]:
    """Tell of slices of one series that are not one stack, in a sentence or none."""
    if series.n_apart:
        return (
            f"It is one of {series.n_apart} slices of a series that tell neither where they lie "
            "nor in which order they follow each other: each is read by itself.",
        )
    if not series.unplaced:
        return ()
    return (
        f"{_names(series.unplaced)} of the same series: where it lies, the file does not say, and "
        "it is read by itself.",
    )


def _damaged(files: Sequence[Path]) -> dict[int, UnreadableFileError]:
    """Find the slices whose pixels cannot be read, and why, by their index."""
    found: dict[int, UnreadableFileError] = {}
    for index, file in enumerate(files):
        try:
            meant_values(open_picture(file), file.name)
        except UnreadableFileError as error:
            found[index] = error
        except (MulticancerError, MemoryError, PermissionError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever pydicom raises on a damaged file
            found[index] = UnreadableFileError(
                f"{file.name} is cut short or damaged: export or copy it again."
            )
            found[index].__cause__ = error
    return found


def _leaves_no_hole(headers: Sequence[Header], damaged: set[int]) -> bool:
    """Say whether slices may be left out: at the ends of space or time, or copies of others."""
    kept = [index for index in range(len(headers)) if index not in damaged]
    if not kept:
        return False
    along = _along(headers)
    twice = {headers[index].sop_instance_uid for index in kept} - {""}
    left = {index for index in damaged if headers[index].sop_instance_uid not in twice}
    if not left:
        return True
    if np.ptp(along[kept]) <= SAME_PLACE < np.ptp(along):
        return False
    return not any(_lies_between(index, kept, along, headers) for index in left)


def _lies_between(
    index: int, kept: list[int], along: NDArray[np.float64], headers: Sequence[Header]
) -> bool:
    """Say whether a slice has others on both sides: of its place, or at it of its number."""
    steps = along[kept] - along[index]
    if np.abs(steps).min() > SAME_PLACE:
        return bool(steps.min() < 0 < steps.max())
    numbers = np.array([headers[one].instance_number for one in kept])[np.abs(steps) <= SAME_PLACE]
    number = headers[index].instance_number
    return bool(numbers.min() < number < numbers.max())


def _along(headers: Sequence[Header]) -> NDArray[np.float64]:
    """Give where slices lie, in mm along their normal; else by SliceLocation, else by number."""
    orientation, positions = places_of(headers)
    if orientation is not None and len(positions):
        return np.asarray(positions @ np.cross(orientation[:3], orientation[3:]))
    if (line := line_of(headers)) is not None:
        return line
    locations = [header.location for header in headers]
    if None not in locations:
        return np.array(locations, float)
    return np.array([header.instance_number for header in headers], float)


def _names(files: Sequence[Path]) -> str:
    shown = ", ".join(file.name for file in files[:_NAMED])
    more = len(files) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown
