from __future__ import annotations

import numpy as np
import pytest

from napari_multicancer.core.scan.believed_size import (
    NO_PIXEL_SIZE,
    NO_PLANE_DISTANCE,
    with_believed_size,
)
from napari_multicancer.core.scan.lengths import LARGEST_LENGTH, NO_LENGTH, SMALLEST_LENGTH
from napari_multicancer.core.scan.place import Frame, Place, Unknown
from napari_multicancer.core.scan.scan import Scan

VOLUME = np.zeros((5, 24, 20), np.uint8)
IN_PATIENT = Place(np.diag([2.0, 2.0, 1e6, 1.0])[:, [2, 1, 0, 3]], Frame.PATIENT)


@pytest.mark.parametrize("length", [SMALLEST_LENGTH, 0.05, 1.0, LARGEST_LENGTH])
def test_sizes_of_real_scans_are_believed(length: float) -> None:
    scan = Scan(VOLUME, "zyx", (length, length, length))
    assert with_believed_size(scan) is scan


@pytest.mark.parametrize("length", [NO_LENGTH, 1e-9, 0.00009, 100.1, 1e6])
def test_a_pixel_of_an_impossible_size_has_none(length: float) -> None:
    scan = with_believed_size(Scan(VOLUME, "zyx", (5.0, 0.5, length)))
    assert scan.voxel_size is None
    assert scan.place.pixel_size is None
    assert scan.pixel_aspect == 1
    assert scan.notes == (NO_PIXEL_SIZE,)


@pytest.mark.parametrize("axes", ["zyx", "tzyx"])
@pytest.mark.parametrize("length", [NO_LENGTH, 1e6])
def test_an_impossible_distance_of_planes_leaves_the_size_of_a_pixel(
    length: float, axes: str
) -> None:
    size = (1.0,) * (len(axes) - 3) + (length, 0.5, 0.25)
    scan = with_believed_size(
        Scan(VOLUME.reshape((1,) * (len(axes) - 3) + VOLUME.shape), axes, size)
    )
    assert scan.plane_spacing == scan.place.pixel_size == (0.5, 0.25)
    assert scan.voxel_size is not None
    assert np.isnan(scan.voxel_size[-3])
    assert Unknown.PLANE_DISTANCE in scan.place.unknown
    assert scan.notes == (NO_PLANE_DISTANCE,)
    assert with_believed_size(scan) is scan


def test_directions_in_the_patient_stay_where_the_distance_of_planes_is_impossible() -> None:
    scan = with_believed_size(Scan(VOLUME, "zyx", place=IN_PATIENT))
    assert scan.place.frame is Frame.PATIENT
    assert scan.place.voxel_size is None
    assert scan.place.lengths == (1, 2, 2)


def test_a_picture_has_no_distance_of_planes_to_be_believed() -> None:
    scan = Scan(VOLUME[0], "yx", (0.5, 0.25))
    assert with_believed_size(scan) is scan
