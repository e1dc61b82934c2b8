"""Strokes along the middle of what is wrong."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from napari_multicancer.core.analysis.guides import Point
from napari_multicancer.training.robots.errors import WrongPart

WIDTH = 5.0
"""Of a stroke, in pixels."""
TOLERANCE = 1.0
"""How far a stroke may leave the middle line to have fewer corners, in pixels."""
NEXT = ((0, 1), (1, 0), (1, 1), (1, -1))
"""One of each pair of directions to a neighboring pixel."""


def middle_line(part: WrongPart) -> tuple[Point, ...]:
    """Draw the longest line along the middle of a wrong part.

    Parameters
    ----------
    part : WrongPart

    Returns
    -------
    tuple of (float, float)
        Row and column in the plane of the line's corners, in order; a single one where
        the part has no length.
    """
    from skimage.measure import approximate_polygon
    from skimage.morphology import skeletonize

    thin = skeletonize(np.pad(part.region, 1))  # type: ignore[no-untyped-call]
    path = _deepest_around(part.depth(), _longest_path(np.argwhere(thin) - 1))
    corners = approximate_polygon(path, TOLERANCE) if len(path) > 2 else path  # type: ignore[no-untyped-call]
    top, left = part.origin
    return tuple((float(row) + top, float(column) + left) for row, column in corners)


def depth_along(part: WrongPart, line: tuple[Point, ...]) -> float:
    """Give the median depth of a part along a line that runs through it, in pixels."""
    depth, origin = part.depth(), np.array(part.origin)
    stops = [np.array(point) - origin for point in line]
    pixels = [stops[:1]] + [
        np.linspace(start, stop, 1 + int(np.abs(stop - start).max()))
        for start, stop in pairwise(stops)
    ]
    rows, columns = np.rint(np.concatenate(pixels)).astype(int).T
    return float(np.median(depth[rows, columns]))


def _longest_path(pixels: NDArray[np.intp]) -> NDArray[np.intp]:
    """Order pixels along the longest shortest way through them; others are left out."""
    steps = _steps(pixels)
    start = _farthest(dijkstra(steps, directed=False, indices=0))
    distances, before = dijkstra(steps, directed=False, indices=start, return_predecessors=True)
    path = [_farthest(distances)]
    while path[-1] != start:
        path.append(int(before[path[-1]]))
    return pixels[path]


def _deepest_around(depth: NDArray[np.float64], path: NDArray[np.intp]) -> NDArray[np.intp]:
    """Move each pixel of a path to the deepest one in its 3 x 3; a skeleton may lie beside it."""
    square = np.array([(0, 0), *((i, j) for i in (-1, 0, 1) for j in (-1, 0, 1))])
    around = path[:, None] + square
    deep = np.pad(depth, 1)[tuple((around + 1).transpose(2, 0, 1))]
    return np.asarray(around[np.arange(len(path)), deep.argmax(axis=1)])


def _farthest(distances: NDArray[np.float64]) -> int:
    return int(np.where(np.isfinite(distances), distances, -1).argmax())


def _steps(pixels: NDArray[np.intp]) -> csr_array:
    """Join neighboring pixels: lengths of the steps between them, shape (n, n)."""
    shape = pixels.max(axis=0) + 3
    number = np.full(shape, -1)
    number[tuple((pixels + 1).T)] = np.arange(len(pixels))
    starts, stops, lengths = [], [], []
    for step in NEXT:
        neighbor = number[tuple((pixels + 1 + step).T)]
        there = neighbor >= 0
        starts.append(np.flatnonzero(there))
        stops.append(neighbor[there])
        lengths.append(np.full(np.count_nonzero(there), np.hypot(*step)))
    joined = (np.concatenate(starts), np.concatenate(stops))
    return coo_array((np.concatenate(lengths), joined), shape=(len(pixels),) * 2).tocsr()
