"""Where the head lies in a plane of a brain scan."""
# mypy: allow-untyped-calls
# (scikit-image carries no annotations)

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_multicancer.core.letterbox import BoundingBox, resize

WORKING_SIDE = 256
BLUR_SIGMA = 1.5
"""In pixels of the working picture."""
SMALLEST_HEAD = 0.03
"""Share of the plane's area below which a region is not taken for a head."""
COMPANION_SHARE = 0.2
"""A region of at least this share of the largest one belongs to the head too."""
MARGIN = 0.02
"""Added on each side, as a share of the head's longer side."""


def crop_to_head(plane: NDArray[np.float32]) -> BoundingBox:
    """Find the head's bounding box: blur, threshold, largest region, margin.

    What stands out is measured from the background, which is the median along
    the plane's border, so that white backgrounds do as well as black ones. The
    square root of that contrast is cut at Otsu's threshold: without the root,
    bright fat or a bright lesion alone would pass for the head. Regions nearly as
    large as the largest one count too, for low planes without a skull fall apart
    into cerebellum and temporal lobes.

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
    """
    height, width = plane.shape[:2]
    head = _head_mask(plane)
    if head.mean() < SMALLEST_HEAD:
        return BoundingBox(0, 0, height, width)
    top, bottom = _extent(np.flatnonzero(head.any(axis=1)), height / head.shape[0])
    left, right = _extent(np.flatnonzero(head.any(axis=0)), width / head.shape[1])
    margin = round(MARGIN * max(bottom - top, right - left))
    top, left = max(0, top - margin), max(0, left - margin)
    bottom, right = min(height, bottom + margin), min(width, right + margin)
    return BoundingBox(top, left, bottom - top, right - left)


def _head_mask(plane: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Mark the head in a small copy of the plane."""
    from skimage.filters import threshold_otsu

    height, width = plane.shape[:2]
    scale = min(1.0, WORKING_SIDE / max(height, width))
    grey = plane if plane.ndim == 2 else plane.mean(axis=-1, dtype=np.float32)
    small = resize(grey, (max(1, round(height * scale)), max(1, round(width * scale))))
    smooth = ndimage.gaussian_filter(small, BLUR_SIGMA)
    border = np.concatenate([smooth[0], smooth[-1], smooth[1:-1, 0], smooth[1:-1, -1]])
    contrast = np.sqrt(np.abs(smooth - np.median(border)))
    if np.ptp(contrast) < 1:
        return np.zeros(small.shape, bool)
    outline = ndimage.binary_fill_holes(contrast > threshold_otsu(contrast))
    regions, _ = ndimage.label(outline, np.ones((3, 3)))
    areas = np.bincount(regions.ravel())
    areas[0] = 0
    kept: NDArray[np.bool_] = (areas >= COMPANION_SHARE * areas.max())[regions] & (regions > 0)
    return kept


def _extent(occupied: NDArray[np.intp], scale: float) -> tuple[int, int]:
    """Start and stop, in the plane's pixels, of occupied rows or columns of the small copy."""
    return int(np.floor(occupied[0] * scale)), int(np.ceil((occupied[-1] + 1) * scale))
