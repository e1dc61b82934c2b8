import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from napari_multicancer.core.planes.letterbox import BoundingBox, Letterbox

SIDES = st.integers(60, 700)
SIZE = 224


@st.composite
def crops(draw, height, width):
    """Draw the whole plane half of the time, else a part of it."""
    if draw(st.booleans()):
        return None
    part_height, part_width = draw(st.integers(40, height)), draw(st.integers(40, width))
    top = draw(st.integers(0, height - part_height))
    left = draw(st.integers(0, width - part_width))
    return BoundingBox(top, left, part_height, part_width)


@pytest.mark.slow
@settings(max_examples=200)
@given(height=SIDES, width=SIDES, data=st.data())
def test_a_painted_square_survives_the_round_trip_within_one_pixel(height, width, data):
    box = Letterbox.fit(height, width, SIZE, data.draw(crops(height, width)))
    smallest = int(8 * max(1.0, max(box.crop.height, box.crop.width) / SIZE))
    largest = min(box.crop.height, box.crop.width) - 2
    assume(smallest <= largest)
    side = data.draw(st.integers(smallest, largest))
    top = box.crop.top + data.draw(st.integers(0, box.crop.height - side))
    left = box.crop.left + data.draw(st.integers(0, box.crop.width - side))
    plane = np.zeros((height, width), np.float32)
    plane[top : top + side, left : left + side] = 1

    back = box.back(box.there(plane)) >= 0.5

    assert back.shape == plane.shape
    rows, columns = np.flatnonzero(back.any(axis=1)), np.flatnonzero(back.any(axis=0))
    tolerance = 1
    assert abs(rows[0] - top) <= tolerance
    assert abs(rows[-1] - (top + side - 1)) <= tolerance
    assert abs(columns[0] - left) <= tolerance
    assert abs(columns[-1] - (left + side - 1)) <= tolerance


@settings(max_examples=50)
@given(height=SIDES, width=SIDES, data=st.data())
def test_outside_the_crop_nothing_is_seen_and_nothing_comes_back(height, width, data):
    crop = data.draw(crops(height, width)) or BoundingBox(0, 0, height, width)
    box = Letterbox.fit(height, width, SIZE, crop)
    plane = np.ones((height, width), np.float32)
    plane[crop.slices] = 0
    assert not box.there(plane).any()
    expected = 1 - plane
    np.testing.assert_allclose(box.back(np.ones((SIZE, SIZE), np.float32)), expected)


@pytest.mark.parametrize("shape", [(1000, 30), (30, 1000), (3, 500), (224, 224), (257, 255)])
def test_extreme_shapes_fit_and_come_back(shape):
    box = Letterbox.fit(*shape, SIZE)
    square = box.there(np.ones(shape, np.float32))
    assert square.shape == (SIZE, SIZE)
    assert square.sum() == pytest.approx(box.inner_height * box.inner_width)
    np.testing.assert_allclose(box.back(square), 1.0)


def test_a_crop_of_half_the_side_is_seen_twice_as_large():
    plane = np.arange(100 * 80, dtype=np.float32).reshape(100, 80)
    box = Letterbox.fit(100, 80, 50, BoundingBox(10, 20, 25, 20))
    assert box.inner == (slice(0, 50), slice(5, 45))
    assert box.pixel_area == pytest.approx(0.25)
    unscaled = Letterbox.fit(100, 80, 25, BoundingBox(10, 20, 25, 20))
    np.testing.assert_array_equal(unscaled.there(plane)[:, 2:22], plane[10:35, 20:40])


@pytest.mark.parametrize("crop", [(-1, 0, 5, 5), (0, 6, 5, 5), (0, 0, 11, 5), (0, 0, 0, 5)])
def test_a_crop_that_leaves_the_plane_is_refused(crop):
    with pytest.raises(ValueError, match="inside a plane of 10 x 10 pixels"):
        Letterbox.fit(10, 10, SIZE, BoundingBox(*crop))


def test_shrinking_averages_so_that_nothing_is_skipped():
    plane = np.zeros((2240, 2240), np.float32)
    plane[::10, ::10] = 100.0
    assert Letterbox.fit(2240, 2240, SIZE).there(plane).mean() == pytest.approx(1.0, rel=0.02)


@pytest.mark.parametrize("aspect", [0.5, 2.0, 3.0])
def test_pixels_that_are_not_square_are_seen_in_their_proportions(aspect):
    box = Letterbox.fit(60, 120, SIZE, aspect=aspect)
    assert box.inner_height / box.inner_width == pytest.approx(60 * aspect / 120, rel=0.02)
    lesion = np.zeros((60, 120), np.float32)
    lesion[20:40, 30:90] = 1
    np.testing.assert_array_equal(box.back(box.there(lesion)) >= 0.5, lesion > 0)
