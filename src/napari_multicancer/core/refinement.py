"""From a lesion's probability map to a clean mask."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_multicancer.core.crf import fully_connected_crf
from napari_multicancer.core.letterbox import Letterbox

REFINEMENTS = ("crf",)
"""What a model card may ask for besides nothing."""


def refine(
    probability: NDArray[np.float32],
    square: NDArray[np.float32],
    box: Letterbox,
    refinement: str,
) -> NDArray[np.float32]:
    """Refine a network's probability map as its card asks.

    Parameters
    ----------
    probability : ndarray of float32 in 0..1, shape (size, size)
    square : ndarray of float32 in 0..255, shape (size, size, 3)
        What the network saw.
    box : Letterbox
        Only the part of the square that it fills is refined.
    refinement : {"", "crf"}

    Returns
    -------
    ndarray of float32 in 0..1, shape (size, size)

    Raises
    ------
    ValueError
        The refinement is unknown.
    """
    if not refinement:
        return probability
    if refinement not in REFINEMENTS:
        raise ValueError(f"{refinement!r} is unknown; choose one of {', '.join(REFINEMENTS)}")
    refined = probability.copy()
    refined[box.inner] = fully_connected_crf(probability[box.inner], square[box.inner])
    return refined


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
