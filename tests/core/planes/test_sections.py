"""Sections across any axis of a volume, turned as they are looked at, and back to its voxels."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_multicancer.core.planes.sections import (
    Section,
    as_grey,
    outlines,
    section_across,
)
from napari_multicancer.core.scan.place import Frame, Place

SHAPE = (4, 5, 6)
VOLUME = np.arange(4 * 5 * 6).reshape(SHAPE)


def placed(order, signs) -> Place:
    """A volume whose axes (z, y, x) run along these axes of the patient, these ways."""
    affine = np.eye(4)
    affine[:3, :3] = 0
    for axis, (along, sign) in enumerate(zip(order, signs, strict=True)):
        affine[along, axis] = sign * (axis + 1.0)
    return replace(Place(), affine=affine, frame=Frame.PATIENT)


@given(
    axis=st.integers(0, 2),
    flips=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    point=st.tuples(*(st.integers(0, length - 1) for length in SHAPE)),
)
def test_a_voxel_is_found_in_its_section_and_back(axis, flips, point):
    section = Section(axis, "", *flips)
    place = section.place_of(point, SHAPE)
    assert section.cut(VOLUME, point[axis])[place] == VOLUME[point]
    assert section.point_at(place, point, SHAPE) == point


def test_a_place_beyond_the_section_is_its_nearest_voxel():
    section = Section(1, "", up=True)
    assert section.point_at((-7, 99), (0, 2, 0), SHAPE) == (3, 2, 5)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_head_is_up_however_a_volume_was_taken(order):
    for signs in product((-1, 1), repeat=3):
        place = placed(order, signs)
        heights = np.moveaxis(np.indices(SHAPE), 0, -1) @ place.affine[:3, :3].T
        for axis, along in enumerate(order):
            section = section_across(axis, place)
            assert section.title == ("Sagittal", "Coronal", "Axial")[along]
            x, y, z = (section.cut(heights[..., n], 0) for n in range(3))
            down, right = ((y, x), (-z, x), (-z, y))[(2, 1, 0).index(along)]
            assert (np.diff(down, axis=0) > 0).all()
            assert (np.diff(right, axis=1) > 0).all()


def test_without_a_patients_frame_a_section_is_shown_as_its_voxels_lie():
    for place in (None, Place(), Place.of_size((3, 1, 1))):
        section = section_across(2, place)
        assert section == Section(2, "Along the columns")
        np.testing.assert_array_equal(section.cut(VOLUME, 3), VOLUME[:, :, 3])


def test_an_affine_that_lies_between_the_axes_is_not_called_by_one():
    oblique = placed((2, 1, 0), (1, 1, 1))
    oblique.affine[:3, 0] = oblique.affine[:3, 1]
    assert section_across(0, oblique).title == "As taken"


def test_grey_values_fill_the_contrast_window_and_nonsense_is_black():
    plane = np.array([[0, 50, 100, 200, np.nan, np.inf, -np.inf]])
    assert as_grey(plane, 0, 100).tolist() == [[0, 127, 255, 255, 0, 255, 0]]
    assert as_grey(np.full((1, 1, 3), 100), 0, 100).tolist() == [[255]]
    assert as_grey(np.full((1, 2), 7), 7, 7).tolist() == [[0, 0]]


def test_the_outline_is_where_labels_meet_and_not_the_edge_of_the_picture():
    labels = np.zeros((5, 5), np.uint8)
    labels[:4, :4], labels[0, 0] = 2, 3
    expected = labels.copy()
    expected[1:3, 1:3] = 0
    expected[0, 2] = expected[2, 0] = 0
    expected[1, 0] = expected[0, 1] = 2
    assert outlines(labels).tolist() == expected.tolist()
    assert not outlines(np.ones((4, 4), np.uint8)).any()
