import numpy as np
import pytest
from skimage.draw import disk
from skimage.measure import label, regionprops

from napari_multicancer.core.measurements import feret_diameter, measure_lesion


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
