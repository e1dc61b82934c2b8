"""A user whose hand trembles, who does not always begin with the worst, and errs: robot B."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.analysis.guides import Click, Point
from napari_multicancer.core.masks.labels import Region, bounding_box
from napari_multicancer.core.planes.letterbox import BoundingBox
from napari_multicancer.training.robots.errors import (
    Pixel,
    WrongPart,
    deepest_part,
    wrong_parts,
)
from napari_multicancer.training.robots.exact import clicked_pixels
from napari_multicancer.training.robots.strokes import middle_line


@dataclass(frozen=True)
class Habits:
    """How a user clicks.

    Attributes
    ----------
    jitter : float
        Standard deviation of where the hand lands around where it aimed, in pixels along
        each axis.
    any_part : float
        Share of the clicks that go to any wrong part, drawn by its size, instead of the
        deepest one.
    wrong : float
        Share of the clicks that are wrong: half of them ask for the opposite, the others
        land as far beyond the truth's border as they aimed before it.
    box_jitter : float
        Standard deviation of each side of a box around the lesion, as a share of its extent.
    """

    jitter: float = 3.0
    any_part: float = 0.3
    wrong: float = 0.05
    box_jitter: float = 0.05


class Human:
    """A user like a human one.

    Parameters
    ----------
    seed : int, sequence of int or Generator
        The same one does the same.
    habits : Habits
    """

    def __init__(
        self,
        seed: int | Sequence[int] | np.random.Generator = 0,
        habits: Habits | None = None,
    ) -> None:
        self._rng = np.random.default_rng(seed)
        self._habits = habits or Habits()

    def click(self, truth: Region, mask: Region, clicks: Iterable[Click] = ()) -> Click | None:
        """Click what is wrong.

        Parameters
        ----------
        truth, mask : ndarray of bool, shape (row, column)
        clicks : iterable of Click
            Made before: nobody aims at their pixels again.

        Returns
        -------
        Click or None
            On a whole pixel of the picture; None where nothing is left to click.
        """
        aimed = self._aim(truth, mask, clicked_pixels(clicks))
        return None if aimed is None else self._made(truth, aimed[0], (aimed[1],), aimed[1])

    def stroke(self, truth: Region, mask: Region, clicks: Iterable[Click] = ()) -> Click | None:
        """Draw a stroke along the middle of what is wrong; otherwise as `click`.

        All of it is moved by one jitter, and cut at the picture's edge.
        """
        aimed = self._aim(truth, mask, clicked_pixels(clicks))
        if aimed is None:
            return None
        return self._made(truth, aimed[0], middle_line(aimed[0]), aimed[1])

    def box(self, truth: Region) -> BoundingBox:
        """Draw a box around the truth.

        Parameters
        ----------
        truth : ndarray of bool, shape (row, column)
            Not empty.

        Returns
        -------
        BoundingBox
            Inside the picture, a pixel or more high and wide.
        """
        sides = [
            self._moved(side.start, side.stop, length)
            for side, length in zip(bounding_box(truth), truth.shape, strict=True)
        ]
        (top, bottom), (left, right) = sides
        return BoundingBox(top, left, bottom - top, right - left)

    def _moved(self, start: int, stop: int, length: int) -> tuple[int, int]:
        spread = self._habits.box_jitter * (stop - start)
        low, high = np.rint(self._rng.normal((start, stop), spread)).astype(int)
        first = int(np.clip(low, 0, length - 1))
        return first, int(np.clip(high, first + 1, length))

    def _aim(
        self, truth: Region, mask: Region, clicked: set[Pixel]
    ) -> tuple[WrongPart, Pixel] | None:
        """Choose a wrong part, and its pixel to aim at."""
        parts = wrong_parts(truth, mask)
        if parts and self._rng.random() < self._habits.any_part:
            sizes = np.array([part.size for part in parts], np.float64)
            part = parts[self._rng.choice(len(parts), p=sizes / sizes.sum())]
            depth, pixel = part.deepest(clicked)
            if depth > 0:
                return part, pixel
        return deepest_part(parts, clicked)

    def _made(self, truth: Region, part: WrongPart, points: tuple[Point, ...], aim: Pixel) -> Click:
        """Let the hand carry out what was aimed at, well or wrongly."""
        positive, shift = part.missing, self._rng.normal(0, self._habits.jitter, 2)
        if self._rng.random() < self._habits.wrong:
            beyond = beyond_border(truth, aim) if self._rng.random() < 0.5 else None
            if beyond is None:
                positive = not positive
            else:
                shift += np.subtract(beyond, aim)
        landed = np.rint(np.array(points) + shift)
        inside = np.clip(landed, 0, np.array(truth.shape) - 1)
        return Click(tuple((float(row), float(column)) for row, column in inside), positive)


def beyond_border(truth: Region, pixel: Pixel) -> Pixel | None:
    """Mirror a pixel at the truth's border.

    Parameters
    ----------
    truth : ndarray of bool, shape (row, column)
    pixel : (int, int)

    Returns
    -------
    (int, int) or None
        On the other side of the border, as far beyond it as the picture and the other side
        allow; None where there is no other side.
    """
    other = truth != truth[pixel]
    pixels: NDArray[np.intp] = np.argwhere(other)
    if not len(pixels):
        return None
    nearest = pixels[((pixels - pixel) ** 2).sum(axis=1).argmin()]
    mirrored = np.clip(2 * nearest - pixel, 0, np.array(truth.shape) - 1)
    row, column = mirrored if other[tuple(mirrored)] else nearest
    return int(row), int(column)
