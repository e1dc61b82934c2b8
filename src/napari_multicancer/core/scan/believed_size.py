"""The size of a voxel as far as it can be believed, by one rule for all formats."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from napari_multicancer.core.scan.lengths import LARGEST_LENGTH, SMALLEST_LENGTH, is_possible_length
from napari_multicancer.core.scan.place import Place, Unknown
from napari_multicancer.core.scan.scan import Scan

_BELIEVED = f"{SMALLEST_LENGTH:g} to {LARGEST_LENGTH:g} mm are believed"
NO_PIXEL_SIZE = (
    f"The size of a pixel that the file tells makes no sense ({_BELIEVED}): sizes are in pixels."
)
NO_PLANE_DISTANCE = (
    f"The distance of planes that the file tells makes no sense ({_BELIEVED}): volumes are in "
    "voxels."
)
_WHY = "what the file tells makes no sense"


def with_believed_size(scan: Scan) -> Scan:
    """Leave out sizes that no scan's voxels have, and say so.

    Parameters
    ----------
    scan : Scan
        As its reader gives it.

    Returns
    -------
    Scan
        The same where its sizes are possible, or unknown. Without a size where height or width
        of a pixel are not between `SMALLEST_LENGTH` and `LARGEST_LENGTH`; without the distance of
        planes where that alone is not. `Scan.notes` tells it.
    """
    if scan.plane_spacing is None:
        return scan
    if not all(map(is_possible_length, scan.plane_spacing)):
        place = replace(Place.of_size(None, _WHY), view=scan.view, time_step=scan.place.time_step)
        return replace(scan, voxel_size=None, place=place, notes=(*scan.notes, NO_PIXEL_SIZE))
    distance = dict(zip(scan.spatial_axes, scan.voxel_size or (), strict=True)).get("z")
    if distance is None or np.isnan(distance) or is_possible_length(distance):
        return scan
    place = replace(
        scan.place.through(np.diag([1 / distance, 1.0, 1.0, 1.0])),
        unknown={**scan.place.unknown, Unknown.PLANE_DISTANCE: _WHY},
    )
    size = tuple(
        float("nan") if axis == "z" else length
        for axis, length in zip(scan.spatial_axes, scan.voxel_size or (), strict=True)
    )
    return replace(scan, voxel_size=size, place=place, notes=(*scan.notes, NO_PLANE_DISTANCE))
