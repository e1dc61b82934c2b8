"""Tools that correct the outline of one label in a mask: smooth, fill, grow, shrink, re-cut.

Every tool gives a new mask of the same shape and dtype, never changes the one it
was given, leaves the other labels alone and does nothing where its label is absent.
A mask is a plane, shape (row, column), or a stack, shape (plane, row, column); with
`plane` a tool works on that plane only, else on all of them. `MaskError` says in one
sentence what cannot be done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.labels import (
    TOLERANCE,
    Label,
    Region,
    bounding_box,
    change_label,
    check_label,
    check_spacing,
    each_connected_region,
    planes_of,
    replace_region,
)
from napari_multicancer.core.masks.refinement import clean_mask

_GAUSSIAN_REACH = 4.0
"""Where Gaussians are cut off, in standard deviations."""


def smooth_outline(
    mask: NDArray[Label],
    sigma: float = 2.0,
    label: int = 1,
    *,
    spacing: Sequence[float] | None = None,
    plane: int | None = None,
) -> NDArray[Label]:
    """Smooth the outline in each plane, each connected region keeping its area.

    A region is blurred with a Gaussian and cut where as many pixels lie above as
    before, so that small regions neither shrink nor vanish. Beyond the picture's
    edge it is taken to go on.

    Parameters
    ----------
    mask : ndarray of int, shape (row, column) or (plane, row, column)
    sigma : float
        Standard deviation of the Gaussian, above 0; details smaller than about
        twice as much go. In mm where `spacing` is given, else in pixels.
    label : int
    spacing : sequence of float, optional
        Voxel size in mm, (row, column) or one value a mask axis.
    plane : int, optional

    Returns
    -------
    ndarray
        The area differs from what it was by pixels equal in the blurred region,
        and where regions meet one another or other labels.
    """
    _check_length(sigma, "Smooth")
    sigmas = sigma / np.array((check_spacing(spacing, mask) or (1.0, 1.0))[-2:])

    def smooth(region: Region) -> Region:
        smoothed = np.zeros_like(region)
        for box, one in each_connected_region(region, _GAUSSIAN_REACH * sigmas):
            smoothed[box] |= _blurred_keeping_area(one, sigmas)
        return smoothed

    return change_label(mask, label, plane, smooth)


def _blurred_keeping_area(region: Region, sigmas: NDArray[np.float64]) -> Region:
    blurred = ndimage.gaussian_filter(
        region.astype(np.float32), sigmas, mode="nearest", truncate=_GAUSSIAN_REACH
    ).round(5)
    area = np.count_nonzero(region)
    level = np.partition(blurred, -area, axis=None)[-area]
    candidates: tuple[Region, Region] = (blurred >= level, blurred > level)
    return min(candidates, key=lambda cut: abs(np.count_nonzero(cut) - area))


def fill_holes(mask: NDArray[Label], label: int = 1, *, plane: int | None = None) -> NDArray[Label]:
    """Fill the background that a label encloses in a plane; pixels that touch at corners enclose.

    Parameters
    ----------
    mask : ndarray of int, shape (row, column) or (plane, row, column)
    label : int
    plane : int, optional

    Returns
    -------
    ndarray
        Other labels inside a hole stay as they are.
    """

    def fill(region: Region) -> Region:
        filled = region.copy()
        box = bounding_box(region)
        filled[box] = ndimage.binary_fill_holes(region[box])
        return filled

    return change_label(mask, label, plane, fill)


def grow(
    mask: NDArray[Label],
    distance: float,
    label: int = 1,
    *,
    spacing: Sequence[float] | None = None,
    plane: int | None = None,
) -> NDArray[Label]:
    """Add the background that lies within a Euclidean distance of a label.

    Parameters
    ----------
    mask : ndarray of int, shape (row, column) or (plane, row, column)
    distance : float
        Between centres of pixels, 0 or more. In mm where `spacing` is given, else in pixels.
    label : int
    spacing : sequence of float, optional
        Voxel size in mm. With (plane, row, column) a whole stack grows in three
        dimensions, into neighbouring planes too; with (row, column), without it
        and with `plane`, each plane grows by itself.
    plane : int, optional

    Returns
    -------
    ndarray
    """

    def grown(region: Region, sizes: NDArray[np.float64]) -> Region:
        result = region.copy()
        box = bounding_box(region, distance / sizes + 1)
        apart = ndimage.distance_transform_edt(~region[box], sizes)
        result[box] = apart <= distance * (1 + TOLERANCE)
        return result

    return _resize(mask, distance, "Grow", grown, label, spacing, plane)


def shrink(
    mask: NDArray[Label],
    distance: float,
    label: int = 1,
    *,
    spacing: Sequence[float] | None = None,
    plane: int | None = None,
) -> NDArray[Label]:
    """Take away what lies within a Euclidean distance of where a label ends.

    What touches the picture's edge, or in three dimensions the first or last
    plane, is not taken away there: beyond, nothing is known.

    Parameters
    ----------
    mask, distance, label, spacing, plane
        As for `grow`; the distance is that to the nearest pixel outside.

    Returns
    -------
    ndarray
    """

    def shrunk(region: Region, sizes: NDArray[np.float64]) -> Region:
        result = region.copy()
        box = bounding_box(region, 1)
        if not region[box].all():
            apart = ndimage.distance_transform_edt(region[box], sizes)
            result[box] = apart > distance * (1 + TOLERANCE)
        return result

    return _resize(mask, distance, "Shrink", shrunk, label, spacing, plane)


def _resize(
    mask: NDArray[Label],
    distance: float,
    verb: str,
    change: Callable[[Region, NDArray[np.float64]], Region],
    label: int,
    spacing: Sequence[float] | None,
    plane: int | None,
) -> NDArray[Label]:
    if distance != 0:
        _check_length(distance, verb)
    sizes = check_spacing(spacing, mask) or (1.0, 1.0)
    in_3d = len(sizes) == 3 and plane is None

    def resized(region: Region) -> Region:
        return change(region, np.array(sizes[-region.ndim :]))

    return change_label(mask, label, plane, resized, in_3d=in_3d)


def _check_length(length: float, verb: str) -> None:
    if not 0 < length < np.inf:
        raise MaskError(f"{verb} by a number above 0, not by {length}.")


def recut(
    mask: NDArray[Label],
    probability: NDArray[np.floating],
    threshold: float,
    label: int = 1,
    *,
    smallest_region: float = 0,
    plane: int | None = None,
) -> NDArray[Label]:
    """Redraw a label where a probability map reaches a threshold.

    Holes are filled and small regions dropped plane by plane, as in an analysis.

    Parameters
    ----------
    mask : ndarray of int, shape (row, column) or (plane, row, column)
    probability : ndarray of float, shape of `mask`
        0..1; NaN is below every threshold.
    threshold : float
        0..1.
    label : int
    smallest_region : float
        Regions of fewer pixels are dropped.
    plane : int, optional

    Returns
    -------
    ndarray
        Other labels stay as they are, also where the map reaches the threshold.

    Raises
    ------
    MaskError
        Mask and map differ in shape, the threshold is not in 0..1, or label or
        plane cannot be used.
    """
    if probability.shape != mask.shape:
        raise MaskError(
            f"The mask has the shape {mask.shape}, its probability map {probability.shape}: "
            "use the map of this scan."
        )
    if not 0 <= threshold <= 1:
        raise MaskError(f"The threshold must lie between 0 and 1, and is {threshold}.")
    check_label(mask, label)
    cut = mask.copy()
    for index, view in planes_of(cut, plane):
        values = probability[index] if probability.ndim == 3 else probability
        replace_region(view, _cleaned(np.asarray(values >= threshold), smallest_region), label)
    return cut


def _cleaned(region: Region, smallest_region: float) -> Region:
    """Clean a mask in its bounding box alone: a lesion is small in its plane."""
    if region.any():
        box = bounding_box(region)
        region[box] = clean_mask(region[box], smallest_region)
    return region
