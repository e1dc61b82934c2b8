"""Figures of many bootstrap resamples at once, and the interval they span.

A resample is told by how often it drew each row: `counts`, shape
(resamples, n), float64. Every figure here has one value a resample, shape
(resamples,), and NaN where a resample drew nothing that it could stand on.
`classification` has the same figures of rows that count once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Statistic: TypeAlias = Callable[[Floats], Floats]
"""From counts, shape (resamples, n), to figures, shape (resamples,)."""

_CELLS_AT_ONCE = 4_000_000


def mean(values: ArrayLike, counts: Floats) -> Floats:
    """Mean of `values`, shape (n,); rows where it is NaN are left out."""
    numbers = np.asarray(values, np.float64)
    known = ~np.isnan(numbers)
    drawn = counts[:, known]
    return _ratio(drawn @ numbers[known], drawn.sum(axis=1))


def balanced_accuracy(truth: ArrayLike, predicted: ArrayLike, counts: Floats) -> Floats:
    """Mean over the classes drawn of the share that was recognised, 0..1."""
    actual, guess = np.asarray(truth), np.asarray(predicted)
    recalls = [mean(np.where(actual == c, guess == c, np.nan), counts) for c in np.unique(actual)]
    present = ~np.isnan(recalls)
    return _ratio(np.nansum(recalls, axis=0), present.sum(axis=0).astype(np.float64))


def roc_auc(positive: ArrayLike, score: ArrayLike, counts: Floats) -> Floats:
    """Area under the ROC curve, 0..1; equal scores count half."""
    hits, alarms = _by_falling_score(positive, score, counts)
    outranked = np.cumsum(hits, axis=1) - hits / 2
    return _ratio((alarms * outranked).sum(axis=1), hits.sum(axis=1) * alarms.sum(axis=1))


def sensitivity_at_specificity(
    positive: ArrayLike, score: ArrayLike, specificity: float, counts: Floats
) -> Floats:
    """Highest sensitivity, 0..1, at a threshold with at least this specificity."""
    hits, alarms = _by_falling_score(positive, score, counts)
    negatives = alarms.sum(axis=1, keepdims=True)
    allowed = np.cumsum(alarms, axis=1) <= (1 - specificity) * negatives + 1e-9
    found = np.where(allowed, np.cumsum(hits, axis=1), 0).max(axis=1, initial=0)
    return _ratio(np.where(negatives[:, 0] > 0, found, np.nan), hits.sum(axis=1))


def expected_calibration_error(
    confidence: ArrayLike, right: ArrayLike, counts: Floats, bins: int = 15
) -> Floats:
    """Mean gap, 0..1, between confidence and accuracy over bins of equal width."""
    stated = np.asarray(confidence, np.float64)
    excess = stated - np.asarray(right, np.float64)
    gaps = counts @ (np.eye(bins)[confidence_bins(stated, bins)] * excess[:, None])
    return _ratio(np.abs(gaps).sum(axis=1), counts.sum(axis=1))


def confidence_bins(confidence: Floats, bins: int) -> NDArray[np.int64]:
    """Sort confidences, 0..1, into bins of equal width, each closed at its upper end."""
    return np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)


def bootstrap_interval(
    statistic: Statistic,
    groups: Sequence[str],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """95 % percentile interval of a statistic, resampling whole groups (patients).

    Parameters
    ----------
    statistic : callable
        Takes how often each row is drawn, shape (resamples, n), and gives one
        figure a resample. Where that is NaN (a class was not drawn) the
        resample is left out.
    groups : sequence of str, length n
        The group of each row.
    resamples : int
    seed : int

    Returns
    -------
    low, high : float
        NaN where there are fewer than two groups: nothing can be said then.

    References
    ----------
    Efron and Tibshirani 1993, "An Introduction to the Bootstrap".
    """
    rng = np.random.default_rng(seed)
    names, members = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) < 2:
        return float("nan"), float("nan")
    at_once = max(1, _CELLS_AT_ONCE // len(members))
    values = [
        statistic(_draw(rng, min(at_once, resamples - start), len(names))[:, members])
        for start in range(0, resamples, at_once)
    ]
    low, high = np.nanpercentile(np.concatenate(values), (2.5, 97.5))
    return float(low), float(high)


def _draw(rng: np.random.Generator, resamples: int, groups: int) -> Floats:
    """Draw as many groups as there are, with replacement: counts, shape (resamples, groups)."""
    drawn = rng.integers(groups, size=(resamples, groups))
    drawn += groups * np.arange(resamples)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=resamples * groups)
    return counts.reshape(resamples, groups).astype(np.float64)


def _by_falling_score(
    positive: ArrayLike, score: ArrayLike, counts: Floats
) -> tuple[Floats, Floats]:
    """Positives and negatives drawn at each distinct score, each (resamples, scores)."""
    is_positive = np.asarray(positive, bool)
    scores, rank = np.unique(-np.asarray(score, np.float64), return_inverse=True)
    order = np.argsort(rank, kind="stable")
    starts = np.searchsorted(rank[order], np.arange(len(scores)))
    hits = np.add.reduceat(counts[:, order] * is_positive[order], starts, axis=1)
    alarms = np.add.reduceat(counts[:, order] * ~is_positive[order], starts, axis=1)
    return hits, alarms


def _ratio(above: Floats, below: Floats) -> Floats:
    ratio = np.full(below.shape, np.nan)
    np.divide(above, below, out=ratio, where=below > 0)
    return ratio
