"""Samples drawn by weight and handed to Keras in batches, with how to change them."""

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

from napari_multicancer.training.data.samples import Samples
from napari_multicancer.training.fit.augmentation import draw_changes
from napari_multicancer.training.fit.augmented import LESION
from napari_multicancer.training.fit.crops import Window, around_lesion, beside_lesion
from napari_multicancer.training.recipe import TaskConfig


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
    """Endless variety from `Samples`: drawn by weight, with the changes each is to undergo.

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
        return max(1, self._config.repeats * len(self._samples) // self._config.batch_size)

    def on_epoch_end(self) -> None:
        """Draw the next epoch's pictures."""
        self._epoch += 1
        self._order = self._draw()

    def __getitem__(self, index: int) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        size = self._config.batch_size
        chosen = self._order[index * size : (index + 1) * size]
        rng = np.random.default_rng((self._config.seed, self._epoch, index))
        return self._batch(chosen, rng)

    def _draw(self) -> NDArray[np.int64]:
        rng = np.random.default_rng((self._config.seed, self._epoch))
        total = len(self._samples)
        wanted = max(self._config.repeats * total, self._config.batch_size)
        return rng.choice(total, size=wanted, p=self._weights)

    def _batch(
        self, chosen: Sequence[int] | NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        samples, config = self._samples, self._config
        labels, changes = self._changed(chosen, rng)
        pictures = {
            "image": np.stack([self._picture(index, rng) for index in chosen]),
            "mask": samples.masks[chosen],
        }
        weights = {config.label: np.ones(len(chosen), np.float32)}
        if config.has_lesions:
            weights[LESION] = samples.has_mask[chosen].astype(np.float32)
        return pictures | changes, {config.label: labels}, weights

    def _changed(
        self, chosen: Sequence[int] | NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
        """Draw what is to be done to pictures, and say what they then show."""
        labels, changes = self._samples.labels[chosen], []
        for place, index in enumerate(chosen):
            window, is_healthy = self._window(index, rng)
            if is_healthy:
                labels[place] = 0
            changes.append(draw_changes(self._config.size, self._config, rng, window))
        return labels, {name: np.stack([c[name] for c in changes]) for name in changes[0]}

    def _window(self, index: int, rng: np.random.Generator) -> tuple[Window | None, bool]:
        """Choose the part of a picture to show, if not all; say whether it is a healthy one."""
        if rng.random() >= self._config.crop_probability:
            return None, False
        mask = self._samples.masks[index]
        if rng.random() < 0.5:
            window = beside_lesion(mask, self._samples.boxes[index].inner, rng)
            return window, window is not None
        return around_lesion(mask, rng), False

    def _picture(self, index: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Give a picture, now and then in the intensities of another, as of another scanner."""
        images = self._samples.images
        if rng.random() >= self._config.mix_probability:
            return images[index]
        model = images[rng.integers(len(images))]
        return match_histograms(images[index], model).astype(np.uint8)
