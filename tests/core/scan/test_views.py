"""Volumes turned to axial planes where their voxels allow it."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_multicancer.core.scan.steps import AS_TAKEN, Turn
from napari_multicancer.core.scan.views import (
    FROM_AXIAL,
    View,
    axial_turn,
    clearest_view,
    shows_axial_planes,
    view_of,
)

LEFT, BACK, HEAD = np.eye(3)
AXIAL, CORONAL, SAGITTAL = View
TURNS = st.builds(Turn, st.permutations([0, 1, 2]).map(tuple), st.tuples(*[st.booleans()] * 3))


@pytest.mark.parametrize(
    ("directions", "view", "turn"),
    [
        ([HEAD, BACK, LEFT], AXIAL, AS_TAKEN),
        ([BACK, -HEAD, LEFT], CORONAL, Turn((1, 0, 2), (True, False, False))),
        ([-LEFT, -HEAD, BACK], SAGITTAL, Turn((1, 2, 0), (True, False, True))),
        ([-HEAD, BACK, -LEFT], AXIAL, Turn((0, 1, 2), (True, False, True))),
    ],
)
def test_directions_tell_the_view_and_the_way_to_axial_planes(directions, view, turn):
    assert view_of(directions) is view
    assert axial_turn(directions) == turn


def test_a_tilted_volume_is_turned_to_the_nearest_axes():
    cosine, sine = np.cos(0.4), np.sin(0.4)
    back, head = cosine * BACK + sine * HEAD, cosine * HEAD - sine * BACK
    assert axial_turn([-LEFT, -head, back]) == axial_turn([-LEFT, -HEAD, BACK])


def test_a_turned_volume_has_the_head_last_the_back_below_and_the_left_on_the_right():
    taken = [-LEFT, -HEAD, BACK]
    places = np.stack(np.meshgrid(*[np.arange(n) for n in (3, 4, 5)], indexing="ij"), -1) @ taken
    turned = axial_turn(taken).there(places, n_after=1)
    assert turned.shape == (4, 5, 3, 3)
    for axis, direction in enumerate((HEAD, BACK, LEFT)):
        np.testing.assert_array_equal(np.unique(np.diff(turned, axis=axis) @ direction), [1])


@pytest.mark.parametrize("view", View)
def test_views_are_as_radiologists_know_them(view):
    directions = {
        AXIAL: (HEAD, BACK, LEFT),
        CORONAL: (BACK, -HEAD, LEFT),
        SAGITTAL: (-LEFT, -HEAD, BACK),
    }[view]
    volume = np.arange(24).reshape(2, 3, 4)
    seen = FROM_AXIAL[view].there(volume)
    np.testing.assert_array_equal(axial_turn(directions).there(seen), volume)
    assert np.dot(np.cross(directions[2], directions[1]), directions[0]) == 1, "along the normal"


@given(turn=TURNS, before=st.integers(0, 2), after=st.integers(0, 1))
def test_a_turn_can_be_undone(turn, before, after):
    pixels = np.arange(2**before * 3 * 4 * 5 * 3**after)
    pixels = pixels.reshape((2,) * before + (3, 4, 5) + (3,) * after)
    turned = turn.there(pixels, after)
    assert turned.shape[before : before + 3] == turn.sort((3, 4, 5))
    if not after:
        np.testing.assert_array_equal(turn.back(turned), pixels)


@given(turn=TURNS)
def test_the_matrix_of_a_turn_finds_each_voxel(turn):
    pixels = np.arange(3 * 4 * 5).reshape(3, 4, 5)
    turned = turn.there(pixels)
    matrix = turn.matrix(turned.shape)
    for index in np.ndindex(turned.shape):
        *taken, one = (matrix @ (*index, 1)).astype(int)
        assert one == 1
        assert turned[index] == pixels[tuple(taken)]


@pytest.mark.parametrize(
    ("shape", "size", "shows"),
    [
        ((160, 256, 256), (1, 1, 1), True),
        ((256, 256, 160), (1, 1, 1.2), True),
        ((256, 256, 80), (1, 1, 2.0), True),
        ((256, 256, 70), (1, 1, 2.1), False),
        ((512, 512, 24), (0.5, 0.5, 6.0), False),
        ((256, 256, 40), (1, 1, 1), False),
        ((40, 256, 256), (6, 0.9, 0.9), True),
    ],
)
def test_axial_planes_show_enough_where_their_pixels_and_sides_are_even(shape, size, shows):
    assert shows_axial_planes(shape, size) is shows


@pytest.mark.parametrize(
    ("shape", "size", "view"),
    [
        ((24, 256, 256), (5, 1, 1), AXIAL),
        ((256, 256, 256), (1, 1, 1), AXIAL),
        ((256, 256, 24), (1, 1, 5), SAGITTAL),
        ((256, 24, 256), (1, 5, 1), CORONAL),
        ((256, 24, 24), (1, 5, 5), AXIAL),
        ((256, 256, 24), None, AXIAL),
        ((256, 1, 256), None, CORONAL),
        ((1, 1, 256), (1, 9, 1), CORONAL),
    ],
)
def test_of_a_volume_that_tells_no_view_the_clearest_is_chosen(shape, size, view):
    assert clearest_view(shape, size) is view


def test_every_order_of_axes_is_found():
    for order in permutations(range(3)):
        directions = np.empty((3, 3))
        directions[list(order)] = HEAD, BACK, LEFT
        assert axial_turn(directions).order == order
