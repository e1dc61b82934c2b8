"""Tools that choose among the connected regions of a mask, by size, by a click or by a box.

As in `correction`: each gives a new mask, leaves other labels alone, and says with
`MaskError` what cannot be done. Regions are connected where pixels touch, at corners
too: 8 neighbours in a plane, 26 in a stack.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.connected import StackRegions
from napari_multicancer.core.masks.labels import (
    Label,
    Region,
    change_label,
    check_mask,
    connected_regions,
)
from napari_multicancer.core.planes.progress import Cancelled, Progress


def keep_largest_region(
    mask: NDArray[Label],
    label: int = 1,
    *,
    plane: int | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> NDArray[Label]:
    """Keep the region of a label that has most pixels; of equal ones the first.

    Parameters
    ----------
    mask : ndarray of int, shape (row, column) or (plane, row, column)
        In a stack, regions go through its planes.
    label : int
    plane : int, optional
        Work on this plane alone, and its regions.
    progress, cancelled : callable, optional
        Of a stack, plane by plane: see `StackRegions`.

    Returns
    -------
    ndarray

    Raises
    ------
    CancelledError
        `cancelled` said so.
    """

    def largest(region: Region) -> Region:
        if region.ndim == 3:
            return StackRegions(region, progress, cancelled).largest()
        numbered, _ = connected_regions(region)
        sizes = np.bincount(numbered.ravel())
        return np.asarray(numbered == 1 + sizes[1:].argmax())

    return change_label(mask, label, plane, largest, in_3d=True)


def keep_region_at(
    mask: NDArray[Label],
    point: Sequence[float],
    *,
    whole_stack: bool = False,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> NDArray[Label]:
    """Of the label at a point, keep the region at that point and no other.

    Parameters
    ----------
    mask : ndarray of int, shape (row, column) or (plane, row, column)
    point : sequence of float
        In pixels, one value a mask axis; whole numbers are the centres of pixels.
    whole_stack : bool
        Follow the region through the planes of a stack, and drop others on all of
        them; else only the point's own plane is changed.
    progress, cancelled : callable, optional
        Of a whole stack, plane by plane: see `StackRegions`.

    Returns
    -------
    ndarray

    Raises
    ------
    MaskError
        The point lies outside the mask or on the background.
    CancelledError
        `cancelled` said so.
    """
    return _at_point(mask, point, whole_stack, True, progress, cancelled)


def remove_region_at(
    mask: NDArray[Label],
    point: Sequence[float],
    *,
    whole_stack: bool = False,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> NDArray[Label]:
    """Remove the region at a point; its label stays elsewhere.

    Parameters
    ----------
    mask, point, whole_stack, progress, cancelled
        As for `keep_region_at`.

    Returns
    -------
    ndarray

    Raises
    ------
    MaskError
        The point lies outside the mask or on the background.
    """
    return _at_point(mask, point, whole_stack, False, progress, cancelled)


def _at_point(
    mask: NDArray[Label],
    point: Sequence[float],
    whole_stack: bool,
    keep: bool,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> NDArray[Label]:
    check_mask(mask)
    pixel = _pixel_at(mask, point)
    label = int(mask[pixel])
    if label == 0:
        raise MaskError("There is no region at this point: click inside an outline.")
    plane = None if whole_stack or mask.ndim == 2 else pixel[0]

    def choose(region: Region) -> Region:
        if region.ndim == 3:
            chosen = StackRegions(region, progress, cancelled).at(pixel)
        else:
            numbered, _ = connected_regions(region)
            chosen = numbered == numbered[pixel[-2:]]
        return np.asarray(chosen if keep else region & ~chosen)

    return change_label(mask, label, plane, choose, in_3d=whole_stack)


def _pixel_at(mask: NDArray[np.generic], point: Sequence[float]) -> tuple[int, ...]:
    place = np.asarray(point, np.float64)
    if place.shape != (mask.ndim,):
        raise MaskError(f"The point has {place.size} coordinates, and the mask {mask.ndim} axes.")
    pixel = np.floor(place + 0.5)
    if not np.all((pixel >= 0) & (pixel < mask.shape)):
        raise MaskError("The point lies outside the picture: click on the scan.")
    return tuple(int(index) for index in pixel)


def restrict_to_box(
    mask: NDArray[Label], corners: ArrayLike, label: int = 1, *, plane: int | None = None
) -> NDArray[Label]:
    """Remove a label outside a box.

    Parameters
    ----------
    mask : ndarray of int, shape (row, column) or (plane, row, column)
    corners : array_like of float, shape (n, 2)
        See `box_slices`.
    label : int
    plane : int, optional

    Returns
    -------
    ndarray

    Raises
    ------
    MaskError
        The box holds no pixel of the picture.
    """
    check_mask(mask)
    box = box_slices(corners, (mask.shape[-2], mask.shape[-1]))

    def restrict(region: Region) -> Region:
        inside = np.zeros_like(region)
        inside[box] = region[box]
        return inside

    return change_label(mask, label, plane, restrict)


def box_slices(corners: ArrayLike, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of the pixels whose centres lie in a box, cut off at the picture's edge.

    Parameters
    ----------
    corners : array_like of float, shape (n, 2)
        Row and column in pixels of at least two corners of a rectangle; of a
        rotated one its bounding box is taken.
    shape : (int, int)
        Rows and columns of the picture.

    Returns
    -------
    (slice, slice)

    Raises
    ------
    MaskError
        The box holds no pixel of the picture, or its corners are not numbers.
    """
    points = np.asarray(corners, np.float64)
    if points.ndim != 2 or points.shape[1:] != (2,) or len(points) < 2:
        raise MaskError("A box needs the row and the column of at least two of its corners.")
    if np.isfinite(points).all():
        start = np.maximum(np.ceil(points.min(axis=0)), 0).astype(int)
        stop = np.minimum(np.floor(points.max(axis=0)) + 1, shape).astype(int)
        if (start < stop).all():
            return slice(int(start[0]), int(stop[0])), slice(int(start[1]), int(stop[1]))
    raise MaskError("The box holds no pixel of the picture: draw it over the scan.")
