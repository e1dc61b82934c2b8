"""Outlines carried from plane to plane of a stack: copied, or interpolated between two.

References
----------
Raya, Udupa 1990, "Shape-based interpolation of multidimensional objects", IEEE
Trans. Med. Imaging 9:32-42, doi 10.1109/42.52980.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.labels import (
    Label,
    Region,
    bounding_box,
    check_label,
    check_plane,
    check_spacing,
    replace_region,
)


def copy_plane(mask: NDArray[Label], source: int, target: int, label: int = 1) -> NDArray[Label]:
    """Copy a label from one plane of a stack to another one, whose own it replaces.

    Parameters
    ----------
    mask : ndarray of int, shape (plane, row, column)
    source, target : int
        Plane indices.
    label : int

    Returns
    -------
    ndarray

    Raises
    ------
    MaskError
        The mask is no stack, or has no such planes, or the label is not on the source.
    """
    region = _outlined_plane(mask, source, label)
    check_plane(mask, target)
    copied = mask.copy()
    replace_region(copied[target], region, label)
    return copied


def interpolate_planes(
    mask: NDArray[Label],
    first: int,
    last: int,
    label: int = 1,
    *,
    spacing: Sequence[float] | None = None,
) -> NDArray[Label]:
    """Outline a label between two planes by interpolating its shape.

    On a plane at fraction t of the way, the label is where (1 - t) a + t b > 0,
    with a and b the signed distances, positive inside, to the outlines on the two
    planes. So it always holds what both have, and nothing that neither has.

    Parameters
    ----------
    mask : ndarray of int, shape (plane, row, column)
    first, last : int
        Planes on which the label is outlined, in either order; at least one lies between.
    label : int
        What it covers between the planes is replaced.
    spacing : sequence of float, optional
        Voxel size, (row, column) or (plane, row, column): its ratio of height to
        width counts.

    Returns
    -------
    ndarray
        New; shape and dtype as `mask`. Other labels stay as they are.

    Raises
    ------
    MaskError
        No plane lies between, the label is missing on one of the two, or its
        outlines there do not overlap.
    """
    sizes = (check_spacing(spacing, mask) or (1.0, 1.0))[-2:]
    start, stop = sorted((first, last))
    below, above = (_outlined_plane(mask, plane, label) for plane in (start, stop))
    if stop - start < 2:
        raise MaskError("No plane lies between: choose two planes that are farther apart.")
    if not (below & above).any():
        raise MaskError(
            f"The outlines on planes {start} and {stop} do not overlap: "
            "draw one more on a plane between them."
        )
    interpolated = mask.copy()
    shapes = shapes_between(below, above, stop - start - 1, sizes)
    for plane, region in enumerate(shapes, start + 1):
        replace_region(interpolated[plane], region, label)
    return interpolated


def shapes_between(
    below: Region, above: Region, count: int, sizes: Sequence[float] = (1.0, 1.0)
) -> Iterator[Region]:
    """Interpolate the shapes on so many evenly spaced planes between two regions.

    Parameters
    ----------
    below, above : ndarray of bool, shape (row, column)
        Not empty.
    count : int
    sizes : sequence of float
        Height and width of a pixel.

    Yields
    ------
    ndarray of bool, shape (row, column)
        From below to above.
    """
    box = bounding_box(below | above, 1)
    distances = [signed_distance(end[box], sizes) for end in (below, above)]
    for share in np.arange(1, count + 1) / (count + 1):
        region = np.zeros_like(below)
        region[box] = (1 - share) * distances[0] + share * distances[1] > 0
        yield region


def _outlined_plane(mask: NDArray[np.generic], plane: int, label: int) -> Region:
    if mask.ndim != 3:
        raise MaskError("This needs a stack of planes, and the mask is a single plane.")
    check_label(mask, label)
    check_plane(mask, plane)
    region = np.asarray(np.equal(mask[plane], label))
    if not region.any():
        raise MaskError(f"Nothing is outlined with label {label} on plane {plane}: draw it first.")
    return region


def signed_distance(region: Region, sizes: Sequence[float]) -> NDArray[np.float64]:
    """Distance to where a region ends: positive inside, negative outside.

    Half a pixel of the finer side is taken off the distance between centres, so
    that it is zero midway between a pixel inside and its neighbour outside.

    Parameters
    ----------
    region : ndarray of bool, shape (row, column)
        Not empty. Where it fills the array, it ends at the array's edge; elsewhere
        it goes on beyond.
    sizes : sequence of float
        Height and width of a pixel.

    Returns
    -------
    ndarray of float64, same shape
        In the unit of `sizes`.
    """
    half = min(sizes) / 2
    if region.all():
        padded = ndimage.distance_transform_edt(np.pad(region, 1), sizes)
        return np.asarray(padded[1:-1, 1:-1] - half, np.float64)
    inside = ndimage.distance_transform_edt(region, sizes)
    outside = ndimage.distance_transform_edt(~region, sizes)
    return np.asarray(np.where(region, inside - half, half - outside), np.float64)
