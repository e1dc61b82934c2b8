"""The connected regions of a stack, found plane by plane: it can be told how far, and stopped."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from napari_multicancer.core.masks.labels import Box, Region, bounding_box, connected_regions
from napari_multicancer.core.planes.progress import Cancelled, Progress, one_by_one


@dataclass(frozen=True, eq=False)
class _Plane:
    """The pieces of one plane, numbered on from those of the planes before it; 0 outside."""

    box: Box
    pieces: NDArray[np.int64]


class StackRegions:
    """The regions of a stack that touch, corners included (26 neighbors).

    Only the planes that hold something are looked at, and of these only the part that does.

    Parameters
    ----------
    region : ndarray of bool, shape (plane, row, column)
    progress : callable, optional
        Called with (done, total) after each plane.
    cancelled : callable, optional
        Asked before each plane.

    Raises
    ------
    CancelledError
        `cancelled` said so.
    """

    def __init__(
        self,
        region: Region,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> None:
        self._shape = region.shape
        self._planes: dict[int, _Plane] = {}
        sizes, joints = [np.zeros(1, np.int64)], [np.zeros((0, 2), np.int64)]
        for index in one_by_one(range(len(region)), progress, cancelled):
            plane = region[index]
            if plane.any():
                found = _found(plane, sum(map(len, sizes)))
                sizes.append(np.bincount(found.pieces.ravel())[sum(map(len, sizes)) :])
                self._planes[index] = found
                if index - 1 in self._planes:
                    joints.append(_joints(self._planes[index - 1], found))
        self._sizes = np.concatenate(sizes)
        self._number = _numbered(np.concatenate(joints), len(self._sizes))

    def largest(self) -> Region:
        """Give the region with most voxels; of equal ones the first."""
        return self._of(int(np.bincount(self._number, self._sizes).argmax()))

    def at(self, voxel: tuple[int, ...]) -> Region:
        """Give the region at a voxel that belongs to one."""
        plane = self._planes[voxel[0]]
        place = tuple(at - side.start for at, side in zip(voxel[1:], plane.box, strict=True))
        return self._of(int(self._number[plane.pieces[place]]))

    def on_one_plane(self, skipped: Collection[int] = ()) -> tuple[Region, int]:
        """Give the regions that lie on one plane alone, and how many they are.

        Parameters
        ----------
        skipped : collection of int
            Planes whose regions are left out.
        """
        planes = np.zeros(len(self._sizes), np.int64)
        skip = np.zeros(len(self._sizes), bool)
        for index, plane in self._planes.items():
            numbers = np.unique(self._number[np.unique(plane.pieces[plane.pieces > 0])])
            planes[numbers] += 1
            skip[numbers] |= index in skipped
        chosen = (planes == 1) & ~skip
        return self._drawn(chosen[self._number]), int(chosen.sum())

    def _of(self, number: int) -> Region:
        return self._drawn(self._number == number)

    def _drawn(self, chosen: NDArray[np.bool_]) -> Region:
        """Draw the chosen pieces, one flag each."""
        drawn = np.zeros(self._shape, bool)
        chosen = chosen.copy()
        chosen[0] = False
        for index, plane in self._planes.items():
            drawn[index][plane.box] = chosen[plane.pieces]
        return drawn


def _found(plane: Region, first: int) -> _Plane:
    box = bounding_box(plane)
    pieces = connected_regions(plane[box])[0].astype(np.int64)
    return _Plane(box, np.where(pieces > 0, pieces + (first - 1), 0))


def _numbered(joints: NDArray[np.int64], count: int) -> NDArray[np.intp]:
    """Number the regions that pieces make together, in the order of their first pieces."""
    graph = coo_array((np.ones(len(joints)), (joints[:, 0], joints[:, 1])), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1])


def _joints(upper: _Plane, lower: _Plane) -> NDArray[np.int64]:
    """List which pieces of two neighboring planes touch, corners included, as pairs."""
    above = np.pad(upper.pieces, 1)
    rows, columns = np.nonzero(lower.pieces)
    below = lower.pieces[rows, columns]
    rows += lower.box[0].start - upper.box[0].start + 1
    columns += lower.box[1].start - upper.box[1].start + 1
    codes = []
    step = 1 + (int(below.max()) if below.size else 0)
    for down, right in product((-1, 0, 1), repeat=2):
        near = (rows + down, columns + right)
        inside = np.logical_and.reduce(
            [(at >= 0) & (at < size) for at, size in zip(near, above.shape, strict=True)]
        )
        met = above[near[0][inside], near[1][inside]]
        codes.append(np.unique((met * step + below[inside])[met > 0]))
    return np.stack(np.divmod(np.unique(np.concatenate(codes)), step), axis=1)
