"""Square parts of a picture: beside its lesion, or around it.

A part beside the lesion shows healthy tissue of a hospital whose healthy scans
nobody collected. Parts around lesions are shown as large, so that largeness
itself tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SMALLEST = 0.4
"""Side of the smallest part, as a share of the picture's."""
MARGIN = 0.03
"""How far from the lesion a healthy part keeps, as a share of the picture's side."""
AROUND = (1.3, 2.5)
"""Side of a part around a lesion, in sizes of the lesion."""


@dataclass(frozen=True)
class Window:
    """A square part of a picture, in pixels."""

    top: int
    left: int
    side: int


def beside_lesion(
    mask: NDArray[np.uint8], inner: tuple[slice, ...], rng: np.random.Generator
) -> Window | None:
    """Find a square that shows the picture but not its lesion.

    Parameters
    ----------
    mask : ndarray of uint8, shape (size, size)
        1 on the lesion.
    inner : (rows, columns)
        The part of the square that the picture fills.
    rng : numpy.random.Generator

    Returns
    -------
    Window or None
        None where there is no lesion, or no part beside it is large enough.
    """
    if not mask.any():
        return None
    size = len(mask)
    margin = round(MARGIN * size)
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    (top, bottom), (left, right) = ((s.start or 0, s.stop or size) for s in inner)
    beside = [
        (top, rows[0] - margin, left, right),
        (rows[-1] + 1 + margin, bottom, left, right),
        (top, bottom, left, columns[0] - margin),
        (top, bottom, columns[-1] + 1 + margin, right),
    ]
    free = [part for part in beside if min(part[1] - part[0], part[3] - part[2]) >= SMALLEST * size]
    if not free:
        return None
    top, bottom, left, right = free[rng.integers(len(free))]
    side = int(rng.integers(int(SMALLEST * size), min(bottom - top, right - left) + 1))
    return Window(
        int(rng.integers(top, bottom - side + 1)), int(rng.integers(left, right - side + 1)), side
    )


def around_lesion(mask: NDArray[np.uint8], rng: np.random.Generator) -> Window | None:
    """Find a square that shows the whole lesion and some tissue around it.

    Parameters
    ----------
    mask : ndarray of uint8, shape (size, size)
        1 on the lesion.
    rng : numpy.random.Generator

    Returns
    -------
    Window or None
        None where there is no lesion.
    """
    if not mask.any():
        return None
    size = len(mask)
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    extent = max(int(np.ptp(rows)), int(np.ptp(columns))) + 1
    side = int(min(max(rng.uniform(*AROUND) * extent, extent, SMALLEST * size), size))
    top, left = (
        int(rng.integers(max(0, found[-1] + 1 - side), min(found[0], size - side) + 1))
        for found in (rows, columns)
    )
    return Window(top, left, side)
