"""The probability maps that masks were cut from, kept as long as their layers."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray

Index = tuple[int | slice, ...]


@dataclass(frozen=True, eq=False)
class _Box:
    """What the network said of a box on a layer whose map is not known yet."""

    index: Index
    values: NDArray[np.float16]
    shape: tuple[int, ...]


_maps: WeakKeyDictionary[Labels, NDArray[np.float16]] = WeakKeyDictionary()
_boxes: WeakKeyDictionary[Labels, list[_Box]] = WeakKeyDictionary()


def keep_probability(labels: Labels, probability: NDArray[np.floating]) -> None:
    """Keep the map that a mask was cut from; an earlier one and its boxes are replaced.

    Parameters
    ----------
    labels : Labels
    probability : ndarray of float, as many values as the layer has pixels
        0..1; kept in half precision, whose steps are below 0.0005.
    """
    _boxes.pop(labels, None)
    _maps[labels] = probability.astype(np.float16).reshape(labels.data.shape)


def complete_probability(labels: Labels, probability: NDArray[np.floating]) -> None:
    """Keep the map of a mask that had none, under the boxes that were segmented before.

    Parameters
    ----------
    labels, probability
        See `keep_probability`.
    """
    boxes = _boxes.get(labels, [])
    keep_probability(labels, probability)
    for box in boxes:
        if box.shape == labels.data.shape:
            _maps[labels][box.index] = box.values


def keep_box(labels: Labels, index: Index, probability: NDArray[np.floating]) -> None:
    """Let a mask's map say in a box what the network said of that box.

    Where no map is known, the box waits for one: see `complete_probability`.

    Parameters
    ----------
    labels : Labels
    index : tuple of int and slice
        Where the box lies in the layer's data.
    probability : ndarray of float, the shape of that part
    """
    values = probability.astype(np.float16)
    known = probability_of(labels)
    if known is not None:
        known[index] = values
    else:
        _boxes.setdefault(labels, []).append(_Box(index, values, labels.data.shape))


def probability_of(labels: Labels | None) -> NDArray[np.float16] | None:
    """Find the map of a mask, in its layer's shape; None where none is known or fits."""
    kept = None if labels is None else _maps.get(labels)
    return kept if kept is not None and kept.shape == labels.data.shape else None
