"""How well classes and probabilities are told: accuracy, ROC, calibration."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_multicancer.training import resampling as resampled


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

    Examples
    --------
    >>> roc_auc([True, True, False, False], [0.9, 0.4, 0.4, 0.1])
    0.875
    """
    return float(resampled.roc_auc(positive, score, _once(score))[0])


def sensitivity_at_specificity(
    positive: ArrayLike, score: ArrayLike, specificity: float = 0.85
) -> float:
    """Highest sensitivity of any threshold on `score` that keeps a specificity.

    Parameters
    ----------
    positive : array_like of bool, shape (n,)
    score : array_like of float, shape (n,)
        A row counts as found from the threshold on.
    specificity : float
        Least share of the negatives that must stay below the threshold, 0..1.

    Returns
    -------
    float
        0..1; NaN where positives or negatives are absent.
    """
    counts = _once(score)
    return float(resampled.sensitivity_at_specificity(positive, score, specificity, counts)[0])


def balanced_accuracy(truth: ArrayLike, predicted: ArrayLike) -> float:
    """Mean over the classes present in `truth` of the share that was recognized, 0..1.

    Parameters
    ----------
    truth, predicted : array_like of int, shape (n,)
        Index of the class.

    Returns
    -------
    float

    Examples
    --------
    >>> balanced_accuracy([0, 0, 0, 1], [0, 0, 1, 1])
    0.8333333333333333
    """
    return float(resampled.balanced_accuracy(truth, predicted, _once(truth))[0])


def expected_calibration_error(confidence: ArrayLike, right: ArrayLike, bins: int = 15) -> float:
    """Gap between what a classifier claims and how often it is right (top label).

    Parameters
    ----------
    confidence : array_like of float, shape (n,)
        The winning class's probability, 0..1.
    right : array_like of bool, shape (n,)
        Whether the winning class is the true one.
    bins : int
        Number of bins of equal width over 0..1.

    Returns
    -------
    float
        0..1: over the bins, the mean of abs(accuracy - mean confidence), each
        bin weighted by its rows.

    References
    ----------
    Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3.

    Examples
    --------
    >>> round(expected_calibration_error([0.9, 0.9, 0.6], [True, True, False]), 3)
    0.267
    """
    counts = _once(confidence)
    return float(resampled.expected_calibration_error(confidence, right, counts, bins)[0])


def reliability(
    confidence: ArrayLike, right: ArrayLike, bins: int = 15
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Bin answers by confidence, for a reliability diagram.

    Parameters
    ----------
    confidence, right, bins
        As for `expected_calibration_error`, which is made of the same bins.

    Returns
    -------
    rows : ndarray of int64, shape (bins,)
        How many answers a bin holds.
    confidence : ndarray of float64, shape (bins,)
        Their mean confidence; NaN in an empty bin.
    accuracy : ndarray of float64, shape (bins,)
        The share of them that is right; NaN in an empty bin.
    """
    stated = np.asarray(confidence, np.float64)
    members = resampled.confidence_bins(stated, bins)[None] == np.arange(bins)[:, None]
    belongs = members.astype(np.float64)
    return (
        np.count_nonzero(members, axis=1).astype(np.int64),
        resampled.mean(stated, belongs),
        resampled.mean(right, belongs),
    )


def brier_scores(probabilities: ArrayLike, labels: ArrayLike) -> NDArray[np.float64]:
    """Brier score of each row: squared error of its probabilities, summed over the classes.

    Parameters
    ----------
    probabilities : array_like of float, shape (n, classes)
    labels : array_like of int, shape (n,)
        Index of the true class.

    Returns
    -------
    ndarray of float64, shape (n,)
        0 (certain and right) to 2 (certain and wrong).

    References
    ----------
    Brier 1950, "Verification of Forecasts Expressed in Terms of Probability".

    Examples
    --------
    >>> brier_scores([[1, 0], [0.5, 0.5]], [0, 0]).tolist()
    [0.0, 0.5]
    """
    stated = np.asarray(probabilities, np.float64)
    actual = np.eye(stated.shape[1])[np.asarray(labels, np.int64)]
    return np.asarray(((stated - actual) ** 2).sum(axis=1))


def _once(rows: ArrayLike) -> NDArray[np.float64]:
    return np.ones((1, len(np.asarray(rows))))
