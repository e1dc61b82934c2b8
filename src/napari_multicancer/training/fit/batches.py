"""Samples drawn by weight and handed to Keras in batches, with how to change them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from skimage.exposure import match_histograms

from napari_multicancer.training.data.samples import UNKNOWN, Samples
from napari_multicancer.training.fit.appearance import change_appearance
from napari_multicancer.training.fit.augmentation import draw_changes
from napari_multicancer.training.fit.augmented import LESION
from napari_multicancer.training.fit.crops import Window, around_lesion, beside_lesion
from napari_multicancer.training.fit.sampling import sampling_weights
from napari_multicancer.training.recipe import TaskConfig


def steps_an_epoch(samples: Samples, config: TaskConfig) -> int:
    """Count the batches of an epoch: as the recipe says, else as many as the scans make."""
    as_many = config.repeats * len(samples) // config.batch_size
    return config.epoch_steps or max(1, as_many)


class AugmentedBatches(keras.utils.PyDataset):
    """Endless variety from `Samples`: drawn by weight, with the changes each is to undergo.

    What an epoch holds depends on the seed and the epoch's number alone, so a
    resumed run sees what an unbroken one would have seen.

    Parameters
    ----------
    samples : Samples
    config : TaskConfig
    first_epoch : int
        Epochs that have been seen.
    first_step : int
        Steps of the first epoch that have been seen; it is so much shorter.
    """

    def __init__(
        self, samples: Samples, config: TaskConfig, first_epoch: int = 0, first_step: int = 0
    ) -> None:
        super().__init__(workers=1, max_queue_size=8)
        self._samples = samples
        self._config = config
        self._weights = sampling_weights(samples.rows, config)
        self._epoch = first_epoch
        self._first_step = first_step
        self._order = self._draw()

    def __len__(self) -> int:
        return steps_an_epoch(self._samples, self._config) - self._first_step

    def on_epoch_end(self) -> None:
        """Draw the next epoch's pictures."""
        self._epoch += 1
        self._first_step = 0
        self._order = self._draw()

    def __getitem__(self, index: int) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        size, index = self._config.batch_size, index + self._first_step
        chosen = self._order[index * size : (index + 1) * size]
        rng = np.random.default_rng((self._config.seed, self._epoch, index))
        return self._batch(chosen, rng)

    def _draw(self) -> NDArray[np.int64]:
        rng = np.random.default_rng((self._config.seed, self._epoch))
        wanted = steps_an_epoch(self._samples, self._config) * self._config.batch_size
        return rng.choice(len(self._samples), size=wanted, p=self._weights)

    def _batch(
        self, chosen: Sequence[int] | NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        samples, config = self._samples, self._config
        labels, changes = self._changed(chosen, rng)
        pictures = {
            "image": np.stack([self._picture(index, rng) for index in chosen]),
            "mask": samples.masks[chosen],
        }
        weights = {config.label: (labels != UNKNOWN).astype(np.float32)}
        if config.has_lesions:
            weights[LESION] = samples.has_mask[chosen].astype(np.float32)
        return pictures | changes, {config.label: np.maximum(labels, 0)}, weights

    def _changed(
        self, chosen: Sequence[int] | NDArray[np.int64], rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], dict[str, NDArray[Any]]]:
        """Draw what is to be done to pictures, and say what they then show, `UNKNOWN` if so."""
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
        """Give a picture, now and then as another scanner would show it."""
        images = self._samples.images
        picture = images[index]
        if rng.random() < self._config.mix_probability:
            model = images[rng.integers(len(images))]
            picture = match_histograms(picture, model).astype(np.uint8)
        inner = self._samples.boxes[index].inner
        return change_appearance(picture, inner, self._config, rng)
