"""Where the head lies in a plane."""
# mypy: allow-untyped-calls
# (scikit-image carries no annotations)

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_multicancer.core.planes.letterbox import BoundingBox
from napari_multicancer.core.planes.small_copy import extent, large_regions, small_copy

WORKING_SIDE = 256
BLUR_SIGMA = 1.5
"""In pixels of the working picture."""
CLASSES = 3
"""Background, darker and brighter tissue."""
BINS = 256
FAINTEST_HEAD = 1.0
"""Range of the square root of the contrast below which a plane shows nothing."""
GREY_LEVEL = 8
"""Greys of one such step count as the same along the border."""
SMALLEST_HEAD = 0.03
"""Share of the plane's area below which a region is not taken for a head."""
COMPANION_SHARE = 0.2
"""A region of at least this share of the largest one belongs to the head too."""
MARGIN = 0.02
"""Added on each side, as a share of the head's longer side."""


def crop_to_head(plane: NDArray[np.float32]) -> BoundingBox:
    """Find the head's bounding box: blur, threshold, largest region, margin.

    What stands out is measured from the background, which is the most frequent
    grey along the plane's border, so that white backgrounds do as well as black
    ones. The square root of that contrast is cut at the lower one of Otsu's two
    thresholds between three classes, for the higher one may leave no more than
    bright fat or a bright lesion. Regions nearly as large as the largest one count
    too, because low planes without a skull fall apart into cerebellum and temporal
    lobes.

    Parameters
    ----------
    plane : ndarray of float32 in 0..255, shape (row, column[, channel])

    Returns
    -------
    BoundingBox
        The whole plane where nothing stands out.

    References
    ----------
    Otsu 1979, "A threshold selection method from gray-level histograms", IEEE
    Trans. Syst. Man Cybern. 9:62, doi 10.1109/TSMC.1979.4310076.
    Liao, Chen, Chung 2001, "A fast algorithm for multilevel thresholding", J. Inf.
    Sci. Eng. 17:713.
    """
    height, width = plane.shape[:2]
    head = _head_mask(plane)
    if head.mean() < SMALLEST_HEAD:
        return BoundingBox(0, 0, height, width)
    top, bottom = extent(np.any(head, axis=1), height)
    left, right = extent(np.any(head, axis=0), width)
    margin = round(MARGIN * max(bottom - top, right - left))
    top, left = max(0, top - margin), max(0, left - margin)
    bottom, right = min(height, bottom + margin), min(width, right + margin)
    return BoundingBox(top, left, bottom - top, right - left)


def _head_mask(plane: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Mark the head in a small copy of the plane."""
    small = small_copy(plane, WORKING_SIDE)
    smooth = ndimage.gaussian_filter(small, BLUR_SIGMA)
    contrast = np.sqrt(np.abs(smooth - _background(smooth)))
    threshold = _lower_threshold(contrast)
    if threshold is None:
        return np.zeros(small.shape, bool)
    return large_regions(ndimage.binary_fill_holes(contrast > threshold), COMPANION_SHARE)


def _lower_threshold(contrast: NDArray[np.float32]) -> float | None:
    """Split three classes by Otsu's rule; None where there are not as many."""
    from skimage.filters import threshold_multiotsu

    if np.ptp(contrast) < FAINTEST_HEAD:
        return None
    counts, edges = np.histogram(contrast, BINS)
    if np.count_nonzero(counts) < CLASSES:
        return None
    centres = (edges[:-1] + edges[1:]) / 2
    return float(threshold_multiotsu(classes=CLASSES, hist=(counts, centres))[0])


def _background(grey: NDArray[np.float32]) -> float:
    """Most frequent grey along the border; a head that touches the border is more varied."""
    border = np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])
    level = np.minimum(border / GREY_LEVEL, 255 // GREY_LEVEL).astype(np.intp)
    return float(np.median(border[level == np.bincount(level).argmax()]))
