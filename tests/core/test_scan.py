import numpy as np
import pytest

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.scan import Scan, guess_axes


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
    dask_array = pytest.importorskip("dask.array")
    read = []

    def block(block_info):
        read.append(block_info[None]["chunk-location"][0])
        return np.full((1, 20, 30), block_info[None]["chunk-location"][0], np.uint8)

    pixels = dask_array.map_blocks(block, chunks=((1,) * 4, 20, 30), dtype=np.uint8)
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
        (np.zeros((5, 40, 40, 3)), "zyxc", "is not a single picture or a grey stack"),
        (np.zeros((2, 5, 40, 40)), "tzyx", "is not a single picture or a grey stack"),
        (np.zeros((40, 40), complex), "yx", "convert them to real numbers"),
        (np.zeros((40, 40, 2)), "yxc", "2 colour channels"),
        (np.broadcast_to(np.uint8(0), (20_000, 20_000)), "yx", "crop it or scale it down"),
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
