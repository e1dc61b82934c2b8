"""The mean of several trainings' weights: one network that often does better than each.

Source: Wortsman et al. 2022, "Model soups: averaging weights of multiple
fine-tuned models improves accuracy without increasing inference time", ICML.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import DataError
from napari_multicancer.training.start import ENDING, read_start


def mean_weights(checkpoints: Sequence[Path]) -> list[NDArray[Any]]:
    """Average checkpoints of one network, weight by weight.

    Parameters
    ----------
    checkpoints : sequence of Path
        At least one, all of runs that started from the same weights; also what
        `write_start` has written.

    Returns
    -------
    list of ndarray
        As `keras.Model.set_weights` takes them.

    Raises
    ------
    DataError
        They are not of the same network.
    """
    first, *others = checkpoints
    total = [np.array(w) for w in _weights(first)]
    for path in others:
        weights = _weights(path)
        if [w.shape for w in weights] != [w.shape for w in total]:
            raise DataError(f"{path} holds another network than {first}: average like with like.")
        for sum_, weight in zip(total, weights, strict=True):
            sum_ += weight
    return [w / len(checkpoints) for w in total]


def _weights(path: Path) -> list[NDArray[Any]]:
    if path.name.endswith(ENDING):
        return list(read_start(path))
    return list(keras.models.load_model(path, compile=False).get_weights())
