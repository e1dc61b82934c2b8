"""The random walker, from what the mask and the clicks hold for certain.

References
----------
Grady 2006, "Random Walks for Image Segmentation", IEEE TPAMI 28:1768-1783,
doi 10.1109/TPAMI.2006.233.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from experiments.clicks.told import Region, Told
from experiments.clicks.zone import Zone, decided, prepared, zone_of

BETA = 1000.0
"""How hard it is for the walker to cross an edge: more than scikit-image's 130, as one click on
nothing then brings more (lesions of the training split)."""
TOLERANCE = 1e-3
INSIDE, OUTSIDE = 1, 2


def begin_walker(plane: NDArray[Any], organ: str, eye: object) -> Callable[[Region, Told], Region]:
    """Begin a lesion; see `methods.Begin`."""
    values = prepared(plane, organ)

    def correct(mask: Region, told: Told) -> Region:
        zone = zone_of(mask, told)
        lesion = None if zone is None else _walk(values[zone.at], zone)
        return decided(mask, zone, lesion, told)

    return correct


def _walk(values: NDArray[np.float32], zone: Zone) -> Region:
    from skimage.segmentation import random_walker

    if not (zone.inside.any() and zone.outside.any()):
        return zone.open & zone.inside.any()
    if not np.ptp(values):  # no edge to stop the walker, and no scale for what it sees
        to_inside, to_outside = map(distance_transform_edt, (~zone.inside, ~zone.outside))
        return np.asarray(to_inside < to_outside)
    labels = np.where(zone.inside, INSIDE, np.where(zone.outside, OUTSIDE, 0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of open pixels that no certain one reaches
        found = random_walker(
            values, labels, beta=BETA, mode="cg_j", tol=TOLERANCE, channel_axis=-1
        )
    return np.asarray(found == INSIDE)
