"""What an answer that is not sure may claim."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

HIGHEST_UNSURE = 0.99
"""No class of an answer that is not sure claims more."""


def doubted(
    probabilities: NDArray[np.float64], threshold: float, familiar: bool
) -> NDArray[np.float64]:
    """Draw an answer that is not sure towards not knowing; the most probable class stays so.

    Of an unfamiliar scan half is not known: the probabilities are the mean of the
    network's and of equal ones. An answer below its threshold is mixed with equal
    ones as far as brings its highest probability to `HIGHEST_UNSURE`.

    Parameters
    ----------
    probabilities : ndarray, shape (classes,)
        They sum to 1.
    threshold : float
        Lowest winning probability that counts as an answer.
    familiar : bool
        Whether the scan is like those that the models learnt from.

    Returns
    -------
    ndarray, shape (classes,)
        They sum to 1.
    """
    equal = 1 / len(probabilities)
    highest = float(probabilities.max())
    share = 1.0 if familiar else 0.5
    if highest < threshold and highest > HIGHEST_UNSURE:
        share = min(share, (HIGHEST_UNSURE - equal) / (highest - equal))
    if share == 1:
        return probabilities
    return np.minimum(equal + share * (probabilities - equal), max(HIGHEST_UNSURE, equal))
