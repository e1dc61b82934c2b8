"""One rule says which axes of an array are planes, depth, time and colour."""

from __future__ import annotations

from typing import NamedTuple

import dask.array
import numpy as np
import pytest

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.scan.scan import Scan, guess_axes


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((40, 50), "yx"),
        ((40, 50, 3), "yxc"),
        ((40, 50, 4), "yxc"),
        ((9, 40, 50), "zyx"),
        ((3, 40, 50), "zyx"),
        ((9, 40, 50, 3), "zyxc"),
        ((2, 9, 40, 50), "tzyx"),
        ((40, 50, 2), "zyx"),
        ((50,), "x"),
    ],
)
def test_axes_are_guessed_from_the_shape(shape, axes):
    assert guess_axes(shape) == axes


@pytest.mark.parametrize("dtype", [bool, np.uint8, ">u2", np.int16, np.float32, np.float64])
def test_a_stack_turns_into_its_planes_in_order(dtype):
    pixels = (np.arange(5 * 20 * 30).reshape(5, 20, 30) % 2).astype(dtype)
    scan = Scan(pixels, "zyx")
    planes = dict(scan.planes())
    assert list(planes) == [0, 1, 2, 3, 4]
    for index, plane in planes.items():
        np.testing.assert_array_equal(plane, pixels[index].astype(plane.dtype))


def test_a_dask_stack_is_read_one_plane_at_a_time():
    read = []

    def block(block_info):
        read.append(block_info[None]["chunk-location"][0])
        return np.full((1, 20, 30), block_info[None]["chunk-location"][0], np.uint8)

    pixels = dask.array.map_blocks(block, chunks=((1,) * 4, 20, 30), dtype=np.uint8)
    read.clear()
    scan = Scan(pixels, "zyx")
    assert scan.plane(2).max() == 2
    assert read == [2]


def test_alpha_is_left_out_and_equal_channels_become_grey():
    grey = np.random.default_rng(0).integers(0, 255, (20, 30), np.uint8)
    alpha = np.full_like(grey, 255)
    assert Scan(np.dstack([grey] * 3 + [alpha]), "yxc").plane(0).shape == (20, 30)
    colour = np.dstack([grey, grey // 2, grey, alpha])
    np.testing.assert_array_equal(Scan(colour, "yxc").plane(0), colour[..., :3])


@pytest.mark.parametrize(
    ("pixels", "axes", "says"),
    [
        (np.zeros((1, 1)), "yx", "measures only 1 x 1 pixels"),
        (np.zeros((0, 40)), "yx", "measures only 0 x 40 pixels"),
        (np.zeros((2, 5, 40, 40)), "tzyx", r"holds 2 volumes .2 x 5 x 40 x 40.*: choose one, or"),
        (np.zeros((2, 5, 40, 40, 3)), "tzyxc", "holds 2 volumes"),
        (np.zeros((2, 2, 5, 40, 40)), "?tzyx", "is not a single picture or a stack of planes"),
        (np.zeros((200, 3)), "yx", "measures only 200 x 3 pixels"),
        (np.zeros((3, 200)), "yx", "measures only 3 x 200 pixels"),
        (np.zeros((9, 200, 3)), "zyx", "measures only 9 x 200 x 3 pixels"),
        (np.zeros((40, 40), complex), "yx", "convert them to real numbers"),
        (np.zeros((40, 40, 2)), "yxc", "2 colour channels"),
        (np.broadcast_to(np.uint8(0), (50_000, 50_000)), "yx", "crop it or scale it down"),
    ],
)
def test_what_cannot_be_analysed_is_refused_in_one_sentence(pixels, axes, says):
    with pytest.raises(UnsupportedScanError, match=says) as caught:
        Scan(pixels, axes, name="my scan").check()
    assert str(caught.value).startswith("my scan")


def test_a_voxel_size_has_one_value_a_spatial_axis():
    scan = Scan(np.zeros((20, 30, 3)), "yxc", (0.5, 0.4))
    assert scan.plane_spacing == (0.5, 0.4)
    assert scan.spatial_shape == (20, 30)
    with pytest.raises(UnsupportedScanError, match="voxel size"):
        Scan(np.zeros((20, 30)), "yx", (1.0, 0.5, 0.4))


GREY = np.random.default_rng(0).integers(0, 200, (40, 60), np.uint8)
THREE_CONTRASTS = np.dstack([GREY, GREY // 2, 255 - GREY])
NUMBERS = (
    *("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"),
    *("float16", "float32", "float64"),
)


class Case(NamedTuple):
    """An array that somebody opens, and what it is to be taken for."""

    pixels: object
    axes: str
    planes: list[np.ndarray]
    mask_shape: tuple[int, ...]


def _plane_as_it_is(pixels: np.ndarray) -> Case:
    return Case(pixels, "yx", [pixels], pixels.shape)


def _with_burnt_in_text(grey: np.ndarray) -> np.ndarray:
    """A picture with a ruler down one side and letters in a corner, in full white."""
    marked = grey.copy()
    marked[::5, -3:] = 255
    marked[2:7, 2:20:3] = 255
    return marked


def _with_nan_border(grey: np.ndarray) -> np.ndarray:
    framed = grey.astype(np.float32)
    framed[:2] = framed[:, -2:] = np.nan
    return framed


CASES = {
    "grey": _plane_as_it_is(GREY),
    "RGB": Case(THREE_CONTRASTS, "yxc", [THREE_CONTRASTS], (40, 60)),
    "RGBA": Case(np.dstack([THREE_CONTRASTS, GREY]), "yxc", [THREE_CONTRASTS], (40, 60)),
    "grey stored as RGB": Case(np.dstack([GREY] * 3), "yxc", [GREY], (40, 60)),
    "three MR contrasts as float": Case(
        THREE_CONTRASTS / 255, "yxc", [THREE_CONTRASTS / 255], (40, 60)
    ),
    "volume": Case(np.stack([GREY, GREY + 1]), "zyx", [GREY, GREY + 1], (2, 40, 60)),
    "volume in colour": Case(
        np.stack([THREE_CONTRASTS, np.dstack([GREY] * 3)]),
        "zyxc",
        [THREE_CONTRASTS, GREY],
        (2, 40, 60),
    ),
    "one volume of a series in time": Case(
        np.stack([GREY, GREY + 1])[None], "tzyx", [GREY, GREY + 1], (1, 2, 40, 60)
    ),
    "a plane at several times": Case(
        np.stack([GREY, GREY + 1])[:, None], "tzyx", [GREY, GREY + 1], (2, 1, 40, 60)
    ),
    "dask": Case(
        dask.array.from_array(np.stack([GREY, GREY + 1]), chunks=(1, 20, 60)),
        "zyx",
        [GREY, GREY + 1],
        (2, 40, 60),
    ),
    "dask in colour": Case(
        dask.array.from_array(THREE_CONTRASTS), "yxc", [THREE_CONTRASTS], (40, 60)
    ),
    "not contiguous": _plane_as_it_is(np.repeat(GREY, 2, axis=1)[::-1, ::2]),
    "Fortran order": _plane_as_it_is(np.asfortranarray(GREY)),
    "big-endian": _plane_as_it_is(GREY.astype(">u2")),
    "bool": Case(GREY > 100, "yx", [(GREY > 100).astype(np.uint8)], (40, 60)),
    **{dtype: _plane_as_it_is(GREY.astype(dtype)) for dtype in NUMBERS},
    "NaN borders": _plane_as_it_is(_with_nan_border(GREY)),
    "Hounsfield-like": _plane_as_it_is(GREY.astype(np.int16) * 10 - 1024),
    "burnt-in text and a ruler": _plane_as_it_is(_with_burnt_in_text(GREY)),
    "very wide": _plane_as_it_is(np.tile(GREY[:16], (1, 100))),
    "very tall": _plane_as_it_is(np.tile(GREY[:, :16], (100, 1))),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_rule_for_axes(case: Case) -> None:
    scan = Scan(case.pixels, guess_axes(case.pixels.shape))
    assert scan.axes == case.axes
    scan.check()
    assert scan.spatial_shape == case.mask_shape
    assert scan.n_planes == len(case.planes)
    mask = np.zeros(scan.spatial_shape, np.uint8)
    for (index, plane), expected in zip(scan.planes(), case.planes, strict=True):
        assert type(plane) is np.ndarray
        assert plane.dtype == expected.dtype
        np.testing.assert_array_equal(plane, expected)
        mask[scan.position(index)] = index + 1
    np.testing.assert_array_equal(np.unique(mask), range(1, len(case.planes) + 1))


@pytest.mark.parametrize("axes", ["tyx", "tyxc"])
def test_a_cine_is_a_stack_of_its_pictures(axes: str) -> None:
    pixels = np.stack([GREY if axes == "tyx" else THREE_CONTRASTS] * 4)
    scan = Scan(pixels, axes)
    scan.check()
    assert scan.n_planes == 4
    np.testing.assert_array_equal(scan.plane(3), pixels[3])


def test_one_of_several_volumes_is_a_scan() -> None:
    pixels = np.arange(2 * 3 * 20 * 30).reshape(2, 3, 20, 30)
    scan = Scan(pixels, "tzyx", (1.0, 3.0, 0.5, 0.5), name="head")
    second = scan.volume(1)
    second.check()
    np.testing.assert_array_equal(second.pixels, pixels[1])
    assert (second.axes, second.voxel_size, second.name) == ("zyx", (3.0, 0.5, 0.5), "head")
    for there_is_none in (lambda: scan.volume(2), lambda: second.volume(0)):
        with pytest.raises(UnsupportedScanError, match="head has no volume"):
            there_is_none()


@pytest.mark.parametrize(
    ("axes", "shape", "is_volume"),
    [
        ("zyx", (2, 20, 20), True),
        ("zyxc", (2, 20, 20, 3), True),
        ("tzyx", (1, 2, 20, 20), True),
        ("tzyx", (2, 1, 20, 20), False),
        ("tyx", (2, 20, 20), False),
        ("zyx", (1, 20, 20), False),
        ("yx", (20, 20), False),
    ],
)
def test_planes_one_above_another_are_a_volume(axes, shape, is_volume) -> None:
    assert Scan(np.zeros(shape), axes).is_volume is is_volume
