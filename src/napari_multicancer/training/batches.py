"""Samples drawn by weight, augmented and handed to Keras in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from skimage.exposure import match_histograms

from napari_multicancer.training.augmentation import augment
from napari_multicancer.training.config import TaskConfig
from napari_multicancer.training.datasets import Samples


def sampling_weights(rows: pd.DataFrame, config: TaskConfig) -> NDArray[np.float64]:
    """Chance of each row to be drawn: rare kinds of picture more often, by the square root.

    A kind is a class within a source; for pictures of no organ, what they show.
    Sources and folders that the recipe stresses come up more often still.
    """
    kinds = [
        (row["group"] if row["organ"] == "other" else row["source"], row[config.label])
        for _, row in rows.iterrows()
    ]
    counts = Counter(kinds)
    stress = [_stress(row, config.emphasis) for _, row in rows.iterrows()]
    weights = np.array([counts[kind] ** -0.5 for kind in kinds]) * stress
    return weights / weights.sum()


def _stress(row: pd.Series, emphasis: Mapping[str, float]) -> float:
    """Multiply what the recipe says of a picture's source and of its folders in the data set."""
    names = {row["source"], *PurePosixPath(row.get("original", "")).parts[:-1]}
    return float(np.prod([emphasis.get(name, 1.0) for name in names]))


class AugmentedBatches(keras.utils.PyDataset):
    """Endless variety from `Samples`: drawn by weight, augmented, in batches.

    What an epoch holds depends on the seed and the epoch's number alone, so a
    resumed run sees what an unbroken one would have seen.
    """

    def __init__(self, samples: Samples, config: TaskConfig, first_epoch: int = 0) -> None:
        super().__init__(workers=1, max_queue_size=8)
        self._samples = samples
        self._config = config
        self._weights = sampling_weights(samples.rows, config)
        self._epoch = first_epoch
        self._order = self._draw()

    def __len__(self) -> int:
        return max(1, len(self._samples) // self._config.batch_size)

    def on_epoch_end(self) -> None:
        """Draw the next epoch's pictures."""
        self._epoch += 1
        self._order = self._draw()

    def __getitem__(self, index: int) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        size = self._config.batch_size
        chosen = self._order[index * size : (index + 1) * size]
        rng = np.random.default_rng((self._config.seed, self._epoch, index))
        return self._batch(chosen, rng)

    def _draw(self) -> NDArray[np.int64]:
        rng = np.random.default_rng((self._config.seed, self._epoch))
        total = len(self._samples)
        return rng.choice(total, size=max(total, self._config.batch_size), p=self._weights)

    def _batch(
        self, chosen: Sequence[int] | NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        samples, config = self._samples, self._config
        pairs = [augment(self._picture(i, rng), samples.masks[i], config, rng) for i in chosen]
        images = np.stack([image for image, _ in pairs])
        targets: dict[str, Any] = {config.label: samples.labels[chosen]}
        weights: dict[str, Any] = {config.label: np.ones(len(chosen), np.float32)}
        if config.has_lesions:
            targets["lesion"] = np.stack([mask for _, mask in pairs])[..., None]
            weights["lesion"] = samples.has_mask[chosen].astype(np.float32)
        return images, targets, weights

    def _picture(self, index: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Give a picture, now and then in the intensities of another, as of another scanner."""
        images = self._samples.images
        if rng.random() >= self._config.mix_probability:
            return images[index]
        model = images[rng.integers(len(images))]
        return match_histograms(images[index], model).astype(np.uint8)
