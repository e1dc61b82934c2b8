"""A mask made consistent between the planes of a stack.

The network looks at each plane alone. Here a voxel's probability becomes the mean of its own,
counted twice, and of those at the same place on the plane before and on the plane after; it is
cut where the model cuts. Nothing is outlined where neither the plane itself nor its neighbors
were. Then regions that touch nothing on another plane go. Planes that a person has corrected or
settled stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.connected import StackRegions
from napari_multicancer.core.masks.labels import Region, check_label
from napari_multicancer.core.planes.progress import Cancelled, Progress, one_by_one

Mask = NDArray[np.integer]

OWN_WEIGHT = 2.0
"""Of a plane's own probability; each neighbor's is 1."""
NOTHING_LEFT = (
    "Each region that is outlined lies on one plane alone: nothing would be left, so nothing was "
    "changed. Outline the planes between them first, or let the network propagate the outline."
)


@dataclass(frozen=True, eq=False)
class Consistent:
    """A mask that was made consistent, and what that changed.

    Attributes
    ----------
    mask : ndarray of int, shape (plane, row, column)
    planes : int
        On how many planes voxels changed.
    added, removed : int
        Voxels.
    dropped : int
        Regions that lay on one plane alone and went.
    kept : int
        Planes that stayed as they are because a person had corrected or settled them.
    """

    mask: Mask
    planes: int
    added: int
    removed: int
    dropped: int
    kept: int


def make_consistent(
    mask: Mask,
    label: int = 1,
    *,
    probability: Any = None,
    threshold: float | Sequence[float] = 0.5,
    fixed: Collection[int] = (),
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Consistent:
    """Smooth a label's probability across planes, and drop its regions on one plane alone.

    Parameters
    ----------
    mask : ndarray of int, shape (plane, row, column)
        Never changed; other labels stay.
    label : int
    probability : ndarray or dask array of float, 0..1, same shape, optional
        Without it, regions are dropped only.
    threshold : float or sequence of float
        At which the map is cut, 0..1; of all planes or of each.
    fixed : collection of int
        Planes that stay as they are.
    progress : callable, optional
        Called with (done, total) after each plane.
    cancelled : callable, optional
        Asked before each plane.

    Returns
    -------
    Consistent

    Raises
    ------
    MaskError
        The mask is no stack, or no region reaches a second plane.
    CancelledError
        `cancelled` said so.
    """
    check_label(mask, label)
    if mask.ndim != 3:
        raise MaskError("This needs a stack of planes, and this mask is a picture.")
    before = np.equal(mask, label)
    after = before.copy()
    if probability is not None:
        _smooth(after, before, mask, probability, threshold, fixed, progress, cancelled)
    alone, dropped = StackRegions(after, cancelled=cancelled).on_one_plane(fixed)
    after &= ~alone
    if before.any() and not after.any():
        raise MaskError(NOTHING_LEFT)
    return _compared(mask, label, before, after, dropped, len(fixed))


def _smooth(
    after: Region,
    before: Region,
    mask: Mask,
    probability: Any,
    threshold: float | Sequence[float],
    fixed: Collection[int],
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> None:
    """Cut the mean of each plane's map and its neighbors', plane by plane, into `after`."""
    last = len(before) - 1
    cuts = np.broadcast_to(threshold, len(before))
    maps: dict[int, NDArray[np.float32]] = {}
    for index in one_by_one(range(len(before)), progress, cancelled):
        around = [near for near in (index - 1, index + 1) if 0 <= near <= last]
        outlined = before[[index, *around]].any(axis=0)
        if index not in fixed and outlined.any():
            for near in (index, *around):
                if near not in maps:
                    maps[near] = np.asarray(probability[near], np.float32)
            mean = OWN_WEIGHT * maps[index] + sum(maps[near] for near in around)
            mean /= OWN_WEIGHT + len(around)
            free = before[index] | np.equal(mask[index], 0)
            after[index] = (mean >= cuts[index]) & outlined & free
        maps.pop(index - 1, None)


def _compared(
    mask: Mask, label: int, before: Region, after: Region, dropped: int, kept: int
) -> Consistent:
    result = mask.copy()
    planes = added = removed = 0
    for plane, was, now in zip(result, before, after, strict=True):
        more, less = now & ~was, was & ~now
        plane[more], plane[less] = label, 0
        added += int(np.count_nonzero(more))
        removed += int(np.count_nonzero(less))
        planes += bool(more.any() or less.any())
    return Consistent(result, planes, added, removed, dropped, kept)
