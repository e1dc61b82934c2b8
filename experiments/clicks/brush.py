"""Painting by hand: what the user's strokes cover, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from experiments.clicks.told import Region, Told
from napari_multicancer.training.robots.brush import BrushStroke, painted


def begin_brush(plane: object, organ: str, eye: object) -> Callable[[Region, Told], Region]:
    """Begin a lesion; see `methods.Begin`."""

    def correct(mask: Region, told: Told) -> Region:
        return painted(mask, BrushStroke(told.clicks[-1], told.radius))

    return correct
