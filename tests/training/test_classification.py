"""Figures of classes and probabilities, and the intervals that resampling spans."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_multicancer.training import resampling as resampled
from napari_multicancer.training.classification import (
    balanced_accuracy,
    brier_scores,
    expected_calibration_error,
    reliability,
    roc_auc,
    sensitivity_at_specificity,
)
from napari_multicancer.training.resampling import bootstrap_interval


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
