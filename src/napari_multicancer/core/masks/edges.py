"""Let an outline snap to the edges of its picture, in a band around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import expit

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.crf import CrfParameters, fully_connected_crf
from napari_multicancer.core.masks.interpolation import signed_distance
from napari_multicancer.core.masks.labels import (
    Label,
    Region,
    bounding_box,
    check_label,
    check_picture,
    connected_regions,
    planes_of,
    replace_region,
)

PULL_BACK = 2.0
"""Log-odds with which a pixel at the band's border holds to the outline given."""
CERTAIN = 12.0
"""Log-odds beyond the band."""
WINDOW = (1.0, 99.0)
"""Percentiles of the picture around a label that become black and white."""
CORE_SHARE = 0.5
"""So much of a region's depth is never moved, however wide the band."""
GREY_BINS = 64
BLUR_BINS, FLOOR = 3.0, 1e-3
"""Histograms are blurred with a Gaussian of so many bins; no bin is held less likely."""
STRONGEST_GREY = 3.0
"""Log-odds that a grey value gives at most."""


def snap_to_edges(
    mask: NDArray[Label],
    image: NDArray[np.generic],
    reach: float = 5.0,
    label: int = 1,
    *,
    plane: int | None = None,
) -> NDArray[Label]:
    """Move the outline of a label to the edges of the picture, at most `reach` pixels far.

    In a band around the outline it is decided again which pixels belong
    to it. They lean to the side where they were, the more the farther from the
    outline, and to the side where their grey value is more frequent: the log ratio
    of two histograms, one inside and one outside the outline given. A fully
    connected CRF (see `crf`) makes neighbours of like grey agree. Beyond the band
    nothing moves. What is cut off from the cores of the regions is dropped; what they
    close in is filled.

    Parameters
    ----------
    mask : ndarray of int, shape (row, column) or (plane, row, column)
    image : ndarray of real numbers, shape of `mask`, maybe with a last axis of channels
        In any range; NaN counts as 0.
    reach : float
        Half the width of the band in pixels, 1 or more. Inside a region narrower
        than four times as much, the band ends halfway to its middle.
    label : int
    plane : int, optional
        Work on this plane only.

    Returns
    -------
    ndarray
        New; shape and dtype as `mask`. Other labels stay as they are.

    Raises
    ------
    MaskError
        Picture and mask differ in size, the reach is too small, or label or plane
        cannot be used.

    References
    ----------
    Boykov, Jolly 2001, "Interactive graph cuts for optimal boundary & region
    segmentation of objects in N-D images", ICCV, doi 10.1109/ICCV.2001.937505,
    for grey value histograms of inside and outside.
    """
    check_label(mask, label)
    check_picture(mask, image)
    if not 1 <= reach < np.inf:
        raise MaskError(f"Snap within 1 pixel or more, not within {reach}.")
    snapped = mask.copy()
    for index, view in planes_of(snapped, plane):
        picture = image[index] if mask.ndim == 3 else image
        region = np.equal(view, label)
        if region.any():
            box = bounding_box(region, 2 * reach)
            replace_region(view[box], _snapped(region[box], np.asarray(picture[box]), reach), label)
    return snapped


def _snapped(region: Region, picture: NDArray[np.generic], reach: float) -> Region:
    grey = _stretched(picture)
    distance = signed_distance(region, (1.0, 1.0))
    inside, outside = distance > _inner_reach(distance, region, reach), distance < -reach
    log_odds = PULL_BACK * distance / reach + _grey_log_odds(grey, region)
    log_odds = np.where(inside, CERTAIN, np.where(outside, -CERTAIN, log_odds))
    parameters = CrfParameters(
        position_weight=1.0, position_sigma=2.0, bilateral_weight=1.0, bilateral_sigma=reach
    )
    refined = fully_connected_crf(expit(log_odds).astype(np.float32), grey, parameters)
    lesion = inside | (~outside & (refined >= 0.5))
    return _without_islands_and_holes(lesion, inside, outside)


def _inner_reach(
    distance: NDArray[np.float64], region: Region, reach: float
) -> NDArray[np.float64]:
    """How far each connected region may recede: `reach`, but less where it is thin."""
    numbered, count = connected_regions(region)
    depths = ndimage.maximum(distance, numbered, range(count + 1))
    return np.asarray(np.minimum(reach, CORE_SHARE * np.asarray(depths))[numbered])


def _grey_log_odds(grey: NDArray[np.float32], region: Region) -> NDArray[np.float64]:
    """How much more frequent each pixel's grey value is inside than outside, in log-odds."""
    channels = grey.reshape(*region.shape, -1)
    bins = (channels.mean(axis=-1) * (GREY_BINS / 256)).astype(np.intp)
    inside, outside = (_log_histogram(bins[side]) for side in (region, ~region))
    return np.asarray(np.clip(inside - outside, -STRONGEST_GREY, STRONGEST_GREY)[bins])


def _log_histogram(bins: NDArray[np.intp]) -> NDArray[np.float64]:
    counts = np.bincount(bins, minlength=GREY_BINS) / max(1, bins.size)
    blurred = ndimage.gaussian_filter1d(counts, BLUR_BINS, mode="nearest")
    return np.asarray(np.log(blurred + FLOOR), np.float64)


def _without_islands_and_holes(lesion: Region, inside: Region, outside: Region) -> Region:
    """Keep what is joined to the core; fill what is not joined to the surroundings."""
    surroundings = outside.copy()
    for edge in (0, -1):
        surroundings[edge, :] = surroundings[:, edge] = True
    joined = ndimage.binary_propagation(inside, mask=lesion)
    return ~np.asarray(ndimage.binary_propagation(surroundings & ~joined, mask=~joined), np.bool_)


def _stretched(picture: NDArray[np.generic]) -> NDArray[np.float32]:
    """Stretch grey values to 0..255; a picture without contrast becomes black."""
    values = np.nan_to_num(picture.astype(np.float32), posinf=0.0, neginf=0.0)
    low, high = np.percentile(values, WINDOW)
    if high <= low:
        return np.zeros_like(values)
    return np.asarray(np.clip((values - low) * (255 / (high - low)), 0, 255), np.float32)
