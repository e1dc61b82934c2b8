import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_multicancer.core.masks import resampling as resampled
from napari_multicancer.core.masks.overlap import (
    balanced_accuracy,
    bootstrap_interval,
    brier_scores,
    dice,
    expected_calibration_error,
    hausdorff_95,
    iou,
    reliability,
    roc_auc,
    sensitivity_at_specificity,
    smoothed_pixel_dice,
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


def test_a_smoothed_pixel_dice_of_0_962_stands_beside_an_iou_of_0_55():
    truth, predicted = np.zeros(1000, bool), np.zeros(1000, bool)
    truth[:131] = True
    predicted[38:169] = True
    assert iou(truth, predicted) == pytest.approx(93 / 169)
    assert dice(truth, predicted) == pytest.approx(186 / 262)
    assert smoothed_pixel_dice(truth, predicted) == pytest.approx(0.962)


@given(MASKS, MASKS, st.sampled_from([1e-3, 1.0, 10.0]))
def test_smoothed_pixel_dice_is_the_mean_of_single_pixels(truth, predicted, smoothing):
    t, p = truth.astype(float), predicted.astype(float)
    by_pixel = (2 * t * p + smoothing) / (t + p + smoothing)
    assert smoothed_pixel_dice(truth, predicted, smoothing) == pytest.approx(by_pixel.mean())


@given(MASKS, MASKS)
def test_smoothed_pixel_dice_never_falls_below_one_half(truth, predicted):
    assert smoothed_pixel_dice(truth, predicted) >= 0.5


def test_hausdorff_distance_of_cases_counted_by_hand():
    one, other = np.zeros((20, 20), bool), np.zeros((20, 20), bool)
    one[3, 2] = other[6, 6] = True
    assert hausdorff_95(one, other) == 5
    assert hausdorff_95(one, one) == 0
    line, point = np.zeros((1, 25), bool), np.zeros((1, 25), bool)
    line[0, :20] = point[0, 0] = True
    distances = [0, *range(20)]
    assert hausdorff_95(line, point) == pytest.approx(np.percentile(distances, 95))


def test_only_surfaces_count_for_the_hausdorff_distance():
    truth, predicted = np.zeros((30, 30), bool), np.zeros((30, 30), bool)
    truth[5:25, 5:25] = True
    predicted[5:25, 5:25] = True
    predicted[14:16, 14:16] = False
    around_hole, surface = 8, 4 * 20 - 4
    to_truth = [8] * 4 + [9] * 4
    counted = [0] * (2 * surface) + to_truth
    assert len(to_truth) == around_hole
    assert hausdorff_95(truth, predicted) == pytest.approx(np.percentile(counted, 95))


@given(MASKS, MASKS)
def test_the_hausdorff_distance_is_symmetric_and_undefined_without_a_surface(truth, predicted):
    distance = hausdorff_95(truth, predicted)
    if truth.any() and predicted.any():
        assert distance == pytest.approx(hausdorff_95(predicted, truth))
        assert (distance == 0) or (dice(truth, predicted) < 1)
    else:
        assert np.isnan(distance)


def test_sensitivity_is_the_best_that_keeps_the_specificity():
    positive = [1, 1, 1, 1, 0, 0, 0, 0]
    score = [0.9, 0.8, 0.5, 0.2, 0.7, 0.4, 0.3, 0.1]
    assert sensitivity_at_specificity(positive, score, 1.0) == 0.5
    assert sensitivity_at_specificity(positive, score, 0.75) == 0.75
    assert sensitivity_at_specificity(positive, score, 0.74) == 0.75
    assert sensitivity_at_specificity(positive, score, 0.25) == 1.0
    assert sensitivity_at_specificity([1, 0], [0.5, 0.5], 0.85) == 0.0
    assert np.isnan(sensitivity_at_specificity([1, 1], [0.5, 0.6]))
    assert np.isnan(sensitivity_at_specificity([0, 0], [0.5, 0.6]))


def test_calibration_error_of_two_bins_counted_by_hand():
    confidence, right = [0.95, 0.97, 0.99, 0.61], [True, True, False, True]
    sure, unsure = abs((0.95 + 0.97 + 0.99) / 3 - 2 / 3), abs(0.61 - 1)
    expected = 3 / 4 * sure + 1 / 4 * unsure
    assert expected_calibration_error(confidence, right) == pytest.approx(expected)


def test_the_reliability_bins_make_up_the_calibration_error():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.3, 1, 500)
    right = rng.random(500) < confidence**2
    rows, stated, accuracy = reliability(confidence, right)
    assert rows.sum() == 500
    assert np.isnan(stated[0])
    gap = np.nansum(rows * np.abs(stated - accuracy)) / 500
    assert expected_calibration_error(confidence, right) == pytest.approx(gap)


def test_a_confidence_on_the_border_belongs_to_the_lower_bin():
    assert reliability([0.0, 0.5, 1.0], [1, 1, 1], bins=2)[0].tolist() == [2, 1]


def test_brier_scores_sum_over_the_classes():
    scores = brier_scores([[0.7, 0.2, 0.1], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]], [0, 1, 2])
    assert scores == pytest.approx([0.09 + 0.04 + 0.01, 0, 2])


def test_the_interval_resamples_groups_not_rows():
    values = np.repeat([0.0, 1.0], 50)

    def mean(counts):
        return resampled.mean(values, counts)

    by_row = bootstrap_interval(mean, [str(i) for i in range(100)])
    by_group = bootstrap_interval(mean, ["p"] * 50 + ["q"] * 50)
    assert by_group == (0.0, 1.0)
    assert 0.35 < by_row[0] < 0.5 < by_row[1] < 0.65


def test_one_group_alone_spans_no_interval():
    assert np.isnan(bootstrap_interval(lambda c: c.sum(axis=1), ["p", "p"])).all()


def test_the_interval_does_not_depend_on_how_many_resamples_are_taken_at_once(monkeypatch):
    values = np.arange(30.0)
    groups = [str(i % 7) for i in range(30)]
    at_once = bootstrap_interval(lambda c: resampled.mean(values, c), groups)
    monkeypatch.setattr(resampled, "_CELLS_AT_ONCE", 100)
    assert bootstrap_interval(lambda c: resampled.mean(values, c), groups) == at_once


RESAMPLED = [
    (lambda t, s, c: resampled.roc_auc(t, s, c), lambda t, s: roc_auc(t, s)),
    (
        lambda t, s, c: resampled.sensitivity_at_specificity(t, s, 0.6, c),
        lambda t, s: sensitivity_at_specificity(t, s, 0.6),
    ),
    (
        lambda t, s, c: resampled.balanced_accuracy(t, s > 0.5, c),
        lambda t, s: balanced_accuracy(t, s > 0.5),
    ),
    (
        lambda t, s, c: resampled.expected_calibration_error(s, t, c),
        lambda t, s: expected_calibration_error(s, t),
    ),
]


@pytest.mark.parametrize(("at_once", "one"), RESAMPLED)
def test_a_figure_of_many_resamples_is_that_of_the_rows_repeated(at_once, one):
    rng = np.random.default_rng(3)
    truth = rng.random(40) < 0.4
    score = np.round(rng.random(40), 1)
    counts = rng.integers(0, 4, (20, 40)).astype(float)
    counts[0] = truth
    expected = [one(np.repeat(truth, k), np.repeat(score, k)) for k in counts.astype(int)]
    assert at_once(truth, score, counts) == pytest.approx(expected, nan_ok=True)
