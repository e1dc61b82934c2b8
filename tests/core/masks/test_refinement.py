import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from napari_multicancer.core.masks.crf import fully_connected_crf
from napari_multicancer.core.masks.refinement import clean_mask, drop_specks, refine
from napari_multicancer.core.planes.letterbox import Letterbox


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


@pytest.mark.slow
@given(arrays(bool, st.tuples(st.integers(1, 14), st.integers(1, 14))))
def test_a_hole_is_what_no_path_of_edges_leads_out_of(mask):
    np.testing.assert_array_equal(clean_mask(mask), ndimage.binary_fill_holes(mask))


def test_an_empty_mask_stays_empty():
    assert not clean_mask(np.zeros((5, 5), bool), 3).any()


def test_without_a_refinement_the_map_passes():
    probability = np.random.default_rng(0).random((32, 32), np.float32)
    box = Letterbox.fit(10, 20, 32)
    assert refine(probability, np.zeros((32, 32, 3), np.float32), box, "") is probability


def test_the_crf_sees_the_filled_part_of_the_square_alone():
    rng = np.random.default_rng(0)
    probability = rng.random((32, 32), np.float32)
    square = rng.uniform(0, 255, (32, 32, 3)).astype(np.float32)
    box = Letterbox.fit(10, 20, 32)
    refined = refine(probability, square, box, "crf")
    expected = probability.copy()
    expected[8:24] = fully_connected_crf(probability[8:24], square[8:24])
    np.testing.assert_array_equal(refined, expected)
    assert np.any(refined != probability)


def test_an_unknown_refinement_is_named():
    box = Letterbox.fit(32, 32, 32)
    with pytest.raises(ValueError, match="'dream' is unknown; choose one of crf"):
        refine(np.zeros((32, 32), np.float32), np.zeros((32, 32, 3), np.float32), box, "dream")


def test_specks_on_one_plane_go_and_what_reaches_over_planes_stays():
    mask = np.zeros((4, 12, 12), np.uint8)
    mask[0, 0:2, 0:2] = 1  # 4 pixels, on this plane alone
    mask[1, 6:8, 6:8] = 1  # 4 pixels, touched at a corner from the next plane
    mask[2, 8, 8] = 1
    mask[2, 0:3, 0:3] = 1  # 9 pixels, on this plane alone
    mask[3, 11, 11] = 1
    expected = mask.copy()
    expected[0, 0:2, 0:2] = 0
    expected[3, 11, 11] = 0
    drop_specks(mask, [9, 9, 9, 9])
    np.testing.assert_array_equal(mask, expected)


def test_each_plane_has_its_own_smallest_speck():
    mask = np.zeros((3, 8, 8), np.uint8)
    mask[0, 0, 0:3] = mask[2, 0, 0:3] = 1
    drop_specks(mask, [3, 0, 4])
    assert mask.sum(axis=(1, 2)).tolist() == [3, 0, 0]
