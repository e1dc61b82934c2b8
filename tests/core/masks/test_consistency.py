"""A mask made consistent between planes changes by the stated rule, and by nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from napari_multicancer.core.errors import CancelledError, MaskError
from napari_multicancer.core.masks.consistency import NOTHING_LEFT, make_consistent

SHAPE = (5, 12, 12)


@pytest.fixture
def mask():
    """A block through planes 1 to 3, and a speck on plane 1 alone."""
    made = np.zeros(SHAPE, np.uint8)
    made[1:4, 2:6, 2:6] = 1
    made[1, 9:11, 9:11] = 1
    return made


def test_a_region_on_one_plane_goes_and_what_reaches_two_stays(mask):
    before = mask.copy()
    done = make_consistent(mask)
    expected = before.copy()
    expected[1, 9:11, 9:11] = 0
    np.testing.assert_array_equal(done.mask, expected)
    np.testing.assert_array_equal(mask, before)
    assert (done.planes, done.added, done.removed, done.dropped) == (1, 0, 4, 1)


def test_regions_that_touch_at_a_corner_of_the_next_plane_are_one(mask):
    mask[2, 11, 11] = 1
    assert make_consistent(mask).dropped == 0


def test_the_mean_of_three_planes_is_cut_where_the_model_cuts(mask):
    mask[1, 9:11, 9:11] = 0
    probability = np.where(mask == 1, 0.9, 0.1).astype(np.float16)
    mask[2, 2, 2] = 0
    probability[2, 2, 2] = 0.2
    mask[2, 6, 6] = 1
    probability[2, 6, 6] = 0.6
    done = make_consistent(mask, probability=probability, threshold=0.5)
    assert done.mask[2, 2, 2] == 1, "(0.9 + 2 * 0.2 + 0.9) / 4 = 0.55"
    assert done.mask[2, 6, 6] == 0, "(0.1 + 2 * 0.6 + 0.1) / 4 = 0.35"
    assert done.mask[1, 3, 3] == 1, "(0.1 + 2 * 0.9 + 0.9) / 4 = 0.7"
    assert (done.added, done.removed, done.planes) == (1, 1, 1)


def test_the_last_plane_counts_its_one_neighbor(mask):
    mask[4, 2:6, 2:6] = 1
    probability = np.full(SHAPE, 0.8)
    probability[4, 2, 2], probability[3, 2, 2] = 0.3, 0.8
    done = make_consistent(mask, probability=probability, threshold=0.5)
    assert done.mask[4, 2, 2] == 0, "(2 * 0.3 + 0.8) / 3 = 0.47"


def test_nothing_is_outlined_where_neither_the_plane_nor_its_neighbors_were(mask):
    done = make_consistent(mask, probability=np.ones(SHAPE), threshold=0.5)
    reach = np.zeros(SHAPE, bool)
    reach[0:5, 2:6, 2:6] = True
    reach[0:3, 9:11, 9:11] = True
    np.testing.assert_array_equal(done.mask > 0, reach)


def test_planes_of_a_person_and_other_labels_stay(mask):
    mask[2, 0, 0], mask[3, 3, 3] = 2, 7
    probability = np.full(SHAPE, 0.9)
    probability[3:] = 0.0
    done = make_consistent(mask, probability=probability, fixed={1, 2})
    np.testing.assert_array_equal(done.mask[[1, 2]], mask[[1, 2]])
    assert done.mask[3, 3, 3] == 7
    assert (done.kept, done.dropped) == (2, 0)


def test_a_mask_of_single_planes_alone_is_left_as_it_is_with_advice():
    mask = np.zeros(SHAPE, np.uint8)
    mask[0, 1:4, 1:4] = mask[3, 6:9, 6:9] = 1
    with pytest.raises(MaskError, match=NOTHING_LEFT[:40]):
        make_consistent(mask)
    assert make_consistent(mask, fixed={3}).mask.any()


def test_an_empty_mask_stays_empty_and_a_picture_is_refused():
    assert make_consistent(np.zeros(SHAPE, np.uint8)).planes == 0
    with pytest.raises(MaskError, match="stack of planes"):
        make_consistent(np.ones((4, 4), np.uint8))


def test_it_tells_how_far_it_is_and_can_be_stopped(mask):
    told = []
    make_consistent(
        mask, probability=np.ones(SHAPE), progress=lambda done, total: told.append((done, total))
    )
    assert told == [(done, 5) for done in range(1, 6)]
    with pytest.raises(CancelledError):
        make_consistent(mask, probability=np.ones(SHAPE), cancelled=lambda: True)
