import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_multicancer.core.planes.letterbox import BoundingBox, Letterbox
from napari_multicancer.core.planes.prepare import (
    INTENSITY_PERCENTILES,
    STEPS,
    as_three_channels,
    intensity_window,
    normalize,
    prepare_plane,
)


def bright_ellipse(height=120, width=160):
    rows, columns = np.ogrid[:height, :width]
    inside = ((rows - 50) / 30) ** 2 + ((columns - 90) / 40) ** 2 < 1
    noise = np.random.default_rng(0).normal(0, 10, (height, width))
    return (np.where(inside, 400, 40) + noise).astype(np.int16)


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


@pytest.mark.slow
@given(
    st.sampled_from(["u1", "i1", "u2", ">i2", "i4", "u8", "f4", "f8"]).flatmap(
        lambda dtype: arrays(dtype, st.integers(1, 400))
    )
)
def test_the_window_is_that_of_the_percentiles_in_float64(pixels):
    finite = pixels[np.isfinite(pixels)].astype(np.float64)
    expected = tuple(np.percentile(finite, INTENSITY_PERCENTILES)) if finite.size else (0, 0)
    if expected[0] == expected[1] and finite.size:
        expected = finite.min(), finite.max()
    assert intensity_window(pixels) == expected


def test_a_few_bright_pixels_still_open_a_window():
    pixels = np.zeros((200, 200), np.uint8)
    pixels[100, 100:110] = 90
    assert intensity_window(pixels) == (0, 90)


def test_grey_is_repeated_and_colour_passes():
    grey = np.random.default_rng(0).random((8, 9), np.float32)
    assert as_three_channels(grey).shape == (8, 9, 3)
    colour = np.dstack([grey, grey * 2, grey])
    assert as_three_channels(colour) is colour


def test_without_steps_a_plane_is_windowed_fitted_and_repeated():
    plane = bright_ellipse()
    square, box = prepare_plane(plane, (0, 500), 96)
    assert box == Letterbox.fit(120, 160, 96)
    np.testing.assert_array_equal(square, np.dstack([box.there(normalize(plane, (0, 500)))] * 3))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("channels", [None, 3])
def test_every_step_gives_a_square_in_range_and_leaves_the_padding_black(step, channels):
    plane = bright_ellipse()
    if step == "crop_to_scan":  # which looks for what is flat
        plane[plane < 200] = 40
    if channels:
        plane = np.dstack([plane, plane // 2, plane])
    before = plane.copy()
    square, box = prepare_plane(plane, (0, 500), 96, [step])
    assert (square.shape, square.dtype) == ((96, 96, 3), np.float32)
    assert square.min() >= 0
    assert 100 < square.max() <= 255
    outside = np.ones((96, 96), bool)
    outside[box.inner] = False
    assert not square[outside].any()
    np.testing.assert_array_equal(plane, before)
    assert np.any(square != prepare_plane(plane, (0, 500), 96)[0])


def test_the_crop_is_what_the_network_sees():
    square, box = prepare_plane(bright_ellipse(), (0, 500), 96, ["crop_to_head"])
    found = box.crop
    assert found != BoundingBox(0, 0, 120, 160)
    assert abs(found.top - 20) <= 4
    assert abs(found.left - 50) <= 4
    assert abs(found.height - 60) <= 8
    assert abs(found.width - 80) <= 8
    assert (square[48, 40:56] > 150).all()


def test_steps_run_in_their_order():
    plane = bright_ellipse()
    one, _ = prepare_plane(plane, (0, 500), 96, ["median", "sobel"])
    other, _ = prepare_plane(plane, (0, 500), 96, ["sobel", "median"])
    assert np.any(one != other)


def test_an_unknown_step_is_named():
    with pytest.raises(ValueError, match="'polish' is no preprocessing step; choose among crop"):
        prepare_plane(bright_ellipse(), (0, 500), 96, ["polish"])


def test_what_stands_beside_the_scan_changes_nothing_that_the_network_sees():
    """Neither where it lies nor how bright it is, though margins are black and writing is white."""
    rng = np.random.default_rng(4)
    bright = np.linspace(40, 10, 300)[:, None] * np.ones(420)
    bright[100:200, 150:300] = 4
    scan = (bright * rng.uniform(0.5, 1.5, bright.shape)).astype(np.uint8)
    alone, _ = prepare_plane(scan, intensity_window(scan), 96, ["crop_to_scan"])
    screen = np.zeros((512, 640), np.uint8)
    screen[100:400, 120:540] = scan
    screen[20:60, 200:400:3] = 255
    laid, _ = prepare_plane(screen, intensity_window(screen), 96, ["crop_to_scan"])
    in_blocks = [square[..., 0].reshape(12, 8, 12, 8).mean(axis=(1, 3)) for square in (alone, laid)]
    assert np.abs(in_blocks[0] - in_blocks[1]).mean() < 8
    assert np.corrcoef(in_blocks[0].ravel(), in_blocks[1].ravel())[0, 1] > 0.95
