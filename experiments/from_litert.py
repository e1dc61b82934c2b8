"""Turn a shipped `two_heads` file back into a Keras checkpoint that training can start from.

    python experiments/from_litert.py TASK FILE.tflite FOLDER OUT.keras [RECIPE.toml]

A shipped file has its batch normalisations folded into its kernels. Here they are unfolded by
the statistics of training pictures from FOLDER: the network says the same, and goes on learning
as one that was never folded. Where the recipe froze blocks, the stem and the first block are
ImageNet's, as nearly as the shipped networks of version 1 kept them. It is compared with the file
at the end.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

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
from napari_multicancer.training.recipe_file import read_recipe

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

    details = {int(tensor["index"]): tensor for tensor in interpreter.get_tensor_details()}

    def read(index: int) -> NDArray[np.float32]:
        place = source.get(int(index), int(index))
        values = np.asarray(interpreter.get_tensor(place), np.float32)
        steps = details[place]["quantization_parameters"]
        if not len(steps["scales"]):
            return values
        shape = [-1 if axis == steps["quantized_dimension"] else 1 for axis in range(values.ndim)]
        scales, zeros = (steps[name].reshape(shape) for name in ("scales", "zero_points"))
        return (values - zeros) * scales

    def folded(names: tuple[str, ...]) -> list[Folded]:
        found: list[Folded] = []
        seen = -1
        for place, op in enumerate(operations):
            if op["op_name"] not in names:
                continue
            kernel, bias = (read(index) for index in op["inputs"][1:3])
            if op["op_name"] == names[-1] and op["inputs"][0] == seen:
                # a depthwise kernel in two parts, whose sum is then scaled and shifted
                first = found.pop()
                scale, shift = (read(operations[place + i]["inputs"][1]) for i in (2, 3))
                kernel, bias = (kernel + first[0]) * scale, (bias + first[1]) * scale + shift
            found.append((kernel, bias))
            seen = op["inputs"][0]
        return found

    return folded(CONVOLUTIONS), folded(("FULLY_CONNECTED",))[0]


def fill(
    model: keras.Model, convolutions: list[Folded], dense: Folded, kept: tuple[str, ...]
) -> dict[str, Any]:
    """Lay folded kernels into a network from ImageNet, but for layers that begin with `kept`.

    Returns
    -------
    dict of str to ndarray
        The bias of each normalisation, by the name of its layer without the ending.
    """
    classes = len(dense[1])
    # the activation map's layers, added at export, follow decode0b and put out one map a class
    rest = [pair for pair in convolutions if pair[0].shape[0] != classes]
    biases: dict[str, NDArray[np.float32]] = {}
    wanted = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    names = {layer.name.removesuffix("_bn"): layer for layer in wanted}
    trained = [name for name in names if not (name + "_").startswith(kept)]
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


def main(task: str, file: Path, data: Path, out: Path, recipe_file: Path | None = None) -> None:
    """Rebuild, unfold, compare, write."""
    interpreter = Interpreter(str(file))
    size = int(interpreter.get_input_details()[0]["shape"][1])
    usual = find_recipe(task)
    recipe = replace(read_recipe(recipe_file, usual) if recipe_file else usual, size=size)
    rows = select(read_manifest(data), recipe, "train")
    samples = load_samples(data, rows.sample(SCANS, random_state=0).reset_index(drop=True), recipe)
    model = build(recipe)
    biases = fill(model, *folded_layers(interpreter), KEPT if recipe.frozen_blocks else ())
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
    main(sys.argv[1], *map(Path, sys.argv[2:6]))
