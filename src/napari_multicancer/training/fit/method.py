"""How each kind of network is trained: what it sees, what it learns by, and how it is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from napari_multicancer.training.data.samples import Samples
from napari_multicancer.training.fit import losses
from napari_multicancer.training.fit.augmented import LESION, Augmented
from napari_multicancer.training.fit.batches import AugmentedBatches, steps_an_epoch
from napari_multicancer.training.fit.clicking import (
    ClickBatches,
    Clicked,
    judge_clicks,
    steps_of,
)
from napari_multicancer.training.fit.judge import validate
from napari_multicancer.training.recipe import TaskConfig

WARM_UP_SHARE = 0.05


def compile_for_training(network: keras.Model, config: TaskConfig, steps: int) -> None:
    """Give the network its losses and AdamW on a cosine schedule of `steps` steps."""
    warm_up = max(1, int(steps * WARM_UP_SHARE))
    schedule = keras.optimizers.schedules.CosineDecay(
        config.learning_rate / 20,
        max(1, steps - warm_up),
        warmup_target=config.learning_rate,
        warmup_steps=warm_up,
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=config.weight_decay)
    _compile(network, optimizer, config)


@dataclass(frozen=True)
class Method:
    """How a kind of network is trained.

    Attributes
    ----------
    wrap : callable
        Puts a compiled network into what `fit` trains, which holds it as ``network``.
    batches : callable
        Of the training scans, the recipe, the network, and the epoch and step to begin with.
    judge : callable
        Of the network, the validation scans and the recipe: figures, among them ``score``.
    steps : callable
        Of the training scans and the recipe: the batches of an epoch.
    """

    wrap: Callable[[keras.Model, TaskConfig], keras.Model]
    batches: Callable[[Any, TaskConfig, keras.Model, int, int], keras.utils.PyDataset]
    judge: Callable[[keras.Model, Any, TaskConfig], dict[str, float]]
    steps: Callable[[Any, TaskConfig], int]


def method_of(config: TaskConfig) -> Method:
    """Say how a recipe's network is trained."""
    if config.answers_clicks:
        return Method(_judged_by_clicks, ClickBatches, judge_clicks, steps_of)
    return Method(_with_augmentation, _augmented_batches, validate, steps_an_epoch)


def _judged_by_clicks(network: keras.Model, config: TaskConfig) -> Clicked:
    model = Clicked(network)
    model.compile(network.optimizer, jit_compile=keras.backend.backend() == "jax")
    return model


def _augmented_batches(
    samples: Samples, config: TaskConfig, network: keras.Model, epoch: int, step: int
) -> AugmentedBatches:
    return AugmentedBatches(samples, config, epoch, step)


def _compile(model: keras.Model, optimizer: keras.Optimizer, config: TaskConfig) -> None:
    if config.answers_clicks:
        model.compile(optimizer)  # `Clicked` judges it
        return
    loss: dict[str, keras.losses.Loss] = {
        config.label: keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    }
    if config.has_lesions:
        loss[LESION] = losses.DiceCrossEntropy(config.mask_cross_entropy, config.mask_loss)
    # JAX is nothing without XLA; TensorFlow is slower with it on a processor.
    model.compile(optimizer, loss=loss, jit_compile=keras.backend.backend() == "jax")


def _with_augmentation(network: keras.Model, config: TaskConfig) -> Augmented:
    """Let a compiled network see changed pictures; what it learns by stays its own."""
    model = Augmented(network)
    _compile(model, network.optimizer, config)
    return model
