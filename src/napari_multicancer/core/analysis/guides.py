"""What a user points at, and how an interactive network is told of it.

A network for clicks sees a part of the plane around what matters, and beside the picture five
maps of the same size: `GUIDES`. Training and the window draw them by the same functions.

References
----------
Sofiiuk, Petrov, Konushin 2022, "Reviving Iterative Training with Mask Guidance for Interactive
Segmentation", arXiv 2102.06583.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.labels import bounding_box
from napari_multicancer.core.planes.letterbox import BoundingBox, Letterbox

GUIDES = ("mask", "positive", "negative", "box", "prior")
"""The maps beside the picture, in the order of the network's channels."""
DISC = 5.0
"""Radius of a click, and half the width of a stroke, in pixels of the network's input."""
CONTEXT = 1.4
"""Side of the part that the network sees, as a multiple of what it is to hold."""
SMALLEST_PART = 48
"""Side of the smallest part, in pixels of the plane."""
FIRST_PART = 0.45
"""Side of the part around a first click on nothing, as a share of the plane's longer side."""
LEAST_PART = 0.22
"""Side of the part at first, as a share of the plane's longer side, however little is outlined:
what the user clicked on may be much larger."""

FARTHEST = 1e9
"""Pixels; no picture reaches as far."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Click:
    """A place, or a stroke over several, that belongs to the lesion or does not.

    Parameters
    ----------
    points : tuple of (float, float)
        Row and column in pixels of the plane, the center of the first pixel being (0, 0);
        several are a stroke through them in order.
    positive : bool
        Whether the lesion is there.

    Raises
    ------
    MaskError
        There is no point, one that is not finite, or one without a row and a column.
    """

    points: tuple[Point, ...]
    positive: bool = True

    def __post_init__(self) -> None:
        try:
            places = np.asarray(self.points, np.float64)
        except (TypeError, ValueError):
            places = np.empty(0)
        if places.ndim != 2 or places.shape[1] != 2 or not (np.abs(places) < FARTHEST).all():
            raise MaskError("A click needs a place in the picture, row and column: click again.")
        points = tuple((float(row), float(column)) for row, column in places)
        object.__setattr__(self, "points", points)

    @classmethod
    def at(cls, row: float, column: float, *, positive: bool = True) -> Click:
        """Make a click on one place; raises `MaskError` as the class does."""
        return cls(((row, column),), positive)

    def moved(self, rows: float, columns: float) -> Click:
        """Give the same click in a picture whose first pixel lies elsewhere."""
        return Click(tuple((r + rows, c + columns) for r, c in self.points), self.positive)

    def is_inside(self, shape: tuple[int, int]) -> bool:
        """Say whether it lies in a picture of this height and width, all of it."""
        rows, columns = np.rint(np.array(self.points)).T
        return bool(
            (rows >= 0).all()
            and (columns >= 0).all()
            and (rows < shape[0]).all()
            and (columns < shape[1]).all()
        )

    def pixels(self, shape: tuple[int, int], radius: float = 0.0) -> NDArray[np.bool_]:
        """Mark the pixels of a picture that it covers, within a radius in pixels."""
        drawn = np.zeros(shape, np.float32)
        draw_stroke(drawn, self.points, radius)
        return drawn > 0


def deepest_point(region: NDArray[np.bool_]) -> Point:
    """Find the point of a region that is farthest from where it ends; not empty."""
    box = bounding_box(region, 1)
    apart = ndimage.distance_transform_edt(np.pad(region[box], 1))[1:-1, 1:-1]
    row, column = np.unravel_index(apart.argmax(), apart.shape)
    return float(row + box[0].start), float(column + box[1].start)


def part_around(
    shape: tuple[int, int],
    region: NDArray[np.bool_],
    clicks: Iterable[Click] = (),
    box: BoundingBox | None = None,
    aspect: float = 1.0,
    least: float = 0.0,
) -> BoundingBox:
    """Choose the part of a plane that the network sees.

    A square, `CONTEXT` times as large as what it is to hold, never under `SMALLEST_PART`
    pixels, as far as the plane goes. Where there is nothing but clicks it holds
    `FIRST_PART` of the plane.

    Parameters
    ----------
    shape : (int, int)
        Height and width of the plane.
    region : ndarray of bool, shape (row, column)
        What is outlined already.
    clicks : iterable of Click
    box : BoundingBox, optional
        Drawn by the user.
    aspect : float
        How many times as high as wide a pixel is.
    least : float
        Smallest side, as a share of the plane's longer one.

    Returns
    -------
    BoundingBox
    """
    ends: list[tuple[float, float, float, float]] = []
    if region.any():
        rows, columns = bounding_box(region)
        ends.append((rows.start, columns.start, rows.stop, columns.stop))
    if box is not None:
        ends.append((box.top, box.left, box.top + box.height, box.left + box.width))
    has_size = bool(ends)
    for click in clicks:
        rows_columns = np.array(click.points)
        low, high = rows_columns.min(0), rows_columns.max(0)
        ends.append((low[0], low[1], high[0] + 1, high[1] + 1))
    if not ends:
        return BoundingBox(0, 0, *shape)
    edges = np.array(ends)
    top, left = edges[:, :2].min(0)
    bottom, right = edges[:, 2:].max(0)
    wanted = max(CONTEXT * max((bottom - top) * aspect, right - left), SMALLEST_PART)
    longer = max(shape[0] * aspect, shape[1])
    wanted = max(wanted, (least if has_size else max(FIRST_PART, least)) * longer)
    return square_part(shape, ((top + bottom) / 2, (left + right) / 2), wanted, aspect)


def square_part(
    shape: tuple[int, int], center: Point, side: float, aspect: float = 1.0
) -> BoundingBox:
    """Cut a square out of a plane, as far as it goes: its sides are of one length on the screen.

    Parameters
    ----------
    shape : (int, int)
    center : (float, float)
        Row and column.
    side : float
        In widths of a pixel.
    aspect : float
        How many times as high as wide a pixel is.
    """
    lengths = (side / aspect, side)
    starts, stops = [], []
    for length, middle, wanted in zip(shape, center, lengths, strict=True):
        start = int(np.clip(round(middle - wanted / 2), 0, length - 1))
        starts.append(start)
        stops.append(int(np.clip(round(middle + wanted / 2), start + 1, length)))
    return BoundingBox(starts[0], starts[1], stops[0] - starts[0], stops[1] - starts[1])


def touches_inner_edge(
    region: NDArray[np.bool_], part: BoundingBox, shape: tuple[int, int]
) -> bool:
    """Say whether a region reaches the edge of a part where the plane goes on beyond."""
    inside = region[part.slices]
    bottom, right = part.top + part.height, part.left + part.width
    return bool(
        (part.top > 0 and inside[0].any())
        or (part.left > 0 and inside[:, 0].any())
        or (bottom < shape[0] and inside[-1].any())
        or (right < shape[1] and inside[:, -1].any())
    )


def guide_maps(
    letterbox: Letterbox,
    mask: NDArray[np.floating] | NDArray[np.bool_],
    clicks: Iterable[Click] = (),
    box: BoundingBox | None = None,
    prior: NDArray[np.floating] | NDArray[np.bool_] | None = None,
) -> NDArray[np.float32]:
    """Draw what the network is told beside the picture.

    Parameters
    ----------
    letterbox : Letterbox
        How the part of the plane is fitted into the network's square.
    mask : ndarray, shape (row, column), 0..1
        What is outlined so far, over the whole plane.
    clicks : iterable of Click
    box : BoundingBox, optional
    prior : ndarray, shape (row, column), 0..1, optional
        What is likely: a neighboring plane's mask, or the automatic network's probability.

    Returns
    -------
    ndarray of float32, shape (size, size, 5), 0..1
        In the order of `GUIDES`.
    """
    maps = np.zeros((letterbox.size, letterbox.size, len(GUIDES)), np.float32)
    maps[..., 0] = letterbox.there(np.asarray(mask, np.float32))
    for click in clicks:
        draw_stroke(maps[..., 1 if click.positive else 2], _there(click.points, letterbox), DISC)
    if box is not None:
        corners = _there(
            ((box.top, box.left), (box.top + box.height - 1, box.left + box.width - 1)), letterbox
        )
        (top, left), (bottom, right) = np.clip(np.rint(corners), 0, letterbox.size - 1).astype(int)
        maps[top : bottom + 1, left : right + 1, 3] = 1
    if prior is not None:
        maps[..., 4] = letterbox.there(np.asarray(prior, np.float32))
    return maps


def _there(points: Sequence[Point], letterbox: Letterbox) -> list[Point]:
    """Find where points of the plane lie in the network's square."""
    crop = letterbox.crop
    tall, wide = letterbox.inner_height / crop.height, letterbox.inner_width / crop.width
    return [
        (
            letterbox.top + (row - crop.top + 0.5) * tall - 0.5,
            letterbox.left + (column - crop.left + 0.5) * wide - 0.5,
        )
        for row, column in points
    ]


def draw_stroke(drawn: NDArray[np.float32], points: Sequence[Point], radius: float) -> None:
    """Draw a stroke into a map, in place: 1 within a radius of the line through its points.

    Parameters
    ----------
    drawn : ndarray of float32, shape (row, column)
    points : sequence of (float, float)
        Row and column; those outside the map draw what of their disc lies in it.
    radius : float
        In pixels; the nearest pixel is drawn however small it is.
    """
    for start, stop in pairwise(points) if len(points) > 1 else [(points[0], points[0])]:
        _draw_segment(drawn, np.array(start), np.array(stop), radius)


def _draw_segment(
    drawn: NDArray[np.float32],
    start: NDArray[np.float64],
    stop: NDArray[np.float64],
    radius: float,
) -> None:
    reach = max(radius, 0.71)
    low = np.maximum(np.floor(np.minimum(start, stop) - reach), 0).astype(int)
    high = np.minimum(np.ceil(np.maximum(start, stop) + reach) + 1, drawn.shape).astype(int)
    if (high <= low).any():
        return
    rows, columns = np.ogrid[low[0] : high[0], low[1] : high[1]]
    way = stop - start
    length = float(way @ way)
    along = ((rows - start[0]) * way[0] + (columns - start[1]) * way[1]) / max(length, 1e-9)
    along = np.clip(along, 0, 1)
    apart = np.hypot(rows - start[0] - along * way[0], columns - start[1] - along * way[1])
    drawn[low[0] : high[0], low[1] : high[1]][apart <= reach] = 1
