"""From a lesion's probability map to a clean mask."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_multicancer.core.masks.crf import fully_connected_crf
from napari_multicancer.core.masks.labels import Box, bounding_box, widened
from napari_multicancer.core.planes.known import REFINEMENTS
from napari_multicancer.core.planes.letterbox import Letterbox

_TOUCHING = np.ones((3, 3), bool)


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
    box = bounding_box(mask)
    regions, _ = ndimage.label(_filled(mask[box]), _TOUCHING)
    keep = np.bincount(regions.ravel()) >= smallest_region
    keep[0] = False
    cleaned = np.zeros(mask.shape, bool)
    cleaned[box] = keep[regions]
    return cleaned


def _filled(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill holes: whatever cannot be reached from beyond the border (4-connected)."""
    background, _ = ndimage.label(np.pad(~mask, 1, constant_values=True))
    return np.asarray(background[1:-1, 1:-1] != background[0, 0])


def drop_specks(mask: NDArray[np.uint8], smallest: Sequence[float]) -> None:
    """Drop small regions of a volume's mask that lie on one plane only, in place.

    A region of a plane goes where no voxel of the planes next to it touches it
    (26-connected) and it has fewer pixels than `smallest` says: a lesion reaches
    over planes, or is large on the only one that shows it; a small region on one
    plane is mostly a false alarm.

    Parameters
    ----------
    mask : ndarray of uint8, shape (plane, row, column)
        Non-zero on the lesion. Not for planes in time: there, neighbours are the
        same place and a region on one plane says nothing.
    smallest : sequence of float
        In pixels, one value a plane.
    """
    for index, pixels in enumerate(smallest):
        drop_specks_on(mask, index, pixels)


def drop_specks_on(mask: NDArray[np.uint8], index: int, smallest: float) -> None:
    """Drop the specks of one plane, in place, as `drop_specks` does for all in order.

    Parameters
    ----------
    mask : ndarray of uint8, shape (plane, row, column)
    index : int
        Of the plane; those before it have been done.
    smallest : float
        In pixels.
    """
    plane = mask[index]
    if not plane.any():
        return
    box = bounding_box(plane)
    regions, n_regions = ndimage.label(plane[box], _TOUCHING)
    drop = np.bincount(regions.ravel(), minlength=n_regions + 1) < smallest
    drop[0] = False
    if drop.any():
        drop[np.unique(regions[_beside(mask, index, box)])] = False
        plane[box][drop[regions]] = 0


def _beside(mask: NDArray[np.uint8], index: int, box: Box) -> NDArray[np.bool_]:
    """Find the pixels in a box of a plane that the mask touches from the planes beside it."""
    wide = widened(box, 1, mask.shape[1:])
    touched = np.zeros(mask[index][wide].shape, bool)
    for neighbour in (index - 1, index + 1):
        if 0 <= neighbour < len(mask):
            touched |= mask[neighbour][wide] != 0
    if touched.any():
        touched = ndimage.binary_dilation(touched, _TOUCHING)
    return touched[
        tuple(
            slice(side.start - wider.start, side.stop - wider.start)
            for side, wider in zip(box, wide, strict=True)
        )
    ]
