"""The network of clicks, as the window asks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.clicks.told import Region, Told
from napari_multicancer.core.analysis.clicks import refine
from napari_multicancer.core.analysis.guides import Click
from napari_multicancer.core.scan.scan import Scan, guess_axes


def begin_network(plane: NDArray[Any], organ: str, eye: object) -> Callable[[Region, Told], Region]:
    """Begin a lesion; see `methods.Begin`."""
    scan = Scan(plane, guess_axes(plane.shape))

    def correct(mask: Region, told: Told) -> Region:
        clicks = told.clicks
        if not clicks:  # a box alone: its middle is meant
            box = told.box
            clicks = (Click.at(box.top + box.height / 2, box.left + box.width / 2),)
        refined = refine(scan, mask.astype(np.uint8), clicks, box=told.box)
        return np.asarray(refined.mask > 0)

    return correct
