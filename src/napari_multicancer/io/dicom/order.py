"""In which order slices lie in the patient, and whether one is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnsupportedScanError

SAME_PLACE = 0.01
"""Slices nearer than this, in mm, lie at the same place."""
SAME_DIRECTION = 0.01
"""Direction cosines that differ by less point the same way."""
_DIGITS = 6
"""Of a place in mm, behind which only rounding stands."""
UNEVEN = 0.1
"""Distances that differ from the usual one by more than this part of it are uneven."""


@dataclass(frozen=True, eq=False)
class Arrangement:
    """Slices put in order.

    Attributes
    ----------
    order : ndarray of int, shape (times, planes)
        Indices into the slices as they were given: for every volume its planes,
        in the direction of the normal. One volume unless each place was taken
        several times.
    distance : float or None
        Between the centres of neighbouring planes in mm; None for a single plane.
    """

    order: NDArray[np.intp]
    distance: float | None


def along_normal(
    name: str, positions: NDArray[np.float64], orientations: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Find where slices lie along the normal of their common plane.

    Which is row direction x column direction (PS3.3 C.7.6.2.1.1): names and numbers of files
    need not follow the patient.

    Parameters
    ----------
    name : str
        How the whole is called in a message.
    positions : ndarray of float, shape (slices, 3)
        ImagePositionPatient in mm.
    orientations : ndarray of float, shape (slices, 6)
        ImageOrientationPatient: direction cosines of the rows, then of the columns.

    Returns
    -------
    ndarray of float, shape (slices,)
        In mm.

    Raises
    ------
    UnsupportedScanError
        Slices lie in several directions.
    """
    usual = np.median(orientations, axis=0)
    if np.abs(orientations - usual).max() > SAME_DIRECTION:
        raise UnsupportedScanError(
            f"{name} holds slices in several directions, as localizers do: "
            "choose another series, or one of its pictures."
        )
    return np.asarray(positions @ np.cross(usual[:3], usual[3:]))


def along_line(points: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Find where slices lie along the line that their places make, where their plane is not known.

    Parameters
    ----------
    points : ndarray of float, shape (slices, 3)
        ImagePositionPatient in mm.

    Returns
    -------
    ndarray of float, shape (slices,)
        In mm, growing to the patient's left, back or head, whichever the line follows most; None
        where they make no line.
    """
    from_middle = points - points.mean(axis=0)
    direction = np.linalg.svd(from_middle, full_matrices=False)[2][0]
    direction *= np.sign(direction[np.abs(direction).argmax()])
    along = np.round(from_middle @ direction, _DIGITS)
    steps = np.diff(np.sort(along))
    if not (steps > SAME_PLACE).any():
        return None
    beside = np.linalg.norm(from_middle - np.outer(along, direction), axis=1).max()
    usual = float(np.median(steps[steps > SAME_PLACE]))
    return along if beside <= UNEVEN * usual else None


def arrange(
    name: str, labels: Sequence[str], along: NDArray[np.float64], unread: Sequence[str] = ()
) -> Arrangement:
    """Order slices by where they lie; those at the same place keep the order as given.

    Parameters
    ----------
    name : str
        How the whole is called in a message.
    labels : sequence of str
        How each slice is called in a message.
    along : ndarray of float, shape (slices,)
        In mm, from `along_normal`, or SliceLocation.
    unread : sequence of str
        Files that cannot be read and may be what is missing.

    Returns
    -------
    Arrangement

    Raises
    ------
    UnsupportedScanError
        Slices are missing, doubled or unevenly spaced.
    """
    sequence = np.argsort(along, kind="stable")
    starts = np.flatnonzero(np.diff(along[sequence], prepend=-np.inf) > SAME_PLACE)
    places = [np.sort(place) for place in np.split(sequence, starts[1:])]
    _check_counts(name, labels, places)
    suspects = f"; {', '.join(unread)} cannot be read" if unread else ""
    _check_steps(name, labels, places, along[sequence[starts]], suspects)
    step = float(along[sequence[starts[-1]]] - along[sequence[0]])
    distance = step / (len(places) - 1) if len(places) > 1 else None
    return Arrangement(np.stack(places, axis=1), distance)


def _check_counts(name: str, labels: Sequence[str], places: list[NDArray[np.intp]]) -> None:
    """Make sure that each place was taken equally often."""
    counts = [len(place) for place in places]
    usual = int(np.median(counts))
    for place, count in zip(places, counts, strict=True):
        if count > usual:
            first, second = (labels[index] for index in place[:2])
            raise UnsupportedScanError(
                f"{name} has {count} pictures at one place ({first} and {second} lie there) and "
                f"{usual} at others: remove what does not belong to it, or export the series "
                "again, with all its files."
            )
        if count < usual:
            raise UnsupportedScanError(
                f"{name} has {count} pictures where {labels[place[0]]} lies and {usual} at other "
                "places: export the series again, with all its files."
            )


def _check_steps(
    name: str,
    labels: Sequence[str],
    places: list[NDArray[np.intp]],
    along: NDArray[np.float64],
    suspects: str,
) -> None:
    """Make sure that places follow each other evenly."""
    steps = np.diff(along)
    if not steps.size:
        return
    usual = float(np.percentile(steps, 50, method="lower"))
    widest = int(steps.argmax())
    if missing := round(float(steps[widest]) / usual) - 1:
        before, after = (labels[places[index][0]] for index in (widest, widest + 1))
        slices = "1 slice is" if missing == 1 else f"{missing} slices are"
        raise UnsupportedScanError(
            f"{name} is incomplete, {slices} missing between {before} and {after} "
            f"({steps[widest]:.3g} mm apart, others {usual:.3g} mm{suspects}): "
            "export the series again, with all its files."
        )
    if np.abs(steps - usual).max() > UNEVEN * usual:
        raise UnsupportedScanError(
            f"{name} has slices that are unevenly spaced, {steps.min():.3g} to {steps.max():.3g} "
            "mm apart: resample it to even distances first."
        )
