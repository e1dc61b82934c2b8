"""The tools of *Correct*, used by somebody who knows them.

For each click the user tries them: the box, drawn anew; snapping to edges; keeping one region,
and removing one. What helps most stays, the others are taken back. So this is the best that
these tools can do, not what a beginner does with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.clicks.told import Region, Told
from napari_multicancer.core.analysis.box import segment_box
from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.edges import snap_to_edges
from napari_multicancer.core.masks.labels import connected_regions
from napari_multicancer.core.masks.regions import keep_region_at, remove_region_at
from napari_multicancer.core.planes.letterbox import BoundingBox
from napari_multicancer.core.scan.scan import Scan, guess_axes

TRIES = 3
"""So many clicks in a row without any help, and the user goes on to something else."""
REGIONS = 5
"""The user looks at so many regions at most, the largest ones."""


def begin_tools(
    plane: NDArray[Any], organ: str, eye: Callable[[Region], float]
) -> Callable[[Region, Told], Region | None]:
    """Begin a lesion; see `methods.Begin`."""
    scan, in_vain = Scan(plane, guess_axes(plane.shape)), 0

    def correct(mask: Region, told: Told) -> Region | None:
        nonlocal in_vain
        best = max((mask, *_tried(scan, organ, mask, told.box)), key=eye)
        in_vain = 0 if best is not mask else in_vain + 1
        return best if in_vain < TRIES else None

    return correct


def _tried(scan: Scan, organ: str, mask: Region, box: BoundingBox | None) -> Iterator[Region]:
    """Try one tool after the other."""
    labels = mask.astype(np.uint8)
    if box is not None:
        with suppress(MaskError):  # nothing in the box: the user reads it and goes on
            yield segment_box(scan, box.slices, organ, (0,)).mask[0].astype(bool)
    if not mask.any():
        return
    yield snap_to_edges(labels, scan.plane(0)).astype(bool)
    numbered, count = connected_regions(mask)
    if count > 1:
        sizes = np.bincount(numbered.ravel())[1:]
        for number in 1 + np.argsort(-sizes)[:REGIONS]:
            point = np.argwhere(numbered == number)[0]
            yield keep_region_at(labels, point).astype(bool)
            yield remove_region_at(labels, point).astype(bool)
