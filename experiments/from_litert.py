"""Turn a shipped `two_heads` file back into a Keras checkpoint that training can start from.

    python experiments/from_litert.py TASK FILE.tflite FOLDER OUT.keras

A shipped file has its batch normalisations folded into its kernels. Here they are unfolded by
the statistics of training pictures from FOLDER: the network says the same, and goes on learning
as one that was never folded. The stem and the first block are ImageNet's, as nearly as the shipped
networks of version 1 kept them. It is compared with the file at the end.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from keras import layers
from numpy.typing import NDArray
from scipy.special import softmax

from napari_multicancer.training.data.samples import load_samples, read_manifest, select
from napari_multicancer.training.networks.catalog import build
from napari_multicancer.training.recipe import find_recipe

CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")
KEPT = ("stem_", "block0_")
SCANS = 96
"""So many pictures give the statistics."""

Folded = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Kernel and bias."""


def folded_layers(interpreter: Interpreter) -> tuple[list[Folded], Folded]:
    """Read the kernels and biases of all convolutions in order, and of the dense layer."""
    operations = interpreter._get_ops_details()
    source = {
        int(op["outputs"][0]): int(op["inputs"][0])
        for op in operations
        if op["op_name"] == "DEQUANTIZE"
    }

    def read(index: int) -> NDArray[np.float32]:
        return np.asarray(interpreter.get_tensor(source.get(int(index), int(index))), np.float32)

    def pairs(names: tuple[str, ...]) -> Iterator[Folded]:
        for op in operations:
            if op["op_name"] in names:
                kernel, bias = (read(index) for index in op["inputs"][1:3])
                yield kernel, bias

    return list(pairs(CONVOLUTIONS)), next(pairs(("FULLY_CONNECTED",)))


def fill(model: keras.Model, convolutions: list[Folded], dense: Folded) -> dict[str, Any]:
    """Lay folded kernels into a network from ImageNet; give the bias of each normalisation."""
    classes = len(dense[1])
    # the activation map's layers, added at export, follow decode0b and put out one map a class
    rest = [pair for pair in convolutions if pair[0].shape[0] != classes]
    biases: dict[str, NDArray[np.float32]] = {}
    wanted = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    names = {layer.name.removesuffix("_bn"): layer for layer in wanted}
    trained = [name for name in names if not (name + "_").startswith(KEPT)]
    depth = sum(2 if name.startswith("decode") else 1 for name in trained) + 1
    queue = iter(rest[-depth:])
    for name in trained:
        layer = model.get_layer(f"{name}_conv")
        if isinstance(layer, layers.SeparableConv2D):
            deep, point = next(queue), next(queue)
            layer.set_weights([deep[0].transpose(1, 2, 3, 0), point[0].transpose(1, 2, 3, 0)])
            biases[name] = point[1]
        else:
            kernel, biases[name] = next(queue)
            layer.set_weights([kernel.transpose(1, 2, 3, 0)])
        unfolded(names[name], biases[name], np.zeros(len(biases[name])), None)
    half = next(queue)
    model.get_layer("lesion_half").set_weights([half[0].transpose(1, 2, 3, 0), half[1]])
    model.get_layer("diagnosis").set_weights([dense[0].T, dense[1]])
    return biases


def unfolded(
    layer: layers.BatchNormalization,
    bias: NDArray[np.float32],
    mean: NDArray[Any],
    variance: NDArray[Any] | None,
) -> None:
    """Let a normalisation add a bias and do nothing else, at these statistics."""
    variance = np.full(len(bias), 1 - layer.epsilon) if variance is None else variance
    layer.set_weights([np.sqrt(variance + layer.epsilon), bias + mean, mean, variance])


def unfold(model: keras.Model, biases: dict[str, Any], images: NDArray[np.uint8]) -> None:
    """Give the normalisations the statistics of pictures; what the network says stays."""
    norms = {name: model.get_layer(f"{name}_bn") for name in biases}
    inputs = keras.Model(model.input, {name: norm.input for name, norm in norms.items()})
    sums = {name: [0.0, 0.0, 0] for name in biases}
    for start in range(0, len(images), 16):
        seen = inputs.predict_on_batch(images[start : start + 16].astype(np.float32))
        for name, z in seen.items():
            flat = z.reshape(-1, z.shape[-1]).astype(np.float64)
            sums[name][0] += flat.sum(axis=0)
            sums[name][1] += np.square(flat).sum(axis=0)
            sums[name][2] += len(flat)
    for name, (total, squares, count) in sums.items():
        mean = total / count
        variance = np.maximum(squares / count - np.square(mean), 1e-6)
        unfolded(norms[name], biases[name], mean, variance)


def main(task: str, file: Path, data: Path, out: Path) -> None:
    """Rebuild, unfold, compare, write."""
    interpreter = Interpreter(str(file))
    size = int(interpreter.get_input_details()[0]["shape"][1])
    recipe = replace(find_recipe(task), size=size)
    rows = select(read_manifest(data), recipe, "train")
    samples = load_samples(data, rows.sample(SCANS, random_state=0).reset_index(drop=True), recipe)
    model = build(recipe)
    biases = fill(model, *folded_layers(interpreter))
    unfold(model, biases, samples.images)
    run = interpreter.get_signature_runner()
    for image in samples.images[:6]:
        batch = image[None].astype(np.float32)
        ours, theirs = model.predict_on_batch(batch), run(image=batch)
        gap = np.abs(softmax(ours["diagnosis"]) - softmax(theirs["diagnosis"])).max()
        agree = np.mean((ours["lesion"] > 0) == (theirs["lesion"] > 0))
        print(f"probabilities differ by {gap:.4f}, masks agree in {agree:.4%}")
    model.save(out)


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:5]))
