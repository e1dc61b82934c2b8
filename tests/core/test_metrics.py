import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_multicancer.core.metrics import (
    balanced_accuracy,
    bootstrap_interval,
    dice,
    iou,
    roc_auc,
)

MASKS = arrays(bool, (6, 7))


@given(MASKS, MASKS)
def test_dice_and_iou_hold_their_identity(truth, predicted):
    overlap = iou(truth, predicted)
    assert dice(truth, predicted) == pytest.approx(2 * overlap / (1 + overlap))


def test_dice_and_iou_of_a_case_counted_by_hand():
    truth, predicted = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    truth[0, :3] = True
    predicted[0, 1:] = True
    assert dice(truth, predicted) == pytest.approx(4 / 6)
    assert iou(truth, predicted) == pytest.approx(2 / 4)


def test_background_does_not_count_as_agreement():
    truth, predicted = np.zeros((100, 100), bool), np.zeros((100, 100), bool)
    truth[0, 0] = predicted[99, 99] = True
    assert dice(truth, predicted) == 0


def test_two_empty_masks_agree_and_other_shapes_are_refused():
    empty = np.zeros((3, 3), bool)
    assert dice(empty, empty) == iou(empty, empty) == 1
    with pytest.raises(ValueError, match="cannot be compared"):
        dice(empty, np.zeros((3, 4), bool))


def test_auc_counts_pairs_and_halves_ties():
    assert roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) == pytest.approx(0.75)
    assert roc_auc([0, 1], [0.5, 0.5]) == 0.5
    assert np.isnan(roc_auc([1, 1], [0.1, 0.2]))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=30))
def test_auc_agrees_with_counting_every_pair(cases):
    positive = [score for is_positive, score in cases if is_positive]
    negative = [score for is_positive, score in cases if not is_positive]
    auc = roc_auc([c[0] for c in cases], [c[1] for c in cases])
    if not positive or not negative:
        assert np.isnan(auc)
        return
    wins = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
    assert auc == pytest.approx(np.mean(wins))


def test_balanced_accuracy_weighs_classes_alike():
    truth = ["a"] * 9 + ["b"]
    assert balanced_accuracy(truth, ["a"] * 10) == 0.5


def test_the_interval_resamples_groups_not_rows():
    values = np.repeat([0.0, 1.0], 50)
    by_row = bootstrap_interval(lambda i: values[i].mean(), [str(i) for i in range(100)])
    by_group = bootstrap_interval(lambda i: values[i].mean(), ["p"] * 50 + ["q"] * 50)
    assert by_group == (0.0, 1.0)
    assert 0.35 < by_row[0] < 0.5 < by_row[1] < 0.65
