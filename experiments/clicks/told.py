"""What a user has pointed at so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.analysis.guides import Click
from napari_multicancer.core.planes.letterbox import BoundingBox
from napari_multicancer.training.robots.strokes import WIDTH

Region: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Told:
    """Clicks, strokes and a box on one lesion.

    Attributes
    ----------
    clicks : tuple of Click
        The newest last; those of several points are strokes.
    box : BoundingBox or None
        Around the lesion.
    radius : float
        Half the width of the newest stroke, in pixels.
    """

    clicks: tuple[Click, ...] = ()
    box: BoundingBox | None = None
    radius: float = WIDTH / 2
