import numpy as np
import pytest

from napari_multicancer.core.preprocessing import (
    as_three_channels,
    intensity_window,
    normalize,
)


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
