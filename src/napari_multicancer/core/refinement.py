"""From a lesion's probability map to a clean mask."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


def clean_mask(mask: NDArray[np.bool_], smallest_region: float = 0) -> NDArray[np.bool_]:
    """Fill holes and drop small regions (8-connected) of a 2-D mask.

    Parameters
    ----------
    mask : ndarray of bool, shape (row, column)
    smallest_region : float
        Regions of fewer pixels are dropped.

    Returns
    -------
    ndarray of bool, same shape
    """
    if not mask.any():
        return mask
    filled = ndimage.binary_fill_holes(mask)
    regions, _ = ndimage.label(filled, np.ones((3, 3)))
    keep = np.bincount(regions.ravel()) >= smallest_region
    keep[0] = False
    kept: NDArray[np.bool_] = keep[regions]
    return kept
