import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_multicancer.core.preprocessing import (
    Letterbox,
    as_three_channels,
    intensity_window,
    normalize,
)

SIDES = st.integers(60, 700)


@settings(max_examples=100, deadline=None)
@given(height=SIDES, width=SIDES, data=st.data())
def test_a_painted_square_survives_the_round_trip_within_one_pixel(height, width, data):
    box = Letterbox.fit(height, width, 224)
    shrink = max(1.0, max(height, width) / 224)
    side = data.draw(st.integers(int(8 * shrink), min(height, width) - 2))
    top = data.draw(st.integers(0, height - side))
    left = data.draw(st.integers(0, width - side))
    plane = np.zeros((height, width), np.float32)
    plane[top : top + side, left : left + side] = 1

    back = box.undo(box.apply(plane)) >= 0.5

    assert back.shape == plane.shape
    rows, columns = np.flatnonzero(back.any(axis=1)), np.flatnonzero(back.any(axis=0))
    tolerance = 1
    assert abs(rows[0] - top) <= tolerance
    assert abs(rows[-1] - (top + side - 1)) <= tolerance
    assert abs(columns[0] - left) <= tolerance
    assert abs(columns[-1] - (left + side - 1)) <= tolerance


@pytest.mark.parametrize("shape", [(1000, 30), (30, 1000), (3, 500), (224, 224), (257, 255)])
def test_extreme_shapes_fit_and_come_back(shape):
    box = Letterbox.fit(*shape, 224)
    square = box.apply(np.ones(shape, np.float32))
    assert square.shape == (224, 224)
    assert square.sum() == pytest.approx(box.inner_height * box.inner_width)
    np.testing.assert_allclose(box.undo(square), 1.0)


def test_shrinking_averages_so_that_nothing_is_skipped():
    plane = np.zeros((2240, 2240), np.float32)
    plane[::10, ::10] = 100.0
    assert Letterbox.fit(2240, 2240, 224).apply(plane).mean() == pytest.approx(1.0, rel=0.02)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.float32, np.float64, ">i2"])
def test_any_dtype_is_stretched_to_the_same_picture(dtype):
    ramp = np.linspace(0, 200, 40_000).reshape(200, 200)
    pixels = ramp.astype(dtype)
    stretched = normalize(pixels, intensity_window(pixels))
    assert stretched.dtype == np.float32
    np.testing.assert_allclose(stretched, normalize(ramp, intensity_window(ramp)), atol=2.5)
    assert (stretched.min(), stretched.max()) == (0, 255)


def test_nan_becomes_black_and_infinities_the_nearer_end():
    pixels = np.linspace(-1000, 1000, 10_000).reshape(100, 100)
    pixels[0, 0], pixels[0, 1], pixels[0, 2] = np.nan, np.inf, -np.inf
    stretched = normalize(pixels, intensity_window(pixels))
    assert stretched[0, :3].tolist() == [0, 255, 0]
    assert np.isfinite(stretched).all()


def test_a_constant_or_empty_window_gives_black():
    assert intensity_window(np.full((20, 20), 7)) == (7, 7)
    assert intensity_window(np.full((20, 20), np.nan)) == (0, 0)
    assert not normalize(np.full((20, 20), 7), (7, 7)).any()


def test_a_few_bright_pixels_still_open_a_window():
    pixels = np.zeros((200, 200), np.uint8)
    pixels[100, 100:110] = 90
    assert intensity_window(pixels) == (0, 90)


def test_grey_is_repeated_and_colour_passes():
    grey = np.random.default_rng(0).random((8, 9), np.float32)
    assert as_three_channels(grey).shape == (8, 9, 3)
    colour = np.dstack([grey, grey * 2, grey])
    assert as_three_channels(colour) is colour
