"""Where a scan of DICOM pictures lies, and from which side it is looked at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.scan.place import Frame, Place, Unknown
from napari_multicancer.core.scan.scan import ORIGIN, Scan
from napari_multicancer.core.scan.views import View, axial_turn, shows_axial_planes, view_of
from napari_multicancer.io.dicom.geometry import directions, patient_affine


def in_best_view(
    scan: Scan, orientation: NDArray[np.float64] | None, positions: NDArray[np.float64]
) -> Scan:
    """Lay a scan where its pictures lie; turn a volume to axial planes where its voxels allow it.

    Parameters
    ----------
    scan : Scan
        As it was taken, planes in the order of their normal, with its `DicomOrigin`,
        which is told of the turn.
    orientation : ndarray of float, shape (6,), optional
        ImageOrientationPatient that all planes share, where they have one.
    positions : ndarray of float, shape (planes, 3)
        ImagePositionPatient in mm in the order of the planes, all those of the first volume
        first; empty where it is not known.

    Returns
    -------
    Scan
        Of a place in the patient where its pictures tell it; in planes as they were taken where
        these are axial, make no single volume, are of unknown size, or not each says where it lies.
    """
    if orientation is None:
        return replace(scan, place=_unplaced(scan, None))
    along = directions(orientation)
    view = view_of(along)
    per_volume = len(positions) // (scan.spatial_shape[0] if "t" in scan.axes else 1)
    n_planes = scan.spatial_shape[-3] if "z" in scan.axes else 1
    is_sized = scan.voxel_size is not None and np.isfinite(scan.voxel_size).all()
    if scan.voxel_size is None or not is_sized or "tyx" in scan.axes or per_volume != n_planes:
        return replace(scan, place=_unplaced(scan, view), view=view)
    size = (1.0, *scan.voxel_size)[-3:]
    unknown = {} if "z" in scan.axes else {Unknown.PLANE_DISTANCE: "a single plane"}
    affine = patient_affine(orientation, positions[:n_planes], size)
    place = Place(affine, Frame.PATIENT, unknown, view, scan.place.time_step)
    scan = replace(scan, place=place, view=view)
    turn = axial_turn(along)
    if view is View.AXIAL or scan.spatial_axes != "zyx":
        return scan
    shape, size = turn.sort(scan.spatial_shape), turn.sort(size)
    if not shows_axial_planes(shape, size):
        return scan
    place = place.turned(turn, shape, View.AXIAL)
    return replace(
        scan,
        pixels=turn.there(scan.pixels, n_after=scan.axes.count("c")),
        voxel_size=place.lengths if place.is_sheared else size,
        view=View.AXIAL,
        place=place,
        metadata={ORIGIN: replace(scan.origin, turn=turn)},
    )


def _unplaced(scan: Scan, view: View | None) -> Place:
    """Give the place of pictures that do not tell theirs, or not all of it."""
    if scan.voxel_size is None:
        place = Place.of_size(None, "the header has no usable spacing of pixels")
        place = place.stretched(scan.pixel_aspect)
        return replace(place, view=view, time_step=scan.place.time_step)
    size = [n for n, axis in zip(scan.voxel_size, scan.spatial_axes, strict=True) if axis != "t"]
    return replace(Place.of_size(size), view=view, time_step=scan.place.time_step)
