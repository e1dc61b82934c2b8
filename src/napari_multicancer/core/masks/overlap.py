"""Figures of merit: one definition for training, evaluation and widgets.

Dice and IoU are taken an image, over the foreground alone, on thresholded
masks, so that Dice = 2 IoU / (1 + IoU) holds for every one of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from napari_multicancer.core.masks import resampling as resampled
from napari_multicancer.core.masks.resampling import bootstrap_interval

__all__ = [
    "balanced_accuracy",
    "bootstrap_interval",
    "brier_scores",
    "dice",
    "expected_calibration_error",
    "hausdorff_95",
    "iou",
    "reliability",
    "roc_auc",
    "sensitivity_at_specificity",
    "smoothed_pixel_dice",
]


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


def smoothed_pixel_dice(
    truth: NDArray[np.generic], predicted: NDArray[np.generic], smoothing: float = 1.0
) -> float:
    """Dice coefficient taken pixel by pixel with smoothing, then averaged over the picture.

    A pixel with truth t and prediction p scores (2 t p + s) / (t + p + s). That
    is what a Keras loss computes when it sums over the last axis of a mask of
    shape (row, column, 1): each pixel by itself. Background on which both agree
    scores 1, and a pixel that is wrong still s / (1 + s), so with s = 1

        smoothed pixel Dice = 1 - (wrong pixels) / (2 pixels),

    which is high wherever the lesion is small against the picture. A lesion
    that fills 15 % of a picture scores 0.925 when it is missed altogether. It
    measures no overlap and is here for comparison with published figures only;
    the figure to go by is `dice`.

    Parameters
    ----------
    truth, predicted : ndarray of one shape
        Masks: 0 outside, anything else on the lesion.
    smoothing : float
        s, above 0.

    Returns
    -------
    float
        0..1.
    """
    truth, predicted = _as_masks(truth, predicted)
    wrong = np.count_nonzero(truth ^ predicted) / max(1, truth.size)
    return 1.0 - wrong / (1.0 + smoothing)


def hausdorff_95(
    truth: NDArray[np.generic],
    predicted: NDArray[np.generic],
    spacing: Sequence[float] | None = None,
) -> float:
    """95th percentile of the symmetric surface distances of two masks.

    The surface of a mask is its pixels with a neighbour (4 in the plane, 6 in a
    volume) outside, the picture's edge being outside. The distances from every
    surface pixel of each mask to the nearest one of the other are put together,
    and their 95th percentile taken, as MedPy's ``hd95`` does. (MONAI takes the
    larger one of two percentiles, one a direction, which is never smaller.)

    Parameters
    ----------
    truth, predicted : ndarray of one shape
        Masks: 0 outside, anything else on the lesion.
    spacing : sequence of float, optional
        Size of a voxel along each axis.

    Returns
    -------
    float
        In the unit of the spacing, without one in pixels; NaN where a mask is
        empty: it has no surface.

    References
    ----------
    Huttenlocher et al. 1993, "Comparing Images Using the Hausdorff Distance".
    """
    truth, predicted = _as_masks(truth, predicted)
    if not truth.any() or not predicted.any():
        return float("nan")
    box = ndimage.find_objects((truth | predicted).astype(np.uint8))[0]
    ours, theirs = _surface(truth[box]), _surface(predicted[box])
    to_ours = ndimage.distance_transform_edt(~ours, spacing)[theirs]
    to_theirs = ndimage.distance_transform_edt(~theirs, spacing)[ours]
    return float(np.percentile(np.concatenate([to_ours, to_theirs]), 95))


def _surface(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(mask & ~ndimage.binary_erosion(mask), bool)


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
    """Mean over the classes present in `truth` of the share that was recognised, 0..1."""
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
    """
    stated = np.asarray(probabilities, np.float64)
    actual = np.eye(stated.shape[1])[np.asarray(labels, np.int64)]
    return np.asarray(((stated - actual) ** 2).sum(axis=1))


def _once(rows: ArrayLike) -> NDArray[np.float64]:
    return np.ones((1, len(np.asarray(rows))))
