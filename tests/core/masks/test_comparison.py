import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.comparison import ADDED, REMOVED, compare_masks
from napari_multicancer.core.masks.overlap import dice, hausdorff_95, iou

pairs = st.sampled_from([(8, 9), (3, 5, 6)]).flatmap(
    lambda shape: st.tuples(*[arrays(np.uint8, shape, elements=st.integers(0, 2))] * 2)
)


def square(rows, columns, shape=(20, 20), label=1):
    mask = np.zeros(shape, np.uint8)
    mask[..., slice(*rows), slice(*columns)] = label
    return mask


def test_a_square_moved_by_one_column():
    found = compare_masks(square((5, 9), (5, 9)), square((5, 9), (6, 10)))
    assert (found.dice, found.iou) == (0.75, pytest.approx(0.6))
    assert found.hausdorff_95 == 1
    assert (found.size_before, found.size_after, found.size_change) == (16, 16, 0)
    assert (found.added, found.removed) == (4, 4)
    assert np.array_equal(found.difference == ADDED, square((5, 9), (9, 10)))
    assert np.array_equal(found.difference == REMOVED, square((5, 9), (5, 6)))
    assert (found.length_unit, found.size_unit) == ("px", "px")
    assert found.difference.dtype == np.uint8


def test_sizes_and_distances_come_in_mm_where_the_voxel_size_is_known():
    before, after = square((5, 9), (5, 9)), square((5, 9), (5, 13))
    found = compare_masks(before, after, spacing=(2.0, 0.5))
    assert (found.size_before, found.size_after, found.size_change) == (16, 32, 1)
    assert found.hausdorff_95 == 2
    assert (found.length_unit, found.size_unit) == ("mm", "mm2")


def test_stacks_compare_by_volume():
    before = square((5, 15), (5, 15), (4, 20, 20))
    after = before.copy()
    after[3] = 0
    found = compare_masks(before, after, spacing=(5.0, 1.0, 1.0))
    assert (found.size_before, found.size_after) == (pytest.approx(2.0), pytest.approx(1.5))
    assert found.size_change == pytest.approx(-0.25)
    assert (found.removed, found.added, found.size_unit) == (100, 0, "ml")
    assert compare_masks(before, after, spacing=(1.0, 1.0)).size_unit == "px"


def test_one_label_or_any_is_compared():
    before, after = square((5, 9), (5, 9)), square((5, 9), (5, 9), label=255)
    assert compare_masks(before, after).dice == 1
    found = compare_masks(before, after, 1)
    assert (found.dice, found.removed, found.added) == (0, 16, 0)


def test_empty_masks_agree_and_have_no_distance():
    empty, mask = np.zeros((20, 20), np.uint8), square((5, 9), (5, 9))
    both = compare_masks(empty, empty)
    assert (both.dice, both.iou, both.added, both.removed) == (1, 1, 0, 0)
    drawn = compare_masks(empty, mask)
    assert (drawn.dice, drawn.added) == (0, 16)
    assert np.isnan([both.hausdorff_95, both.size_change, drawn.hausdorff_95]).all()
    assert np.isnan(drawn.size_change)


@pytest.mark.slow
@given(pair=pairs)
@settings(max_examples=80)
def test_the_figures_are_those_of_the_metrics_and_the_difference_leads_from_one_to_the_other(pair):
    before, after = pair
    found = compare_masks(before, after)
    assert (found.dice, found.iou) == (dice(before, after), iou(before, after))
    assert found.hausdorff_95 == pytest.approx(hausdorff_95(before, after), nan_ok=True)
    result = (before != 0) & (found.difference != REMOVED) | (found.difference == ADDED)
    assert np.array_equal(result, after != 0)
    back = compare_masks(after, before)
    assert (back.added, back.removed) == (found.removed, found.added)
    twice = compare_masks(before, after, spacing=(2.0,) * before.ndim)
    assert twice.hausdorff_95 == pytest.approx(2 * found.hausdorff_95, nan_ok=True)


def test_what_cannot_be_compared_is_told_in_a_sentence():
    mask = square((5, 9), (5, 9))
    with pytest.raises(MaskError, match=r"shapes \(20, 20\) and \(20, 19\): choose two masks"):
        compare_masks(mask, mask[:, :19])
    with pytest.raises(MaskError, match="choose one from 1 to 255"):
        compare_masks(mask, mask, 0)
    with pytest.raises(MaskError, match="one positive number of mm an axis"):
        compare_masks(mask, mask, spacing=(np.nan, 1))
    with pytest.raises(MaskError, match="convert it to whole numbers"):
        compare_masks(mask * 0.5, mask)
