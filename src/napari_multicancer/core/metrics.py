"""Figures of merit: one definition for training, evaluation and widgets.

Dice and IoU are taken an image, over the foreground alone, on thresholded
masks, so that Dice = 2 IoU / (1 + IoU) holds for every one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata


def dice(truth: NDArray[np.generic], predicted: NDArray[np.generic]) -> float:
    """Dice coefficient of two masks of one shape, 0..1; two empty masks agree fully: 1."""
    truth, predicted = _as_masks(truth, predicted)
    total = np.count_nonzero(truth) + np.count_nonzero(predicted)
    return 1.0 if total == 0 else 2 * np.count_nonzero(truth & predicted) / total


def iou(truth: NDArray[np.generic], predicted: NDArray[np.generic]) -> float:
    """Intersection over union of two masks of one shape, 0..1; two empty masks: 1."""
    truth, predicted = _as_masks(truth, predicted)
    union = np.count_nonzero(truth | predicted)
    return 1.0 if union == 0 else np.count_nonzero(truth & predicted) / union


def _as_masks(
    truth: NDArray[np.generic], predicted: NDArray[np.generic]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    if truth.shape != predicted.shape:
        raise ValueError(f"masks of {truth.shape} and {predicted.shape} cannot be compared")
    return truth.astype(bool), predicted.astype(bool)


def roc_auc(positive: ArrayLike, score: ArrayLike) -> float:
    """Area under the ROC curve: the chance that a positive outranks a negative (ties count half).

    Parameters
    ----------
    positive : array_like of bool, shape (n,)
    score : array_like of float, shape (n,)

    Returns
    -------
    float
        NaN where one of the two kinds is absent.
    """
    is_positive = np.asarray(positive, bool)
    n_positive = int(is_positive.sum())
    n_negative = is_positive.size - n_positive
    if n_positive == 0 or n_negative == 0:
        return float("nan")
    rank_sum = rankdata(np.asarray(score, float))[is_positive].sum()
    return float((rank_sum - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def balanced_accuracy(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Mean over the classes present in `truth` of the share that was recognised, 0..1."""
    actual, guess = np.asarray(truth), np.asarray(predicted)
    return float(np.mean([np.mean(guess[actual == c] == c) for c in np.unique(actual)]))


def bootstrap_interval(
    statistic: Callable[[NDArray[np.int64]], float],
    groups: Sequence[str],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """95 % percentile interval of a statistic, resampling whole groups (patients).

    Parameters
    ----------
    statistic : callable
        Takes row indices, shape (k,), and returns a float. Where it returns
        NaN (a class was not drawn) the resample is left out.
    groups : sequence of str, length n
        The group of each row.
    resamples : int
    seed : int

    Returns
    -------
    low, high : float

    References
    ----------
    Efron and Tibshirani 1993, "An Introduction to the Bootstrap".
    """
    rng = np.random.default_rng(seed)
    _, inverse = np.unique(np.asarray(groups), return_inverse=True)
    members = [np.flatnonzero(inverse == g) for g in range(inverse.max() + 1)]
    values = []
    for _ in range(resamples):
        drawn = rng.integers(len(members), size=len(members))
        values.append(statistic(np.concatenate([members[g] for g in drawn])))
    low, high = np.nanpercentile(values, (2.5, 97.5))
    return float(low), float(high)
