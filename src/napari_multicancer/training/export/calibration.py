"""Temperature and thresholds of a model, chosen on the validation split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from napari_multicancer.core.analysis.analyze import outline
from napari_multicancer.core.masks.overlap import dice
from napari_multicancer.core.models.cards import ModelCard
from napari_multicancer.core.planes.letterbox import Letterbox

CONFIDENT_ACCURACY = 0.95
UNSEEN_ACCURACY = 0.90
"""What is asked of sure answers on sources that training did not see."""
FAMILIAR_SHARE = 0.995
"""How many of the organs' validation scans must pass as familiar: half of the hundredth that may
be refused, as the classes refuse some too."""
TEMPERATURES = (0.25, 8.0)
MASK_THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)
NO_LESION_THRESHOLDS = (0.5, 0.7, 0.8, 0.9, 0.95, 1.1)
SMALLEST_LESIONS = (0, 25, 50, 100)
DICE_WEIGHT = 0.75
"""How much overlap counts in `choose_mask_rules`; the rest is for silence on healthy scans."""


def source_weights(sources: Sequence[str] | NDArray[np.object_]) -> NDArray[np.float64]:
    """Weigh scans so that each source counts the same; the weights sum to 1."""
    _, member, counts = np.unique(np.asarray(sources), return_inverse=True, return_counts=True)
    return np.asarray(1 / counts[member] / len(counts))


def fit_temperature(
    logits: NDArray[np.float32],
    labels: NDArray[np.int64],
    weights: NDArray[np.float64] | None = None,
) -> float:
    """Find the temperature that makes probabilities most likely.

    Parameters
    ----------
    logits : ndarray, shape (n, classes)
    labels : ndarray of int, shape (n,)
    weights : ndarray, shape (n,), optional
        How much each scan counts; all the same unless given.

    Returns
    -------
    float

    References
    ----------
    Guo et al. 2017, "On Calibration of Modern Neural Networks".
    """

    def loss(temperature: float) -> float:
        log_probabilities = log_softmax(logits.astype(np.float64) / temperature, axis=1)
        told = log_probabilities[np.arange(len(labels)), labels]
        return float(-np.average(told, weights=weights))

    return float(minimize_scalar(loss, bounds=TEMPERATURES, method="bounded").x)


def fit_confidence(
    probabilities: NDArray[np.float64],
    labels: NDArray[np.int64],
    weights: NDArray[np.float64] | None = None,
    accuracy: float = CONFIDENT_ACCURACY,
    *,
    each_answer: bool = False,
) -> float:
    """Find the lowest winning probability from which on 95 % of the answers are right.

    Parameters
    ----------
    probabilities : ndarray, shape (n, classes)
    labels : ndarray of int, shape (n,)
    weights : ndarray, shape (n,), optional
        How much each scan counts; all the same unless given.
    accuracy : float
        The share of answers that are to be right, if not 95 %.
    each_answer : bool
        So many are to be right of those that name each class, not of all together: many
        healthy scans that are easy hide lesions that are taken for healthy.

    Returns
    -------
    float
        A whole number of hundredths, at least chance; the highest winning
        probability seen where no threshold gets there.
    """
    winning, answers = probabilities.max(axis=1), probabilities.argmax(axis=1)
    right = answers == labels
    weights = np.ones(len(labels)) if weights is None else weights
    groups = [answers == c for c in np.unique(answers)] if each_answer else [winning > 0]

    def holds(threshold: float) -> bool:
        sure = [group & (winning >= threshold) for group in groups]
        told = [part for part in sure if part.any()]
        shares = [np.average(right[part], weights=weights[part]) for part in told]
        return bool(shares) and min(shares) >= accuracy

    floor = int(np.ceil(100 / probabilities.shape[1]))
    found = (percent / 100 for percent in range(floor, 101) if holds(percent / 100))
    return next(found, float(winning.max()))


def fit_unfamiliar_distance(distances: NDArray[np.float32]) -> float:
    """Find the distance within which 99.5 % of scans of the organs lie.

    Parameters
    ----------
    distances : ndarray, shape (n,)
        Of validation scans of organs that the recognizer knows.

    Returns
    -------
    float
        Rounded to thousandths.
    """
    return round(float(np.quantile(distances, FAMILIAR_SHARE)), 3)


def choose_mask_rules(
    card: ModelCard,
    maps: NDArray[np.float32],
    no_lesion: NDArray[np.float64],
    truths: NDArray[np.uint8],
) -> ModelCard:
    """Choose how a probability map is cut to a mask.

    Every combination of thresholds is scored by three quarters of the mean Dice
    over scans with a lesion and one quarter of the share of scans without one
    whose mask stays empty.

    Parameters
    ----------
    card : ModelCard
    maps : ndarray of float32, shape (n, size, size)
        Lesion probabilities at network size, refined as the card asks, 0..1.
    no_lesion : ndarray, shape (n,)
        Calibrated probability of the class "no lesion".
    truths : ndarray of uint8, shape (n, size, size)
        True masks at network size.

    Returns
    -------
    ModelCard
        The card with the best thresholds.
    """
    size = card.input_size
    box = Letterbox.fit(size, size, size)
    has_lesion = truths.any(axis=(1, 2))
    best_score, best_card = -np.inf, card
    for mask, smallest in product(MASK_THRESHOLDS, SMALLEST_LESIONS):
        ungated = replace(
            card, mask_threshold=mask, smallest_lesion=smallest, no_lesion_threshold=1.1
        )
        overlap = np.array(
            [
                dice(truth, outline(lesion, p, box, ungated))
                for lesion, p, truth in zip(maps, no_lesion, truths, strict=True)
            ]
        )
        for gate in NO_LESION_THRESHOLDS:
            gated = np.where(no_lesion >= gate, ~has_lesion, overlap)
            score = DICE_WEIGHT * gated[has_lesion].mean()
            score += (1 - DICE_WEIGHT) * gated[~has_lesion].mean() if (~has_lesion).any() else 0
            if score > best_score:
                best_score, best_card = score, replace(ungated, no_lesion_threshold=gate)
    return best_card


def class_probabilities(logits: NDArray[np.float32], temperature: float) -> NDArray[np.float64]:
    """Turn logits, shape (n, classes), into calibrated probabilities."""
    return np.asarray(softmax(logits.astype(np.float64) / temperature, axis=1))
