from math import atan, cos, hypot, pi, sin, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from scipy.special import ellipe
from skimage.draw import disk
from skimage.measure import label, perimeter_crofton, regionprops

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.measurements import (
    GreyValues,
    feret_diameter,
    measure_labels,
    measure_lesion,
    volume_of,
)
from napari_multicancer.core.masks.shape import diameters, measure_shape, perimeter

ANGLES = (0.0, 0.3, pi / 4, 1.2)
SPACINGS = ((1.0, 1.0), (0.5, 1.0), (1.0, 0.4))


def test_a_line_of_n_pixels_measures_n():
    mask = np.zeros((20, 20), bool)
    mask[5, 3:13] = True
    assert feret_diameter(mask) == pytest.approx(10)
    assert feret_diameter(mask, (2.0, 0.5)) == pytest.approx(5)


def test_a_disk_measures_its_diameter_and_area():
    mask = np.zeros((120, 120), bool)
    mask[disk((60, 60), 40)] = True
    assert feret_diameter(mask) == pytest.approx(80, abs=1.0)
    size = measure_lesion(mask, (0.1, 0.1))
    assert size.area == pytest.approx(np.pi * 16, rel=0.01)
    assert (size.area_unit, size.length_unit) == ("mm2", "mm")


def test_the_diameter_agrees_with_scikit_image():
    rng = np.random.default_rng(3)
    for _ in range(20):
        mask = np.zeros((60, 60), bool)
        for _ in range(4):
            row, column = rng.integers(20, 40, 2)
            mask[disk((row, column), rng.integers(2, 10), shape=mask.shape)] = True
        expected = max(r.feret_diameter_max for r in regionprops(label(mask, connectivity=2)))
        assert feret_diameter(mask) == pytest.approx(expected, abs=1.5)


def test_two_regions_are_not_measured_across_the_gap():
    mask = np.zeros((50, 50), bool)
    mask[2:6, 2:6] = mask[40:46, 40:46] = True
    assert feret_diameter(mask) < 9


def test_a_stack_is_measured_where_the_lesion_is_largest():
    mask = np.zeros((4, 30, 30), np.uint8)
    mask[1, 5:8, 5:8] = 1
    mask[2, 5:15, 5:15] = 1
    size = measure_lesion(mask)
    assert (size.plane, size.area, size.area_unit) == (2, 100, "px")


def test_an_empty_mask_has_no_size_and_one_pixel_has_one():
    assert measure_lesion(np.zeros((9, 9), np.uint8)) is None
    one = np.zeros((9, 9), np.uint8)
    one[4, 4] = 1
    assert measure_lesion(one).diameter == pytest.approx(1.0)


def turned(angle, spacing=(1.0, 1.0), side=200.0):
    """Coordinates along and across a direction, in mm from the middle of a picture."""
    rows, columns = (np.arange(0, side, size) - side / 2 for size in spacing)
    down, right = rows[:, None], columns[None]
    return right * cos(angle) + down * sin(angle), down * cos(angle) - right * sin(angle)


def ellipse(a, b, angle=0.0, spacing=(1.0, 1.0)):
    along, across = turned(angle, spacing)
    return (along / a) ** 2 + (across / b) ** 2 <= 1


def rectangle(length, width, angle=0.0, spacing=(1.0, 1.0)):
    along, across = turned(angle, spacing)
    return (abs(along) <= length / 2) & (abs(across) <= width / 2)


def separation(ends, spacing=(1.0, 1.0)):
    (a, b), (c, d) = ends
    return hypot((c - a) * spacing[0], (d - b) * spacing[1])


def blobs(seed):
    rng = np.random.default_rng(seed)
    mask = np.zeros((60, 60), bool)
    for _ in range(4):
        row, column = rng.integers(20, 40, 2)
        mask[disk((row, column), rng.integers(2, 10), shape=mask.shape)] = True
    return mask


# --- analytic shapes


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize(("a", "b"), [(60, 60), (70, 35), (50, 12)])
def test_an_ellipse_measures_what_the_formulas_say(a, b, angle, spacing):
    shape = measure_shape(ellipse(a, b, angle, spacing), spacing)
    length = 4 * a * ellipe(1 - (b / a) ** 2)
    assert shape.area == pytest.approx(pi * a * b, rel=0.01)
    off = 0.007 if spacing == (1.0, 1.0) else 0.045
    assert shape.perimeter == pytest.approx(length, rel=off)
    assert shape.circularity == pytest.approx(4 * pi * pi * a * b / length**2, rel=0.01 + 2 * off)
    assert shape.solidity == pytest.approx(1, abs=0.055)
    assert shape.diameters.largest == pytest.approx(2 * a, abs=1.1)
    assert shape.diameters.smallest == pytest.approx(2 * b, abs=1.1)
    assert shape.diameters.perpendicular == pytest.approx(2 * b, abs=1.1)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("angle", ANGLES)
def test_a_rectangle_measures_what_the_formulas_say(angle, spacing):
    shape = measure_shape(rectangle(120, 50, angle, spacing), spacing)
    assert shape.area == pytest.approx(6000, rel=0.03)
    assert shape.perimeter == pytest.approx(340, rel=0.025 if spacing == (1.0, 1.0) else 0.04)
    assert shape.solidity == pytest.approx(1, abs=0.035)
    assert shape.diameters.largest == pytest.approx(130, abs=1.1)
    assert shape.diameters.smallest == pytest.approx(50, abs=1.1)
    # across the diagonal of a rectangle l x w, the longest chord is w sqrt(l^2 + w^2) / l
    assert shape.diameters.perpendicular == pytest.approx(50 * 130 / 120, abs=1.5)


def test_the_perimeter_of_an_upright_rectangle_by_hand():
    # along a step (a, b), 3 x 4 - (3 - a) (4 - b) lines enter the rectangle and leave it
    alpha = atan(0.5)
    expected = (
        alpha * (2 * 3 + 2 * 4) / 2
        + pi / 8 * 2 * (2 * 8 + 2 * 9) / sqrt(5) / 2
        + (pi / 4 - alpha) * 2 * (2 * 6) / sqrt(2) / 2
    )
    assert perimeter(np.ones((3, 4), bool)) == pytest.approx(expected)


def test_holes_add_to_the_perimeter_and_take_from_area_and_solidity():
    ring = ellipse(60, 60) & ~ellipse(30, 30)
    shape = measure_shape(ring)
    assert shape.perimeter == pytest.approx(2 * pi * 90, rel=0.02)
    assert shape.area == pytest.approx(pi * 2700, rel=0.01)
    assert shape.solidity == pytest.approx(0.75, abs=0.02)
    assert shape.diameters.perpendicular == pytest.approx(120, abs=1.5)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_the_smallest_masks_have_a_shape(spacing):
    height, width = spacing
    shape = measure_shape(np.ones((1, 1), bool), spacing)
    assert (shape.area, shape.solidity) == (height * width, 1.0)
    assert shape.diameters.largest == max(spacing)
    assert shape.diameters.perpendicular == pytest.approx(min(spacing), abs=1e-3)
    line = measure_shape(np.ones((1, 10), bool), spacing)
    assert (line.diameters.largest, line.solidity) == (pytest.approx(10 * width), 1.0)
    assert line.diameters.smallest == pytest.approx(height)
    assert line.diameters.perpendicular == pytest.approx(height)
    diagonal = measure_shape(np.eye(5, dtype=bool))
    assert diagonal.diameters.largest == pytest.approx(hypot(5, 4))


# --- diameters


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("seed", range(5))
def test_the_two_diameters_are_as_long_as_drawn_and_at_a_right_angle(seed, spacing):
    mask = blobs(seed)
    found = diameters(mask, spacing)
    assert separation(found.largest_ends, spacing) == pytest.approx(found.largest)
    assert separation(found.perpendicular_ends, spacing) == pytest.approx(found.perpendicular)
    vectors = [
        np.subtract(*ends) * spacing for ends in (found.largest_ends, found.perpendicular_ends)
    ]
    assert np.dot(*vectors) == pytest.approx(0, abs=1e-4)
    assert found.largest == pytest.approx(feret_diameter(mask, spacing))
    assert found.smallest <= found.largest
    assert found.perpendicular <= found.largest


def test_the_ends_of_the_diameters_are_on_the_outline_in_pixels_of_the_picture():
    mask = np.zeros((40, 60), bool)
    mask[10:13, 20:31] = True
    mask[8:10, 24:26] = True
    found = measure_labels(mask.astype(np.uint8), (2.0, 1.0))[0].shape.diameters
    rows, columns = np.array(found.largest_ends + found.perpendicular_ends).T
    assert 7.5 <= rows.min() <= rows.max() <= 12.5
    assert 19.5 <= columns.min() <= columns.max() <= 30.5
    bar = np.zeros((40, 60), np.uint8)
    bar[10, 20:31] = 1
    found = measure_labels(bar)[0].shape.diameters
    assert sorted(found.largest_ends) == [(10, 19.5), (10, 30.5)]
    assert sorted(row for row, _ in found.perpendicular_ends) == pytest.approx([9.5, 10.5])


@pytest.mark.parametrize("pixel", [1e-6, 1e6])
def test_pixels_of_any_size_give_the_same_shape(pixel):
    mask = blobs(3)
    in_pixels, in_mm = measure_shape(mask), measure_shape(mask, (pixel, pixel))
    assert in_mm.diameters.perpendicular == pytest.approx(pixel * in_pixels.diameters.perpendicular)
    assert in_mm.diameters.smallest == pytest.approx(pixel * in_pixels.diameters.smallest)
    assert in_mm.circularity == pytest.approx(in_pixels.circularity)


def test_the_perpendicular_does_not_cross_a_notch():
    comb = np.zeros((40, 60), bool)
    comb[5:10, 5:55] = comb[25:30, 5:55] = comb[5:30, 5:10] = True
    found = diameters(comb)
    (top, left), (bottom, right) = found.perpendicular_ends
    middle = np.linspace((top, left), (bottom, right), 50)[1:-1]
    assert comb[tuple(middle.round().astype(int).T)].mean() > 0.9
    assert found.largest > 50


def test_the_largest_of_several_regions_is_measured():
    mask = np.zeros((50, 50), bool)
    mask[2:6, 2:6] = mask[20:22, 10:40] = True
    found = diameters(mask)
    assert found.largest == pytest.approx(hypot(30, 1), abs=0.1)
    assert found.smallest == pytest.approx(2)


@pytest.mark.slow
@given(mask=arrays(bool, (12, 10)))
@settings(max_examples=100)
def test_any_mask_has_diameters_in_order(mask):
    if not mask.any():
        with pytest.raises(MaskError, match="empty"):
            diameters(mask)
        return
    shape = measure_shape(mask)
    found = shape.diameters
    assert 0 < found.smallest <= found.largest + 1e-9
    assert 0 < found.perpendicular <= found.largest + 1e-9
    assert 0 < shape.circularity <= 1
    assert 0 < shape.solidity <= 1 + 1e-9
    turned_by_90 = measure_shape(np.rot90(mask))
    assert turned_by_90.perimeter == pytest.approx(shape.perimeter)
    assert turned_by_90.solidity == pytest.approx(shape.solidity)
    assert turned_by_90.diameters.largest == pytest.approx(found.largest)


# --- scikit-image


@pytest.mark.parametrize("seed", range(10))
def test_the_shape_agrees_with_scikit_image(seed):
    mask = blobs(seed)
    expected = regionprops(mask.astype(np.uint8))[0]
    shape = measure_shape(mask)
    assert shape.area == expected.area
    assert shape.perimeter == pytest.approx(perimeter_crofton(mask, directions=4), rel=0.03)
    assert shape.solidity == pytest.approx(expected.solidity, abs=0.04)
    if label(mask, connectivity=2).max() == 1:
        assert shape.diameters.largest == pytest.approx(expected.feret_diameter_max, abs=0.5)


# --- tables


def test_each_label_of_a_picture_is_measured_in_its_unit():
    mask = np.zeros((30, 30), np.uint16)
    mask[2:6, 3:9] = 7
    mask[20:25, 20:25] = 300
    first, second = measure_labels(mask)
    assert (first.label, second.label) == (7, 300)
    assert (first.shape.area, second.shape.area) == (24, 25)
    assert (first.plane, first.planes, first.volume) == (0, 1, None)
    assert (first.area_unit, first.length_unit) == ("px", "px")
    assert (first.inside, first.ring) == (None, None)
    first, _ = measure_labels(mask, (0.5, 0.2))
    assert first.shape.area == pytest.approx(2.4)
    assert (first.area_unit, first.length_unit) == ("mm2", "mm")


def test_a_stack_has_volume_and_planes_and_is_measured_where_the_label_is_largest():
    mask = np.zeros((6, 30, 30), np.uint8)
    mask[2, 5:8, 5:8] = mask[3, 5:15, 5:15] = mask[5, 5:7, 5:7] = 1
    (found,) = measure_labels(mask, (5.0, 0.5, 0.4))
    assert (found.plane, found.planes, found.volume_unit) == (3, 3, "ml")
    assert found.volume == pytest.approx((9 + 100 + 4) * 0.001)
    assert found.shape.area == pytest.approx(20)
    (found,) = measure_labels(mask, (0.5, 0.4))
    assert (found.volume, found.volume_unit, found.area_unit) == (113, "px", "mm2")
    (found,) = measure_labels(mask)
    assert (found.volume, found.volume_unit, found.shape.area) == (113, "px", 100)


def test_grey_values_inside_and_in_the_ring_of_background_around():
    mask = np.zeros((11, 11), np.uint8)
    mask[5, 5:7] = 1
    mask[5, 7] = 2
    image = np.full((11, 11), 90.0)
    image[5, 5:8] = 10, 30, 500
    image[4, 5:7], image[6, 5:7], image[5, 4] = 40, 60, 50
    (found, _) = measure_labels(mask, image=image, ring_width=1)
    assert found.inside == GreyValues(20, 10)
    assert found.ring == GreyValues(50, pytest.approx(sqrt(80)))


def test_the_ring_is_as_wide_in_mm_along_both_axes():
    mask = np.zeros((21, 21), np.uint8)
    mask[10, 10] = 1
    image = np.zeros((21, 21))
    image[14, 10] = image[10, 12] = 1
    (found,) = measure_labels(mask, (0.5, 1.0), image, ring_width=2.0)
    assert found.ring.mean * 24 == pytest.approx(2)
    image[15, 10] = image[10, 13] = 1
    assert measure_labels(mask, (0.5, 1.0), image, ring_width=2.0)[0].ring == found.ring


def test_three_pixels_of_a_tenth_of_a_mm_are_within_a_ring_of_three_tenths():
    mask = np.zeros((1, 9), np.uint8)
    mask[0, 0] = 1
    (found,) = measure_labels(mask, (0.1, 0.1), np.arange(9.0)[None], ring_width=0.3)
    assert found.ring.mean == 2


def test_only_the_plane_measured_is_read_channels_are_averaged_and_gaps_left_out():
    mask = np.zeros((3, 9, 9), np.uint8)
    mask[1, 4, 4] = mask[1, 4, 5] = 1
    image = np.full((3, 9, 9, 3), np.nan)
    image[1] = (0, 30, 60)
    image[1, 4, 5] = np.nan
    (found,) = measure_labels(mask, image=image)
    assert (found.inside, found.ring) == (GreyValues(30, 0), GreyValues(30, 0))
    (found,) = measure_labels(np.ones((4, 4), np.uint8), image=np.full((4, 4), 3))
    assert (found.inside, found.ring) == (GreyValues(3, 0), None)


@pytest.mark.slow
def test_an_empty_mask_has_no_rows_and_five_hundred_labels_five_hundred():
    assert measure_labels(np.zeros((9, 9), np.uint8)) == ()
    assert measure_labels(np.zeros((0, 9, 9), np.uint8)) == ()
    mask = np.kron(np.arange(1, 501, dtype=np.uint16).reshape(20, 25), np.ones((3, 3), np.uint16))
    rows = measure_labels(mask, image=mask)
    assert [row.label for row in rows] == list(range(1, 501))
    assert {row.shape.area for row in rows} == {9}
    assert [row.inside.mean for row in rows] == list(range(1, 501))


def test_boolean_masks_are_measured_as_label_1():
    (found,) = measure_labels(ellipse(20, 10))
    assert (found.label, found.planes) == (1, 1)


def test_what_cannot_be_measured_is_told_in_a_sentence():
    mask = np.ones((9, 9), np.int32)
    with pytest.raises(MaskError, match="one positive number of mm an axis"):
        measure_labels(mask, (np.nan, 1.0))
    with pytest.raises(MaskError, match="choose the picture that was outlined"):
        measure_labels(mask, image=np.zeros((9, 8)))
    with pytest.raises(MaskError, match="convert it to whole numbers"):
        measure_labels(mask.astype(float))
    with pytest.raises(MaskError, match="renumber them"):
        measure_labels(mask * 70_000)
    with pytest.raises(MaskError, match="ring's width"):
        measure_labels(mask, ring_width=float("nan"))


@pytest.mark.parametrize(
    ("spacing", "expected"),
    [
        ((5.0, 2.0, 2.0), (10.0, "ml")),
        ((2.0, 2.0), (500.0, "px")),
        ((np.nan, 2.0, 2.0), (500.0, "px")),
        (None, (500.0, "px")),
    ],
)
def test_a_volume_is_in_ml_only_where_all_three_sizes_are_known(spacing, expected):
    assert volume_of(500, spacing) == expected


def test_the_voxels_of_all_planes_count():
    mask = np.zeros((3, 20, 20), np.uint8)
    mask[0, :2, :2] = mask[2, :3, :3] = 1
    assert measure_lesion(mask).voxels == 13
