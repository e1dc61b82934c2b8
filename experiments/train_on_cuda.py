"""Train as `napari-multicancer train` does, on an NVIDIA GPU, each step as one CUDA graph.

    python experiments/train_on_cuda.py TASK RECIPE.toml FOLDER RUN [MINUTES]

Pictures lie on the card, and what Keras would start kernel by kernel is recorded once and
replayed. It needs PyTorch with CUDA; without a GPU it takes the same steps, slowly. MINUTES
shortens the schedule so that the run ends in time. RUN holds what `train` would have left there,
without the epochs in between: `last.keras`, from which `train --start` and `export --run
RUN/last.keras` go on.
"""

from __future__ import annotations

import os
import sys

os.environ["KERAS_BACKEND"] = "torch"

import math
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, Full, Queue
from typing import Any

import keras
import numpy as np
import torch
from torch.nn import functional

from napari_multicancer.training.data.samples import (
    UNKNOWN,
    Samples,
    load_samples,
    read_manifest,
    select,
)
from napari_multicancer.training.fit import augmentation
from napari_multicancer.training.fit.batches import AugmentedBatches
from napari_multicancer.training.fit.losses import DiceCrossEntropy
from napari_multicancer.training.fit.train import (
    LAST_CHECKPOINT,
    RECORD,
    WARM_UP_SHARE,
    compile_for_training,
    record,
    save_model,
    write_json,
)
from napari_multicancer.training.networks.build import build
from napari_multicancer.training.recipe import TaskConfig, find_recipe
from napari_multicancer.training.recipe_file import read_recipe

CHECKED = (0.15, 0.4, 0.6, 0.75, 0.85, 0.93)
"""Shares of the time after which the schedule is shortened if need be."""
STEPS_TO_WARM_UP = 3
GPU = torch.cuda.is_available()
DEVICE = torch.device("cuda" if GPU else "cpu")


class IndexedBatches(AugmentedBatches):
    """Names pictures instead of giving them, and what is to be done to each."""

    def _batch(self, chosen: Any, rng: np.random.Generator) -> Any:
        labels, changes = self._changed(chosen, rng)
        return changes | {"index": np.asarray(chosen), "label": labels}


class Step:
    """One step of the training: the same whatever it finds in `inputs`.

    Parameters
    ----------
    network : keras.Model
    samples : Samples
        To train on; they move to the GPU.
    recipe : TaskConfig
    first : dict of str to torch.Tensor
        One batch, which gives the inputs their shapes.
    """

    def __init__(
        self,
        network: keras.Model,
        samples: Samples,
        recipe: TaskConfig,
        first: dict[str, torch.Tensor],
    ) -> None:
        self._network = network
        self._images = torch.from_numpy(samples.images).to(DEVICE)
        self._masks = torch.from_numpy(samples.masks).to(DEVICE)
        self._has_mask = torch.from_numpy(samples.has_mask.astype(np.float32)).to(DEVICE)
        self._lesion_loss = DiceCrossEntropy(recipe.mask_cross_entropy, recipe.mask_loss)
        self.inputs = {name: value.to(DEVICE) for name, value in first.items()}
        self.rate = torch.tensor(1e-6, device=DEVICE)
        self.loss = torch.zeros((), device=DEVICE)
        self.optimizer = torch.optim.AdamW(
            [variable.value for variable in network.trainable_variables],
            lr=self.rate,
            weight_decay=recipe.weight_decay,
            eps=1e-7,
            capturable=GPU,
            fused=GPU,
        )

    def take(self) -> None:
        """Change the pictures, ask the network, and learn."""
        index = self.inputs["index"]
        images, masks = augmentation.augment(
            self._images.index_select(0, index), self._masks.index_select(0, index), self.inputs
        )
        outputs = self._network(images, training=True)
        lesion = self._lesion_loss.call(masks, outputs["lesion"].float())
        loss = functional.cross_entropy(
            outputs["diagnosis"].float(), self.inputs["label"], ignore_index=UNKNOWN
        )
        loss = loss + (lesion * self._has_mask.index_select(0, index)).mean()
        loss.backward()
        self.optimizer.step()
        self.loss.copy_(loss.detach())

    def take_afresh(self) -> None:
        """Take a step outside of a graph, where gradients are made anew."""
        self.optimizer.zero_grad(set_to_none=True)
        self.take()

    def recorded(self) -> Callable[[], None]:
        """Record a step as a CUDA graph; what the steps before it learnt is undone."""
        if not GPU:
            return self.take_afresh
        before = self._network.get_weights()
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(STEPS_TO_WARM_UP):
                self.take_afresh()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            self.take()
        self._network.set_weights(before)
        for state in self.optimizer.state.values():
            for value in state.values():
                value.zero_()
        return graph.replay


def make_capturable() -> None:
    """Replace what a CUDA graph cannot hold: copies from the host, and random numbers from it."""
    as_tensor = torch.as_tensor

    def scalar_as_tensor(value: Any, dtype: Any = None, device: Any = None) -> torch.Tensor:
        on_gpu = device is not None and torch.device(device).type == "cuda"
        if on_gpu and isinstance(value, bool | int | float):
            return torch.full((), value, dtype=dtype, device=device)
        return as_tensor(value, dtype=dtype, device=device)

    def normalize(self: Any, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        outputs = functional.batch_norm(
            inputs.permute(0, 3, 1, 2),
            self.moving_mean._value,
            self.moving_variance._value,
            self.gamma._value,
            self.beta._value,
            bool(training and self.trainable),
            1 - self.momentum,
            self.epsilon,
        )
        return outputs.permute(0, 2, 3, 1)

    def drop(self: Any, inputs: Any, training: bool = False) -> Any:
        return functional.dropout(inputs, self.rate, bool(training))

    torch.as_tensor = scalar_as_tensor
    keras.layers.BatchNormalization.call = normalize
    keras.layers.Dropout.call = drop
    augmentation.GRAIN = torch.from_numpy(augmentation.GRAIN).to(DEVICE)


def drawn_ahead(batches: IndexedBatches) -> Iterator[dict[str, torch.Tensor]]:
    """Draw batches without end in a thread of their own."""
    ready: Queue[dict[str, torch.Tensor]] = Queue(24)
    stopped = threading.Event()

    def draw() -> None:
        while not stopped.is_set():
            for number in range(len(batches)):
                arrays: Any = batches[number]
                batch = {name: torch.from_numpy(array) for name, array in arrays.items()}
                while not stopped.is_set():
                    try:
                        ready.put(batch, timeout=1)
                        break
                    except Full:
                        continue
            batches.on_epoch_end()

    threading.Thread(target=draw, daemon=True).start()
    try:
        while True:
            try:
                yield ready.get(timeout=60)
            except Empty as error:
                raise RuntimeError("No batch came: see what the drawing thread says.") from error
    finally:
        stopped.set()


def rate_at(step: int, total: int, warm_up: int, peak: float) -> float:
    """Follow the schedule of `compile_for_training`."""
    if step < warm_up:
        return peak * (1 / 20 + (1 - 1 / 20) * step / warm_up)
    return peak * 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1, total - warm_up)))


def main(task: str, recipe_file: Path, data: Path, run: Path, minutes: float = math.inf) -> None:
    """Train, and tell now and then how far it is."""
    started = time.monotonic()
    recipe = read_recipe(recipe_file, find_recipe(task))
    if recipe.mix_probability:
        raise SystemExit("Pictures that lie on the card cannot take on others' intensities.")
    make_capturable()
    if GPU:
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    torch.set_float32_matmul_precision("high")
    keras.utils.set_random_seed(recipe.seed)
    samples = load_samples(data, select(read_manifest(data), recipe, "train"), recipe)
    network = build(recipe)
    batches = IndexedBatches(samples, recipe)
    feed = drawn_ahead(batches)
    step = Step(network, samples, recipe, next(feed))
    take = step.recorded()

    total, done = len(batches) * recipe.epochs, 0
    warm_up = max(1, int(total * WARM_UP_SHARE))
    checks, seen, seen_at = list(CHECKED), 0, time.monotonic()
    while done < total:
        for name, value in next(feed).items():
            step.inputs[name].copy_(value, non_blocking=True)
        step.rate.fill_(rate_at(done, total, warm_up, recipe.learning_rate))
        take()
        done += 1
        now = time.monotonic()
        if checks and now - started > 60 * minutes * checks[0]:
            checks.pop(0)
            speed = (done - seen) / (now - seen_at)
            total = min(total, int(done + speed * (60 * minutes - (now - started))))
            seen, seen_at = done, now
        if done % max(1, len(batches)) == 0 or done >= total:
            print(f"step {done} of {total}: loss {float(step.loss):.3f}", flush=True)

    run.mkdir(parents=True, exist_ok=True)
    compile_for_training(network, recipe, total)
    save_model(network, run / LAST_CHECKPOINT)
    write_json(run / RECORD, record(recipe, ()) | {"steps": total})


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(arguments[0], *map(Path, arguments[1:4]), *map(float, arguments[4:]))
