"""The probability maps that masks were cut from, kept as long as their layers."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray

_maps: WeakKeyDictionary[Labels, NDArray[np.float16]] = WeakKeyDictionary()


def keep_probability(labels: Labels, probability: NDArray[np.floating]) -> None:
    """Keep the map of a mask; an earlier one is replaced.

    Parameters
    ----------
    labels : Labels
    probability : ndarray of float, as many values as the layer has pixels
        0..1; kept in half precision, whose steps are below 0.0005.
    """
    _maps[labels] = probability.astype(np.float16).reshape(labels.data.shape)


def probability_of(labels: Labels | None) -> NDArray[np.float16] | None:
    """Find the map of a mask, in its layer's shape; None where none is known or fits."""
    kept = None if labels is None else _maps.get(labels)
    return kept if kept is not None and kept.shape == labels.data.shape else None
