"""How far two masks agree: one definition for training, evaluation and the window.

Dice and IoU are taken an image, over the foreground alone, on thresholded
masks, so that Dice = 2 IoU / (1 + IoU) holds for every one of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


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
