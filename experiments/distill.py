"""Teach a network the diagnosis of another one, which keeps more of it on scans never seen.

    python experiments/distill.py TASK RECIPE.toml FOLDER TEACHER.tflite RUN START.keras ...

Student and teacher see the same changed pictures (Hinton et al. 2015, "Distilling the knowledge
in a neural network"). The student is told the teacher's probabilities, the mean of a picture's and
its mirror image's, calibrated by the teacher's card, instead of the diagnosis; outlines it learns
from the true masks. It starts from the mean of the checkpoints named; RUN holds each epoch's.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.special import softmax

from napari_multicancer.core.models.cards import ModelCard, read_card
from napari_multicancer.core.models.runtime import Model
from napari_multicancer.training.data.samples import load_samples, read_manifest, select
from napari_multicancer.training.fit.augmentation import augment
from napari_multicancer.training.fit.batches import AugmentedBatches
from napari_multicancer.training.fit.losses import DiceCrossEntropy
from napari_multicancer.training.fit.method import compile_for_training
from napari_multicancer.training.fit.soup import mean_weights
from napari_multicancer.training.fit.train import (
    RECORD,
    record,
    save_model,
    write_json,
)
from napari_multicancer.training.networks.efficientnet_lite import freeze_first_blocks
from napari_multicancer.training.recipe import find_recipe
from napari_multicancer.training.recipe_file import read_recipe


class Teacher:
    """What a shipped network says of changed pictures."""

    def __init__(self, card: ModelCard) -> None:
        self._model, self._card = Model(card), card

    def __call__(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Give class probabilities of pictures, shape (n, size, size, 3) in 0..255."""
        logits = [(self._logits(image) + self._logits(image[:, ::-1])) / 2 for image in images]
        return softmax(np.array(logits) / self._card.temperature, axis=1).astype(np.float32)

    def _logits(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        size = self._card.input_size
        channels = [
            Image.fromarray(np.ascontiguousarray(channel)).resize((size, size))
            for channel in np.moveaxis(image, -1, 0)
        ]
        return self._model(np.stack(channels, axis=-1))["diagnosis"]


def main(
    task: str, recipe_file: Path, data: Path, teacher_file: Path, run: Path, *starts: Path
) -> None:
    """Train, and tell the loss of each epoch."""
    recipe = read_recipe(recipe_file, find_recipe(task))
    keras.utils.set_random_seed(recipe.seed)
    samples = load_samples(data, select(read_manifest(data), recipe, "train"), recipe)
    card = read_card(teacher_file.with_suffix(".toml"))
    teacher = Teacher(card)
    network = keras.models.load_model(starts[0], compile=False)
    network.set_weights(mean_weights(starts))
    freeze_first_blocks(network, recipe.frozen_blocks)
    batches = AugmentedBatches(samples, recipe)
    compile_for_training(network, recipe, len(batches) * recipe.epochs)
    network.compile(
        network.optimizer,
        loss={
            "diagnosis": keras.losses.CategoricalCrossentropy(from_logits=True),
            "lesion": DiceCrossEntropy(recipe.mask_cross_entropy, recipe.mask_loss),
        },
        jit_compile=False,
    )
    run.mkdir(parents=True, exist_ok=True)
    write_json(run / RECORD, record(recipe, starts) | {"teacher": card.label})
    for epoch in range(recipe.epochs):
        losses = []
        for number in range(len(batches)):
            inputs, _, weights = batches[number]
            images, masks = map(np.asarray, augment(inputs["image"], inputs["mask"], inputs))
            targets = {"diagnosis": teacher(images), "lesion": masks}
            losses.append(float(network.train_on_batch(images, targets, weights)[0]))
        batches.on_epoch_end()
        save_model(network, run / f"epoch{epoch + 1}.keras")
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:]))
