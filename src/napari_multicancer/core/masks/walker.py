"""A click seen as an edge-keeping tool: the random walker decides around it anew.

It knows no lesions, and follows edges near a click; a network knows lesions, and may miss what
the click is about. `analysis.clicks` takes both.

References
----------
Grady 2006, "Random Walks for Image Segmentation", IEEE TPAMI 28:1768-1783,
doi 10.1109/TPAMI.2006.233.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_multicancer.core.masks.labels import Box, Region, bounding_box

BETA = 1000.0
"""How hard it is to cross an edge."""
TOLERANCE = 1e-3
SPREAD, REACH = 2.0, 8.0
"""Radius of the disc that a click opens: its distance to the outline, times and plus so many."""
FARTHEST = 0.125
"""Distance taken at most, as a share of the longer side."""
INSIDE, OUTSIDE = 1, 2


def walked(
    values: Callable[[Box], NDArray[np.float32]],
    mask: Region,
    pointed: Region,
    positive: bool,
    certain: Sequence[tuple[Region, bool]] = (),
) -> Region:
    """Decide anew in a disc around what was pointed at; beyond it the mask is certain.

    Parameters
    ----------
    values : callable
        Takes a part (rows, columns) and gives its intensities, 0..1, shape (row, column) or
        (row, column, channel).
    mask : ndarray of bool, shape (row, column)
        As it is; not empty.
    pointed : ndarray of bool, shape (row, column)
        Certain pixels under the newest click or stroke; not empty.
    positive : bool
        Whether these are lesion.
    certain : sequence of (ndarray of bool, bool)
        Pixels under earlier clicks, and whether they are lesion.

    Returns
    -------
    ndarray of bool, shape (row, column)
        New.
    """
    opened = _disc(mask, pointed, positive)
    inside, outside = mask & ~opened, ~(mask | opened)
    for region, is_lesion in (*certain, (pointed, positive)):
        inside[region], outside[region] = is_lesion, not is_lesion
    result, undecided = inside.copy(), ~(inside | outside)
    if undecided.any():
        at = bounding_box(undecided, 2)
        result[at] |= walk(values(at), inside[at], outside[at]) & undecided[at]
    return result


def opening_radius(mask: Region, pointed: Region, positive: bool) -> float:
    """Choose how far around a click it is decided anew: as its distance to the outline demands.

    Parameters
    ----------
    mask, pointed : ndarray of bool, shape (row, column)
    positive : bool
        Whether the pixels pointed at are lesion.

    Returns
    -------
    float
        In pixels.
    """
    distance = FARTHEST * max(mask.shape)
    near = bounding_box(pointed, distance)
    other = mask[near] if positive else ~mask[near]
    if other.any():
        apart = ndimage.distance_transform_edt(~other)[pointed[near]]
        distance = min(distance, float(apart.min()))
    return float(SPREAD * distance + REACH)


def _disc(mask: Region, pointed: Region, positive: bool) -> Region:
    radius = opening_radius(mask, pointed, positive)
    opened = np.zeros_like(mask)
    near = bounding_box(pointed, radius + 1)
    opened[near] = ndimage.distance_transform_edt(~pointed[near]) < radius
    return opened


def walk(values: NDArray[Any], inside: Region, outside: Region) -> Region:
    """Let the random walker decide between what is certain.

    Parameters
    ----------
    values : ndarray of float, shape (row, column) or (row, column, channel)
        Intensities, 0..1.
    inside, outside : ndarray of bool, shape (row, column)
        Certainly lesion, certainly none. Where either is empty, all is the other one.

    Returns
    -------
    ndarray of bool, shape (row, column)
    """
    if not (inside.any() and outside.any()):
        return np.full(inside.shape, inside.any())
    if not np.ptp(values):  # no edge to stop the walker
        to_inside, to_outside = map(ndimage.distance_transform_edt, (~inside, ~outside))
        return np.asarray(to_inside < to_outside)
    from skimage.segmentation import random_walker

    labels = np.where(inside, INSIDE, np.where(outside, OUTSIDE, 0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of open pixels that no certain one reaches
        found = random_walker(
            values.reshape(*inside.shape, -1),
            labels,
            beta=BETA,
            mode="cg_j",
            tol=TOLERANCE,
            channel_axis=-1,
        )
    return np.asarray(found == INSIDE)
