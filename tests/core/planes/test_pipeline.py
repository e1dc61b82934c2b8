"""The pipeline's steps over a whole scan are those over each of its planes."""

from __future__ import annotations

import numpy as np
import pytest

from napari_multicancer.core.errors import CancelledError
from napari_multicancer.core.planes.pipeline import (
    FILTERS,
    HEAD,
    filtered_plane,
    filtered_scan,
    previewed,
)
from napari_multicancer.core.scan.scan import Scan

NOISE = np.random.default_rng(0).integers(0, 4000, (3, 40, 50)).astype(np.uint16)
COLOR = np.repeat(NOISE[0, ..., None], 3, -1) % np.array([251, 241, 239], np.uint16)


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize(
    ("pixels", "axes"),
    [
        (NOISE, "zyx"),
        (NOISE[0], "yx"),
        (COLOR, "yxc"),
    ],
    ids=["stack", "picture", "color"],
)
def test_each_plane_is_filtered_by_itself(name, pixels, axes):
    scan = Scan(pixels, axes)
    told = []
    made = filtered_scan(scan, name, progress=lambda *numbers: told.append(numbers))
    assert made.shape == scan.spatial_shape
    assert made.dtype == np.uint8
    for index, plane in scan.planes():
        np.testing.assert_array_equal(made[scan.position(index)], filtered_plane(plane, name))
    assert told[-1] == (scan.n_planes, scan.n_planes)


def test_one_plane_alone_is_asked_for_and_the_work_can_be_stopped():
    scan = Scan(NOISE, "zyx")
    made = filtered_scan(scan, "median", [1])
    assert [bool(plane.any()) for plane in made] == [False, True, False]
    with pytest.raises(CancelledError):
        filtered_scan(scan, "median", cancelled=lambda: True)


def test_around_the_head_all_is_black():
    plane = np.full((80, 80), 10, np.uint8)
    rows, columns = np.indices(plane.shape)
    plane[np.hypot(rows - 40, columns - 40) < 20] = 200
    made = filtered_plane(plane, HEAD)
    assert made[40, 40] == 255
    assert not made[:10].any()


def test_an_unknown_step_is_refused():
    with pytest.raises(ValueError, match="choose one of median"):
        filtered_plane(NOISE[0], "polish")


@pytest.mark.parametrize("name", FILTERS)
def test_a_preview_shows_what_the_step_makes_of_the_middle(name):
    plane = np.random.default_rng(0).integers(0, 255, (260, 600)).astype(np.uint16)
    seen = previewed(plane, name)
    whole = filtered_plane(plane, name)
    if name == HEAD:
        assert seen.is_whole
        np.testing.assert_array_equal(seen.after, whole)
        return
    assert not seen.is_whole
    assert seen.before.shape == seen.after.shape
    top, left = ((n - m) // 2 for n, m in zip(plane.shape, seen.after.shape, strict=True))
    height, width = seen.after.shape
    off = seen.after.astype(float) - whole[top : top + height, left : left + width]
    assert np.abs(off[20:-20, 20:-20]).mean() < 2
    assert previewed(plane[:50, :60], name).is_whole
