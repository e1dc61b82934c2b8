"""Where the scan lies on an ultrasound screen, between rulers, text, marks and borders."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_multicancer.core.planes.letterbox import BoundingBox
from napari_multicancer.core.planes.small_copy import extent, large_regions, small_copy

WORKING_SIDE = 128
TEXTURE_SIDE = 3
"""Side of the neighbourhood, in pixels of the working picture, in which greys are compared."""
FLATTEST_TISSUE = 4.0
"""Range of greys in such a neighbourhood up to which it counts as empty screen."""
THICKEST_WRITING = 7
"""Side in pixels of the working picture; what no such square fits into is no scan."""
COMPANION_SHARE = 0.2
"""A region of at least this share of the largest one is a scan too: two may stand side by side."""
SMALLEST_SCAN = 0.1
"""Share of the picture's area below which a region is not taken for the scan."""
WHOLE = 0.94
"""A scan that spans this share of the height or width is taken to span it all."""


def crop_to_scan(plane: NDArray[np.float32]) -> BoundingBox:
    """Find the bounding box of the scan on a screen.

    Tissue has speckle nearly everywhere, a screen around it is flat. So: where greys differ
    within a small neighbourhood there is tissue, writing or a ruler; what is too thin for
    a small square to fit in is writing or a ruler; the largest region that is left, and
    others nearly as large, are the scan.

    Parameters
    ----------
    plane : ndarray of float32 in 0..255, shape (row, column[, channel])

    Returns
    -------
    BoundingBox
        The whole plane where the scan fills it, or where no scan is found.
    """
    height, width = plane.shape[:2]
    tissue = _tissue(plane)
    if tissue.mean() < SMALLEST_SCAN:
        return BoundingBox(0, 0, height, width)
    top, bottom = _span(np.any(tissue, axis=1), height)
    left, right = _span(np.any(tissue, axis=0), width)
    return BoundingBox(top, left, bottom - top, right - left)


def _tissue(plane: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Mark the scan in a small copy of the plane."""
    small = small_copy(plane, WORKING_SIDE)
    brightest = ndimage.maximum_filter(small, TEXTURE_SIDE)
    textured = brightest - ndimage.minimum_filter(small, TEXTURE_SIDE) > FLATTEST_TISSUE
    filled = ndimage.binary_fill_holes(textured)
    own = ndimage.minimum_filter(filled, TEXTURE_SIDE)  # without what a neighbor lends
    solid = ndimage.grey_opening(own, (THICKEST_WRITING, THICKEST_WRITING))
    return large_regions(solid, COMPANION_SHARE)


def _span(occupied: NDArray[np.bool_], length: int) -> tuple[int, int]:
    """Start and stop of the occupied part in the plane's pixels; all of them where it is most."""
    start, stop = extent(occupied, length)
    return (0, length) if stop - start >= WHOLE * length else (start, stop)
