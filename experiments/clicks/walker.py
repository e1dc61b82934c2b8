"""The package's random walker by itself, from what the mask and the clicks hold for certain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from experiments.clicks.told import Region, Told
from experiments.clicks.zone import decided, prepared, zone_of
from napari_multicancer.core.masks.walker import walk


def begin_walker(plane: NDArray[Any], organ: str, eye: object) -> Callable[[Region, Told], Region]:
    """Begin a lesion; see `methods.Begin`."""
    values = prepared(plane, organ)

    def correct(mask: Region, told: Told) -> Region:
        zone = zone_of(mask, told)
        lesion = None if zone is None else walk(values[zone.at], zone.inside, zone.outside)
        return decided(mask, zone, lesion, told)

    return correct
