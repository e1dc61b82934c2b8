"""Where a mask differs from the truth: its wrong parts, and how deep they are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_multicancer.core.masks.labels import (
    Box,
    Region,
    bounding_box,
    connected_regions,
)

Pixel: TypeAlias = tuple[int, int]


@dataclass(frozen=True, eq=False)
class WrongPart:
    """A connected part of a plane where a mask is wrong.

    Attributes
    ----------
    box : (slice, slice)
        Around it in the plane.
    region : ndarray of bool
        The part, in the box.
    missing : bool
        True where the mask lacks the lesion, False where it holds what is none.
    """

    box: Box
    region: Region
    missing: bool

    @property
    def size(self) -> int:
        """Count its pixels."""
        return int(np.count_nonzero(self.region))

    @property
    def deepest_possible(self) -> float:
        """Bound the depth of its pixels from above, by its box."""
        return float(min(self.region.shape) + 1) / 2

    def depth(self) -> NDArray[np.float64]:
        """Give each pixel's distance to the nearest one outside the part, 0 outside.

        The picture's edge counts as outside, as in RITM's protocol.
        """
        padded = ndimage.distance_transform_edt(np.pad(self.region, 1))
        return np.asarray(padded[1:-1, 1:-1], np.float64)

    def deepest(self, clicked: Collection[Pixel] = ()) -> tuple[float, Pixel]:
        """Find the pixel that lies deepest, of equal ones the first.

        Parameters
        ----------
        clicked : collection of (int, int)
            Pixels of the plane that are not chosen again.

        Returns
        -------
        depth : float
            0 where every pixel has been clicked.
        pixel : (int, int)
            Row and column in the plane.
        """
        depth, (top, left) = self.depth(), self.origin
        height, width = depth.shape
        for row, column in clicked:
            if 0 <= row - top < height and 0 <= column - left < width:
                depth[row - top, column - left] = 0
        at = int(depth.argmax())
        return float(depth.flat[at]), (top + at // width, left + at % width)

    @property
    def origin(self) -> Pixel:
        """Name the first row and column of its box."""
        rows, columns = self.box
        return int(rows.start), int(columns.start)


def wrong_parts(truth: Region, mask: Region) -> list[WrongPart]:
    """Take apart where a mask is wrong.

    Parameters
    ----------
    truth, mask : ndarray of bool, shape (row, column)

    Returns
    -------
    list of WrongPart
        First what the mask holds too much, then what it lacks.
    """
    held, missing = mask & ~truth, truth & ~mask
    return [*_parts(held, missing=False), *_parts(missing, missing=True)]


def _parts(wrong: Region, *, missing: bool) -> Iterator[WrongPart]:
    if not wrong.any():
        return
    rows, columns = bounding_box(wrong)
    numbered, _ = connected_regions(wrong[rows, columns])
    for number, (high, wide) in enumerate(ndimage.find_objects(numbered), start=1):
        box = (
            slice(rows.start + high.start, rows.start + high.stop),
            slice(columns.start + wide.start, columns.start + wide.stop),
        )
        yield WrongPart(box, numbered[high, wide] == number, missing)


def deepest_part(
    parts: Sequence[WrongPart], clicked: Collection[Pixel] = ()
) -> tuple[WrongPart, Pixel] | None:
    """Find the largest wrong part, measured by its depth, and its deepest pixel.

    Parameters
    ----------
    parts : sequence of WrongPart
    clicked : collection of (int, int)
        Pixels that are not chosen again.

    Returns
    -------
    (WrongPart, (int, int)) or None
        None where no wrong pixel is left that has not been clicked. Of equally deep ones
        a part that the mask holds too much goes first, then the upper one.
    """
    best: tuple[float, bool, int, int] = (0.0, False, 0, 0)
    found: tuple[WrongPart, Pixel] | None = None
    for part in sorted(parts, key=lambda part: -part.deepest_possible):
        if part.deepest_possible < best[0]:
            break
        depth, pixel = part.deepest(clicked)
        rank = (depth, not part.missing, -pixel[0], -pixel[1])
        if depth > 0 and (found is None or rank > best):
            best, found = rank, (part, pixel)
    return found
