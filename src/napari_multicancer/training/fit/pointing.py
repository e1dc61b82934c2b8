"""Where a user would click, who sees what an outline misses or holds too much.

The protocol of Sofiiuk et al. 2022 (arXiv 2102.06583): the deepest point of the largest region
that is wrong; and what people do to it: they miss by a few pixels, draw strokes and boxes, and
are wrong now and then.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_multicancer.core.analysis.guides import Click, Point, deepest_point
from napari_multicancer.core.masks.labels import Region, bounding_box, connected_regions
from napari_multicancer.core.planes.letterbox import BoundingBox


def largest_error(
    truth: Region, mask: Region, rng: np.random.Generator | None = None
) -> tuple[Region, bool] | None:
    """Find the largest connected region that is missing or too much.

    Parameters
    ----------
    truth, mask : ndarray of bool, shape (row, column)
    rng : numpy.random.Generator, optional
        Draws a region by its size instead of taking the largest.

    Returns
    -------
    region : ndarray of bool, shape (row, column)
    positive : bool
        Whether it is missing.
        None where nothing is wrong.
    """
    found: list[tuple[int, NDArray[np.int32], int, bool]] = []
    for wrong, positive in ((truth & ~mask, True), (mask & ~truth, False)):
        numbered, count = connected_regions(wrong)
        sizes = np.bincount(numbered.ravel(), minlength=count + 1)
        found += [(int(sizes[n]), numbered, n, positive) for n in range(1, count + 1)]
    if not found:
        return None
    sizes = np.array([size for size, *_ in found], float)
    chosen = (
        int(sizes.argmax()) if rng is None else int(rng.choice(len(found), p=sizes / sizes.sum()))
    )
    _, numbered, number, positive = found[chosen]
    return numbered == number, positive


def beside(point: Point, shape: tuple[int, ...], jitter: float, rng: np.random.Generator) -> Point:
    """Miss a point by a normal distance, and stay within the picture."""
    row, column = np.clip(rng.normal(point, jitter), 0, np.array(shape[:2]) - 1)
    return float(row), float(column)


def stroke_through(region: Region, rng: np.random.Generator) -> tuple[Point, ...]:
    """Draw a stroke along a region's longer axis, through its deepest point, within it."""
    middle = np.array(deepest_point(region))
    rows, columns = np.nonzero(region)
    spread = np.cov(np.stack([rows, columns]).astype(float)) if rows.size > 2 else np.eye(2)
    way = np.linalg.eigh(spread)[1][:, -1]
    points = [middle]
    for sign in (-1, 1):
        reach = rng.uniform(0.4, 0.9)
        end = middle
        for step in np.arange(1, max(region.shape)):
            here = middle + sign * step * way
            row, column = np.rint(here).astype(int)
            inside = 0 <= row < region.shape[0] and 0 <= column < region.shape[1]
            if not inside or not region[row, column]:
                break
            end = here
        tip = middle + reach * (end - middle)
        points = [tip, *points] if sign < 0 else [*points, tip]
    return tuple((float(row), float(column)) for row, column in points)


def box_around(truth: Region, rng: np.random.Generator, jitter: float = 0.05) -> BoundingBox:
    """Draw a box around a lesion, as people do: each side off by a share of the box's."""
    rows, columns = bounding_box(truth)
    sides = np.array([rows.start, rows.stop, columns.start, columns.stop], float)
    lengths = np.repeat([rows.stop - rows.start, columns.stop - columns.start], 2)
    top, bottom, left, right = np.rint(sides + rng.normal(0, jitter, 4) * lengths).astype(int)
    top, left = max(0, top), max(0, left)
    bottom = min(truth.shape[0], max(bottom, top + 1))
    right = min(truth.shape[1], max(right, left + 1))
    return BoundingBox(int(top), int(left), int(bottom - top), int(right - left))


def point_at(
    truth: Region,
    mask: Region,
    rng: np.random.Generator,
    *,
    jitter: float,
    wrong: float,
    stroke: float,
) -> Click | None:
    """Click as people do on what is wrong.

    Parameters
    ----------
    truth, mask : ndarray of bool, shape (row, column)
    rng : numpy.random.Generator
    jitter : float
        Standard deviation of what a click misses its point by, in pixels.
    wrong : float
        Share of clicks that ask for the opposite.
    stroke : float
        Share of strokes.

    Returns
    -------
    Click or None
        None where nothing is wrong.
    """
    found = largest_error(truth, mask, rng if rng.random() < 0.3 else None)
    if found is None:
        return None
    region, positive = found
    if rng.random() < wrong:
        positive = not positive
    if rng.random() < stroke and np.count_nonzero(region) > 30:
        return Click(stroke_through(region, rng), positive)
    return Click((beside(deepest_point(region), truth.shape, jitter, rng),), positive)


def damaged(truth: Region, rng: np.random.Generator) -> Region:
    """Make of a true outline one that is wrong in the ways that outlines are.

    Its border is moved by a smooth random distance, a part beyond a line is cut off, or
    something that is no lesion is added.
    """
    size = max(4.0, np.sqrt(np.count_nonzero(truth)))
    inside = ndimage.distance_transform_edt(truth)
    outside = ndimage.distance_transform_edt(~truth)
    signed = np.where(truth, inside, -outside)
    noise = _smooth_noise(truth.shape, size * rng.uniform(0.15, 0.5), rng)
    mask = signed + size * (rng.uniform(0.03, 0.2) * noise + rng.normal(0, 0.07)) > 0
    if rng.random() < 0.35:
        mask &= ~_half_plane(truth, size, rng)
    if rng.random() < 0.35:
        middle = np.array(ndimage.center_of_mass(truth)) + rng.normal(0, 0.8 * size, 2)
        rows, columns = np.ogrid[: truth.shape[0], : truth.shape[1]]
        blob = np.hypot(rows - middle[0], columns - middle[1]) + 0.15 * size * noise
        mask |= blob < size * rng.uniform(0.1, 0.4)
    return np.asarray(mask, bool)


def _half_plane(truth: Region, size: float, rng: np.random.Generator) -> Region:
    angle = rng.uniform(0, 2 * np.pi)
    middle = ndimage.center_of_mass(truth)
    rows, columns = np.ogrid[: truth.shape[0], : truth.shape[1]]
    along = (rows - middle[0]) * np.sin(angle) + (columns - middle[1]) * np.cos(angle)
    return np.asarray(along > rng.uniform(-0.1, 0.35) * size)


def _smooth_noise(
    shape: tuple[int, ...], scale: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw noise of standard deviation 1 that changes over so many pixels."""
    coarse = [max(2, int(np.ceil(length / max(scale, 1.0))) + 1) for length in shape]
    nodes = rng.normal(0, 1, coarse)
    factors = [length / nodes_ for length, nodes_ in zip(shape, coarse, strict=True)]
    noise = ndimage.zoom(nodes, factors, order=1, mode="nearest", grid_mode=True)
    return np.asarray(noise / max(noise.std(), 1e-6))
