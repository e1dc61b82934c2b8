"""Looking for something in a small copy of a plane, and its place in the plane itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_multicancer.core.planes.letterbox import resize


def small_copy(plane: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Shrink a plane, made grey, until its longer side has so many pixels; never enlarge it.

    Parameters
    ----------
    plane : ndarray of float32, shape (row, column[, channel])
    side : int
        In pixels.

    Returns
    -------
    ndarray of float32, shape (row, column)
    """
    height, width = plane.shape[:2]
    scale = min(1.0, side / max(height, width))
    grey = plane if plane.ndim == 2 else plane.mean(axis=-1, dtype=np.float32)
    return resize(grey, (max(1, round(height * scale)), max(1, round(width * scale))))


def large_regions(marked: NDArray[np.bool_], companion_share: float) -> NDArray[np.bool_]:
    """Keep the largest connected region and those that have at least a share of its area."""
    regions, _ = ndimage.label(marked, np.ones((3, 3)))
    areas = np.bincount(regions.ravel())
    areas[0] = 0
    kept: NDArray[np.bool_] = (areas >= companion_share * areas.max())[regions] & (regions > 0)
    return kept


def extent(occupied: NDArray[np.bool_], length: int) -> tuple[int, int]:
    """Give start and stop, in pixels of an axis of the plane, of what is occupied in its copy.

    Parameters
    ----------
    occupied : ndarray of bool, shape (n,)
        Along an axis of the copy; True at least once.
    length : int
        Of that axis in the plane itself.

    Returns
    -------
    start, stop : int
    """
    scale = length / len(occupied)
    places = np.flatnonzero(occupied)
    return int(np.floor(places[0] * scale)), int(np.ceil((places[-1] + 1) * scale))
