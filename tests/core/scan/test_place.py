"""Where voxels lie, and that it stays true through every step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_multicancer.core.planes.reduction import Reduction, reduce_scan
from napari_multicancer.core.scan.place import UNPLACED, Frame, Place, Unknown, mm_per_unit
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.core.scan.steps import Turn
from napari_multicancer.core.scan.views import View

TURNS = st.builds(Turn, st.permutations([0, 1, 2]).map(tuple), st.tuples(*[st.booleans()] * 3))
TILTED = np.array([[0, -4, 3, 10], [0, 3, 4, 20], [5, 0, 0, 30], [0, 0, 0, 1.0]])
"""Planes 5 mm apart, pixels of 5 mm, rows and columns tilted."""


@given(turn=TURNS)
def test_a_turned_voxel_lies_where_it_lay(turn):
    place, shape = Place(TILTED, Frame.PATIENT), (2, 3, 4)
    index = np.stack(np.meshgrid(*map(np.arange, shape), np.ones(1), indexing="ij"), -1)[..., 0, :]
    where = index @ place.affine.T
    turned = place.turned(turn, turn.shape(shape), View.AXIAL)
    for new in np.ndindex(turn.shape(shape)):
        np.testing.assert_allclose(turned.affine @ (*new, 1), turn.there(where, n_after=1)[new])
    assert (turned.frame, turned.view) == (Frame.PATIENT, View.AXIAL)


def test_a_reduced_pixel_lies_in_the_middle_of_its_square():
    scan = Scan(np.zeros((40, 80), np.uint8), "yx", (0.5, 0.25))
    reduced = reduce_scan(scan, 4)
    assert reduced.voxel_size == (2.0, 1.0)
    np.testing.assert_allclose(reduced.place.affine @ (0, 0, 0, 1), (0.375, 0.75, 0, 1))
    np.testing.assert_allclose(Reduction(1, 40, 80).matrix, np.eye(4))


@pytest.mark.parametrize(
    ("axes", "size"),
    [
        ("zyx", (5.0, 0.5, 0.25)),
        ("yx", (0.5, 0.25)),
        ("yxc", (0.5, 0.25)),
        ("tyx", (1.0, 0.5, 0.25)),
        ("tzyxc", (1.0, 5.0, 0.5, 0.25)),
        ("z?yx", (5.0, 1.0, 0.5, 0.25)),
        ("tz?yx", (1.0, 5.0, 1.0, 0.5, 0.25)),
    ],
)
def test_every_scan_has_a_place_and_both_ways_of_saying_it_agree(axes, size):
    pixels = np.zeros((3,) * len(axes))
    by_size = Scan(pixels, axes, size, view=View.CORONAL)
    assert by_size.place.pixel_size == (0.5, 0.25)
    assert by_size.place.view is View.CORONAL
    by_place = Scan(pixels, axes, place=replace(Place.of_size((5.0, 0.5, 0.25)), view=View.CORONAL))
    assert by_place.voxel_size == size
    assert by_place.view is View.CORONAL


def test_a_size_that_is_said_later_keeps_origin_and_directions():
    scan = Scan(np.zeros((3, 4, 5)), "zyx", (2.0, 10.0, 1.0), place=Place(TILTED))
    assert scan.place.voxel_size == pytest.approx((2, 10, 1))
    np.testing.assert_allclose(scan.place.affine[:3, 1], 2 * TILTED[:3, 1])
    np.testing.assert_allclose(scan.place.affine[:3, 3], (10, 20, 30))


def test_what_is_not_known_is_said_with_a_reason():
    nothing = Scan(np.zeros((3, 4, 5)), "zyx").place
    assert nothing.voxel_size is nothing.pixel_size is None
    assert set(nothing.unknown) == set(Unknown)
    assert all(nothing.unknown.values())
    flat = Place.of_size((0.5, 0.25))
    assert flat.voxel_size is None
    assert flat.pixel_size == (0.5, 0.25)
    assert flat.unknown == {Unknown.PLANE_DISTANCE: "a single plane"}
    assert not flat.resized((5, 0.5, 0.25)).unknown


@pytest.mark.parametrize(
    ("unit", "factor"),
    [("mm", 1), ("Micron", 1e-3), (" cm ", 10), ("\N{MICRO SIGN}m", 1e-3), ("pixel", None)],
)
def test_units_of_length_are_told_in_millimeters(unit, factor):
    assert mm_per_unit(unit) == factor


def test_no_unit_is_no_length():
    assert mm_per_unit(None) is None


def test_proportions_are_known_of_pixels_whose_size_is_not() -> None:
    scan = Scan(np.zeros((20, 30)), "yx", place=UNPLACED.stretched(2.0))
    assert scan.voxel_size is None
    assert scan.pixel_aspect == 2
    assert replace(scan, voxel_size=(0.5, 0.5)).pixel_aspect == 1
    assert Scan(np.zeros((20, 30)), "yx").pixel_aspect == 1


def test_the_size_of_a_pixel_is_kept_where_the_distance_of_planes_alone_is_unknown() -> None:
    scan = Scan(np.zeros((3, 20, 30)), "zyx", (np.nan, 0.5, 0.25))
    assert scan.plane_spacing == (0.5, 0.25)
    assert scan.place.pixel_size == (0.5, 0.25)
    assert scan.place.voxel_size is None
    assert set(scan.place.unknown) == {Unknown.PLANE_DISTANCE}
    again = Scan(scan.pixels, "zyx", place=scan.place)
    assert again.voxel_size == pytest.approx(scan.voxel_size, nan_ok=True)


SHEARS = st.lists(st.floats(-0.9, 0.9), min_size=3, max_size=3)


@given(turn=TURNS, shears=SHEARS)
def test_the_size_of_a_sheared_voxel_gives_its_volume(turn, shears):
    affine = np.diag([0.5, 0.25, 5.0, 1.0])
    affine[0, 1], affine[0, 2], affine[1, 2] = shears
    place = Place(affine @ np.eye(4)[[2, 1, 0, 3]], Frame.PATIENT)
    place = place.turned(turn, (3, 4, 5), View.AXIAL)
    assert np.prod(place.voxel_size) == pytest.approx(0.625, rel=1e-5)
    assert place.resized((4.0, 0.5, 0.25)).voxel_size == pytest.approx((4.0, 0.5, 0.25))


def test_the_planes_of_a_tilted_gantry_lie_as_far_apart_as_their_distance():
    affine = Place.of_size((5.0, 2.0, 1.5)).affine.copy()
    affine[1, 0] = 1.2
    place = Place(affine, Frame.PATIENT)
    assert place.voxel_size == pytest.approx((5.0, 2.0, 1.5))
    assert place.sides == pytest.approx((np.hypot(5.0, 1.2), 2.0, 1.5))
    assert place.is_sheared
    assert not Place(TILTED).is_sheared
    assert not Place(np.zeros((4, 4))).is_sheared
