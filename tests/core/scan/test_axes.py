"""How a user may overrule what axes mean, and where the mask of a choice lies."""

from __future__ import annotations

import dask.array
import numpy as np
import pytest

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.scan.axes import Reading, possible_axes
from napari_multicancer.core.scan.scan import Scan


def numbered(*shape):
    return np.arange(np.prod(shape)).reshape(shape)


@pytest.mark.parametrize(
    ("shape", "is_colour", "expected"),
    [
        ((40, 50), False, ("yx",)),
        ((40, 50, 3), True, ("yxc",)),
        ((9, 40, 50), False, ("zyx", "tyx", "cyx")),
        ((40, 50, 3), False, ("zyx", "tyx", "cyx", "yxc")),
        ((3, 4, 4), False, ("zyx", "tyx", "cyx")),
        ((9, 40, 50, 3), True, ("zyxc", "tyxc", "cyxc")),
        ((2, 9, 40, 50), False, ("tzyx", "czyx")),
        ((9, 40, 50, 4), False, ("tzyx", "czyx", "zyxc", "tyxc")),
        ((2, 2, 9, 40, 50), False, ()),
    ],
)
def test_what_axes_may_mean(shape, is_colour, expected):
    assert possible_axes(shape, is_colour) == expected


PIXELS_3D, PIXELS_4D = numbered(3, 20, 30), numbered(2, 3, 20, 30)
PIXELS_COLOUR = numbered(20, 30, 3)


@pytest.mark.parametrize(
    ("pixels", "reading", "axes", "expected", "size"),
    [
        (PIXELS_3D, Reading("zyx"), "zyx", PIXELS_3D, (5, 2, 1)),
        (PIXELS_3D, Reading("tyx"), "tyx", PIXELS_3D, (5, 2, 1)),
        (PIXELS_3D, Reading("tyx", 1), "yx", PIXELS_3D[1], (2, 1)),
        (PIXELS_3D, Reading("cyx", 2), "yx", PIXELS_3D[2], (2, 1)),
        (PIXELS_4D, Reading("tzyx", 1), "zyx", PIXELS_4D[1], (5, 2, 1)),
        (PIXELS_4D, Reading("czyx", 0), "zyx", PIXELS_4D[0], (5, 2, 1)),
        (PIXELS_COLOUR, Reading("yxc"), "yxc", PIXELS_COLOUR, (2, 1)),
        (PIXELS_COLOUR, Reading("yxc", 1), "yx", PIXELS_COLOUR[..., 1], (2, 1)),
    ],
)
def test_what_is_chosen_becomes_the_scan(pixels, reading, axes, expected, size):
    whole = reading.axes.replace("c", "")
    voxel_size = tuple({"t": 9, "z": 5, "y": 2, "x": 1}[axis] for axis in whole)
    if reading.axes == "tyx":
        voxel_size, size = (9, 2, 1), (9, 2, 1)[-len(axes) :]
    found = reading.apply(Scan(pixels, reading.axes, voxel_size, "head"))
    assert (found.axes, found.voxel_size, found.name) == (axes, size, "head")
    np.testing.assert_array_equal(found.pixels, expected)
    found.check()


def test_a_volume_on_disk_is_not_read_to_be_chosen():
    def fail(block_info):
        raise AssertionError("read")

    pixels = dask.array.map_blocks(
        fail, chunks=((1, 1), (3,), (20,), (30,)), dtype=np.uint8, meta=np.zeros((0,) * 4, np.uint8)
    )
    assert Reading("tzyx", 1).apply(Scan(pixels, "tzyx")).pixels.shape == (3, 20, 30)


@pytest.mark.parametrize(
    ("reading", "shape", "fits"),
    [
        (Reading("zyx"), (3, 20, 30), True),
        (Reading("zyx"), (20, 30), False),
        (Reading("tzyx", 1), (2, 3, 20, 30), True),
        (Reading("tzyx", 2), (2, 3, 20, 30), False),
        (Reading("yxc", 2), (20, 30, 3), True),
        (Reading("yxc", 3), (20, 30, 3), False),
    ],
)
def test_a_reading_fits_an_array_or_not(reading, shape, fits):
    assert reading.fits(shape) is fits


def test_contrasts_that_nobody_chose_among_are_refused():
    with pytest.raises(UnsupportedScanError, match="head holds 3 contrasts"):
        Scan(PIXELS_3D, "cyx", name="head").check()


def test_the_mask_of_one_time_leaves_the_others_empty():
    mask = np.ones((3, 4, 5), np.uint8)
    whole = Reading("tzyx", 1).spread(mask, (2, 3, 4, 5))
    assert whole.sum(axis=(1, 2, 3)).tolist() == [0, 60]
    assert whole.dtype == np.uint8


def test_the_mask_of_a_contrast_or_colour_is_that_of_all_as_they_show_one_place():
    mask = np.eye(4, 5, dtype=np.float32)
    over_contrasts = Reading("cyx", 1).spread(mask, (2, 4, 5))
    np.testing.assert_array_equal(over_contrasts, [mask, mask])
    over_colours = Reading("yxc").spread(mask, (4, 5, 3))
    np.testing.assert_array_equal(over_colours, np.dstack([mask] * 3))
    over_contrasts[0] = 0
    assert over_contrasts[1].any()


def test_the_mask_of_a_layer_in_colour_has_no_colour():
    mask = np.eye(4, 5, dtype=np.uint8)
    np.testing.assert_array_equal(Reading("yxc", 2).spread(mask, (4, 5)), mask)
