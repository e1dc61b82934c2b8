"""How good a network is, between epochs: its outputs on scans, and one score of them."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.masks.overlap import dice
from napari_multicancer.training.classification import balanced_accuracy
from napari_multicancer.training.data.samples import UNKNOWN, Samples
from napari_multicancer.training.recipe import TaskConfig


def predict(
    model: keras.Model, images: NDArray[np.uint8], batch_size: int = 16
) -> dict[str, NDArray[np.float32]]:
    """Run the network over letterboxed pictures, shape (n, size, size, 3), in 0..255."""
    parts = [
        model.predict_on_batch(images[start : start + batch_size].astype(np.float32))
        for start in range(0, len(images), batch_size)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def validate(model: keras.Model, samples: Samples, config: TaskConfig) -> dict[str, float]:
    """Score a network on samples; see `score`."""
    return score(predict(model, samples.images), samples, config)


def score(
    outputs: Mapping[str, NDArray[np.float32]], samples: Samples, config: TaskConfig
) -> dict[str, float]:
    """Score a network's outputs, at network size, at a mask threshold of one half.

    Returns
    -------
    dict of str to float
        ``balanced_accuracy``; for tasks with lesions also ``dice``, the mean
        over pictures that show an outlined lesion, and ``empty_masks``, the share of
        pictures without lesion whose mask stays below 50 px, where there are
        such; and ``score``, the mean of them all, by which epochs are compared.
    """
    told = samples.labels != UNKNOWN
    answers = outputs[config.label].argmax(-1)
    figures: dict[str, float] = {}
    if told.any():
        figures["balanced_accuracy"] = balanced_accuracy(samples.labels[told], answers[told])
    if config.has_lesions:
        masks = outputs["lesion"][..., 0] > 0
        if (has_lesion := samples.masks.any(axis=(1, 2))).any():
            figures["dice"] = float(
                np.mean([dice(samples.masks[i], masks[i]) for i in np.flatnonzero(has_lesion)])
            )
        if (healthy := samples.labels == 0).any():
            figures["empty_masks"] = float(np.mean(masks[healthy].sum(axis=(1, 2)) < 50))
    return figures | {"score": float(np.mean(list(figures.values())))}
