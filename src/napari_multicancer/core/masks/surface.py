"""The surface of what is outlined in a stack, as a mesh of triangles."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.planes.progress import Cancelled, Progress, one_by_one

LARGEST_BOX = 8_000_000
"""Voxels; of a larger box around the mask, only every second, third ... voxel counts."""
NO_STACK = "A surface needs a stack of planes, and this mask is a picture."
NOTHING_OUTLINED = "Nothing is outlined on this volume: outline the lesion first."


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles around all that is outlined.

    Attributes
    ----------
    vertices : ndarray of float32, shape (n, 3)
        In voxels (plane, row, column) of the mask; whole numbers are the middles of voxels.
    faces : ndarray of int, shape (m, 3)
        Indices of each triangle's corners.
    voxels : int
        How many are outlined.
    step : int
        Every how many voxels along each axis the mask was looked at; 1 for all of them.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.integer]
    voxels: int
    step: int


def surface_of(
    mask: NDArray[np.integer],
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Mesh:
    """Lay a surface around all that is outlined in a stack, by marching cubes.

    Parameters
    ----------
    mask : ndarray of int, shape (plane, row, column)
        Non-zero where something is outlined.
    progress : callable, optional
        Called with (done, total) after each plane.
    cancelled : callable, optional
        Asked before each plane.

    Returns
    -------
    Mesh

    Raises
    ------
    MaskError
        The mask is no stack, or is empty.
    CancelledError
        `cancelled` said so.

    References
    ----------
    Lewiner et al. 2003, "Efficient implementation of marching cubes' cases with topological
    guarantees", Journal of Graphics Tools 8:1-15.
    """
    from skimage.measure import marching_cubes

    if mask.ndim != 3:
        raise MaskError(NO_STACK)
    box, voxels = _box_around(mask, progress, cancelled)
    size = [side.stop - side.start for side in box]
    step = max(1, ceil((np.prod(size, dtype=float) / LARGEST_BOX) ** (1 / 3)))
    inside = np.pad(mask[box][::step, ::step, ::step] != 0, 1)
    if not inside.any():
        raise MaskError(NOTHING_OUTLINED)
    vertices, faces, *_ = marching_cubes(  # type: ignore[no-untyped-call]
        inside.astype(np.float32), 0.5, allow_degenerate=False
    )
    corner = np.array([side.start for side in box], np.float32)
    return Mesh((vertices.astype(np.float32) - 1) * step + corner, faces, voxels, step)


def _box_around(
    mask: NDArray[np.integer], progress: Progress | None, cancelled: Cancelled | None
) -> tuple[tuple[slice, slice, slice], int]:
    """Find the box around all that is outlined, plane by plane, and how many voxels that is."""
    planes, voxels = [], 0
    rows, columns = np.zeros(mask.shape[1], bool), np.zeros(mask.shape[2], bool)
    for index in one_by_one(range(len(mask)), progress, cancelled):
        outlined = mask[index] != 0
        if outlined.any():
            planes.append(index)
            voxels += int(np.count_nonzero(outlined))
            rows |= outlined.any(axis=1)
            columns |= outlined.any(axis=0)
    if not planes:
        raise MaskError(NOTHING_OUTLINED)
    return (slice(planes[0], planes[-1] + 1), _extent(rows), _extent(columns)), voxels


def _extent(occupied: NDArray[np.bool_]) -> slice:
    places = np.flatnonzero(occupied)
    return slice(int(places[0]), int(places[-1]) + 1)
