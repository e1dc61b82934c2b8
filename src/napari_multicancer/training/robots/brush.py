"""A user who paints what is missing and erases what is too much: robot C."""

from __future__ import annotations

from dataclasses import dataclass

from napari_multicancer.core.analysis.guides import Click
from napari_multicancer.core.masks.labels import Region
from napari_multicancer.training.robots.errors import deepest_part, wrong_parts
from napari_multicancer.training.robots.strokes import depth_along, middle_line

LARGEST = 5.0
"""Radius of the brush in pixels; 10 pixels across is napari's own."""


@dataclass(frozen=True)
class BrushStroke:
    """A stroke of a brush.

    Attributes
    ----------
    line : Click
        Its middle line; positive paints, negative erases.
    radius : float
        Of the brush, in pixels.
    """

    line: Click
    radius: float


def brush_stroke(truth: Region, mask: Region) -> BrushStroke | None:
    """Brush along the middle of the deepest part that is wrong.

    The brush is as wide as that part, but not wider than `LARGEST`; the hand is steady.

    Parameters
    ----------
    truth, mask : ndarray of bool, shape (row, column)

    Returns
    -------
    BrushStroke or None
        None where nothing is wrong.
    """
    found = deepest_part(wrong_parts(truth, mask))
    if found is None:
        return None
    line = middle_line(found[0])
    radius = min(LARGEST, max(0.0, depth_along(found[0], line) - 0.5))
    return BrushStroke(Click(line, found[0].missing), radius)


def painted(mask: Region, stroke: BrushStroke) -> Region:
    """Give the mask after a stroke of the brush; a new array."""
    shape = (mask.shape[0], mask.shape[1])
    covered = stroke.line.pixels(shape, stroke.radius)
    return mask | covered if stroke.line.positive else mask & ~covered
