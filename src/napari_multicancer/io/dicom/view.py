"""From which side a scan of DICOM pictures is looked at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.core.scan.views import View, axial_turn, shows_axial_planes, view_of
from napari_multicancer.io.dicom.geometry import directions
from napari_multicancer.io.dicom.origin import METADATA_KEY


def in_best_view(scan: Scan, orientation: NDArray[np.float64] | None) -> Scan:
    """Turn a volume to axial planes where its voxels allow it; name the view of any other.

    Parameters
    ----------
    scan : Scan
        As it was taken, planes in the order of their normal, with its `DicomOrigin`,
        which is told of the turn.
    orientation : ndarray of float, shape (6,), optional
        ImageOrientationPatient that all planes share, where they have one.

    Returns
    -------
    Scan
        As it was taken where it is axial, no single volume, of unknown size, or in
        planes of which not each says where it lies.
    """
    if orientation is None:
        return scan
    along = directions(orientation)
    scan = replace(scan, view=view_of(along))
    origin, turn = scan.metadata[METADATA_KEY], axial_turn(along)
    if (
        scan.view is View.AXIAL
        or scan.spatial_axes != "zyx"
        or scan.voxel_size is None
        or len(origin.positions) != scan.n_planes
    ):
        return scan
    shape, size = turn.sort(scan.spatial_shape), turn.sort(scan.voxel_size)
    if not shows_axial_planes(shape, size):
        return scan
    return replace(
        scan,
        pixels=turn.there(scan.pixels, n_after=scan.axes.count("c")),
        voxel_size=size,
        view=View.AXIAL,
        metadata={METADATA_KEY: replace(origin, turn=turn)},
    )
