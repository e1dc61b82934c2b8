import numpy as np

from napari_multicancer.core.refinement import clean_mask


def test_holes_are_filled_and_specks_dropped():
    mask = np.zeros((40, 40), bool)
    mask[5:20, 5:20] = True
    mask[10:13, 10:13] = False
    mask[30, 30] = True
    cleaned = clean_mask(mask, 10)
    expected = np.zeros_like(mask)
    expected[5:20, 5:20] = True
    np.testing.assert_array_equal(cleaned, expected)


def test_diagonal_neighbours_are_one_region():
    mask = np.eye(12, dtype=bool)
    np.testing.assert_array_equal(clean_mask(mask, 12), mask)
    assert not clean_mask(mask, 13).any()


def test_an_empty_mask_stays_empty():
    assert not clean_mask(np.zeros((5, 5), bool), 3).any()
