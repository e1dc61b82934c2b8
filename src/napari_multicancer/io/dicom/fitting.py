"""Slices of one stack: whether they fit together, and in which order they follow each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.io.dicom.header import Header
from napari_multicancer.io.dicom.marks import B_VALUE, MARKS
from napari_multicancer.io.dicom.order import SAME_PLACE, UNEVEN, Arrangement, along_normal, arrange
from napari_multicancer.io.dicom.repetitions import check_told, in_repetitions
from napari_multicancer.io.dicom.together import line_of, same_spacing

_FEWEST = 3
"""Slices whose even locations are believed before their positions."""
_IN_A_LINE = (
    "The slices are in the order of ImagePositionPatient and as far apart as these places: how "
    "they are turned in the patient, the files do not say (ImageOrientationPatient)."
)
_BY_NAME = (
    "Each place was taken several times, and InstanceNumber does not tell in which order: the "
    "names of the files count."
)
_IN_TEXT = "InstanceNumber is no number in some files: the digits in it count."
_ONE_PLACE = (
    "All slices say the same ImagePositionPatient: they are in the order of SliceLocation and as "
    "far apart as it tells; which end is up, the files do not say."
)
_ONE_PLACE_IN_TIME = (
    "The slices lie at one place by ImagePositionPatient, and at several by SliceLocation: they "
    "are read as times."
)
_NEARLY_ONE_PLACE = (
    "Slices that lie up to {:.2g} mm apart are taken for one place: they are read as times."
)
_ROUNDING = 0.001
"""Millimeters by which one place may be told differently."""
_MIXED = (
    "The slices of a volume differ in their {}, and are put together by their InstanceNumber: "
    "compare them with another program."
)
_SEVERAL_CONTRASTS = (
    "The slices differ in their {}, and each place has but one of them: they are read as one "
    "volume."
)
_NOT_SAID = "where they lie in the patient, and which end is up, the files do not say."


def check_sizes(name: str, headers: Sequence[Header]) -> None:
    """Make sure that all slices have one size.

    Parameters
    ----------
    name : str
        How the whole is called in a message.
    headers : sequence of Header

    Raises
    ------
    UnsupportedScanError
    """
    by_shape: dict[tuple[int, ...], list[Header]] = defaultdict(list)
    for header in headers:
        by_shape[header.shape].append(header)
    if len(by_shape) == 1:
        _check_spacings(name, headers)
        return
    (usual, _), (odd, others), *_ = sorted(by_shape.items(), key=lambda item: -len(item[1]))
    raise UnsupportedScanError(
        f"{name} mixes slices of {_size(usual)} with {len(others)} of {_size(odd)} "
        f"({others[0].path.name}): sort them into folders of their own."
    )


def ordered(
    name: str, headers: Sequence[Header], unread: Sequence[Path] = ()
) -> tuple[Arrangement, tuple[str, ...]]:
    """Put slices in order: by their positions, else by SliceLocation, else by InstanceNumber.

    Positions alone, without directions, count where they lie on a line; one position for all does
    not where SliceLocation tells them apart.

    Parameters
    ----------
    name : str
        How the whole is called in a message.
    headers : sequence of Header
        By InstanceNumber.
    unread : sequence of Path
        Files of the same folder that may be what is missing.

    Returns
    -------
    arrangement : Arrangement
    notes : tuple of str
        What is to be known of this order, a sentence each.

    Raises
    ------
    UnsupportedScanError
        Slices are missing, doubled or unevenly spaced, or lie in several directions.
    """
    labels = [header.path.name for header in headers]
    suspects = [file.name for file in unread]
    if are_apart_by_location(headers):
        along = np.array([header.location for header in headers])
        return arrange(name, labels, along, suspects), (_ONE_PLACE,)
    orientation, positions = places_of(headers)
    if orientation is not None:
        orientations = np.array([header.orientation for header in headers])
        along = along_normal(name, positions, orientations)
        arrangement, on_times = _timed(name, headers, arrange(name, labels, along, suspects), along)
        return arrangement, (*_gathered(headers), *on_times)
    if (line := line_of(headers)) is not None:
        arrangement, on_times = _timed(name, headers, arrange(name, labels, line, suspects), line)
        return arrangement, (_IN_A_LINE, *_gathered(headers), *on_times)
    if all(header.location is not None for header in headers):
        along = np.array([header.location for header in headers])
        arrangement, on_times = _timed(name, headers, arrange(name, labels, along, suspects), along)
        return arrangement, (
            f"The slices are in the order of SliceLocation: {_NOT_SAID}",
            *on_times,
        )
    numbers = np.array([header.instance_number for header in headers], float)
    arrangement = replace(
        arrange(name, labels, np.arange(len(numbers), dtype=float)), distance=None
    )
    by_number = [f"The slices are in the order of their InstanceNumber: {_NOT_SAID}"]
    if any(header.has_number_in_text for header in headers):
        by_number.append(_IN_TEXT)
    if len(set(np.diff(numbers))) > 1:
        by_number.append("These numbers leave gaps: slices may be missing.")
    return arrangement, tuple(by_number)


def places_of(
    headers: Sequence[Header],
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64]]:
    """Find how slices lie in the patient.

    Returns
    -------
    orientation : ndarray of float, shape (6,), or None
        The usual ImageOrientationPatient; None where a slice does not say where it lies.
    positions : ndarray of float, shape (slices, 3)
        In mm; empty then, and where `are_apart_by_location`.
    """
    if any(header.orientation is None or header.position is None for header in headers):
        return None, np.empty((0, 3))
    orientation = np.median([header.orientation for header in headers], axis=0)
    if are_apart_by_location(headers):
        return orientation, np.empty((0, 3))
    return orientation, np.array([header.position for header in headers])


def are_apart_by_location(headers: Sequence[Header]) -> bool:
    """Say whether slices lie evenly apart by SliceLocation, though all say one position.

    Some programs write the first slice's position into all of them. Of several contrasts or times,
    each can lie anywhere.
    """
    locations = [header.location for header in headers if header.location is not None]
    places = [
        (*header.position, *header.orientation)
        for header in headers
        if header.position and header.orientation
    ]
    are_told = len(locations) == len(places) == len(headers) >= _FEWEST
    if not are_told or len({header.contrast for header in headers}) > 1:
        return False
    if np.ptp(places, axis=0).max() > SAME_PLACE:
        return False
    steps = np.diff(np.sort(locations))
    return bool(steps.min() > SAME_PLACE and np.ptp(steps) <= UNEVEN * np.median(steps))


def _timed(
    name: str,
    headers: Sequence[Header],
    arrangement: Arrangement,
    along: NDArray[np.float64],
) -> tuple[Arrangement, tuple[str, ...]]:
    """Make volumes of places that were taken several times; tell what is not sure of them."""
    if len(arrangement.order) == 1:
        return arrangement, _on_contrasts(headers)
    found = in_repetitions(
        arrangement.order,
        [header.marks for header in headers],
        [header.instance_number for header in headers],
        [header.times for header in headers],
    )
    check_told(name, found)
    arrangement = replace(arrangement, order=found.order)
    notes = [*_on_near_places(along, arrangement), *_on_locations(headers, arrangement)]
    if found.told_by:
        notes.append(f"The volumes are told apart by their {' and '.join(found.told_by)}.")
    if found.mixed:
        notes.append(_MIXED.format(" and ".join(found.mixed)))
    if not found.is_told:
        notes.append(_BY_NAME)
    elif any(header.has_number_in_text for header in headers):
        notes.append(_IN_TEXT)
    return arrangement, tuple(notes)


def _on_contrasts(headers: Sequence[Header]) -> tuple[str, ...]:
    """Tell where the slices of a volume, each of its own place, are of several contrasts."""
    marks = [MARKS.index(mark) for mark in (B_VALUE, "EchoTime")]
    differ = [
        MARKS[mark]
        for mark in marks
        if len({header.marks[mark] for header in headers if header.marks}) > 1
    ]
    return (_SEVERAL_CONTRASTS.format(" and ".join(differ)),) if differ else ()


def _on_near_places(along: NDArray[np.float64], arrangement: Arrangement) -> tuple[str, ...]:
    """Tell where slices count as of one place that lie a little apart, by more than rounding."""
    apart = float(np.ptp(along[arrangement.order], axis=0).max())
    return (_NEARLY_ONE_PLACE.format(apart),) if apart > _ROUNDING else ()


def _on_locations(headers: Sequence[Header], arrangement: Arrangement) -> tuple[str, ...]:
    """Tell where slices at one place say different locations."""
    locations = [header.location for header in headers if header.location is not None]
    is_one_place = arrangement.order.shape[1] == 1
    differ = is_one_place and locations and np.ptp(locations) > SAME_PLACE
    return (_ONE_PLACE_IN_TIME,) if differ else ()


def _gathered(headers: Sequence[Header]) -> tuple[str, ...]:
    n_series = len({header.series for header in headers})
    if n_series == 1:
        return ()
    return (
        f"These {len(headers)} slices are called {n_series} series by their files: they are read "
        "as one stack, as they lie evenly one above another.",
    )


def _check_spacings(name: str, headers: Sequence[Header]) -> None:
    if same_spacing(headers):
        return
    said = [header for header in headers if header.spacing]
    spacings = np.array([header.spacing for header in said])
    nearest = int(np.abs(spacings - np.median(spacings, axis=0)).max(axis=1).argmin())
    farthest = int(np.abs(spacings - spacings[nearest]).max(axis=1).argmax())
    first, other = said[nearest], said[farthest]
    raise UnsupportedScanError(
        f"{name} mixes slices of different PixelSpacing ({first.path.name} and "
        f"{other.path.name}): sort them into folders of their own."
    )


def _size(shape: tuple[int, ...]) -> str:
    rows, columns, samples = shape
    return f"{rows} x {columns} pixels{' in colour' if samples > 1 else ''}"
