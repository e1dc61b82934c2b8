"""A Keras network as a LiteRT file of half or quarter size that says the same."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray
from scipy.special import expit, softmax

from napari_multicancer.training.export.mixed_bits import shrink_large_kernels
from napari_multicancer.training.export.parity import Parity
from napari_multicancer.training.recipe import TaskConfig

SENSITIVE_LAYER = "block0_depthwise_conv"
"""Its kernels are differences that nearly cancel: float16 alone would shift all that follows."""


class _SplitDepthwiseConv2D(layers.Layer):
    """A depthwise convolution whose kernel is kept as the sum of two float16 ones.

    Parameters
    ----------
    original : keras.layers.DepthwiseConv2D
        Trained, without bias.
    """

    def __init__(self, original: layers.DepthwiseConv2D) -> None:
        super().__init__(name=original.name)
        (kernel,) = original.get_weights()
        coarse = kernel.astype(np.float16).astype(np.float32)
        self._kernels = (coarse, kernel - coarse)
        self._geometry = {"strides": original.strides, "padding": original.padding}

    def call(self, inputs: Any) -> Any:
        coarse, fine = (
            ops.depthwise_conv(inputs, ops.convert_to_tensor(kernel), **self._geometry)
            for kernel in self._kernels
        )
        return coarse + fine


def _fit_for_float16(model: keras.Model) -> keras.Model:
    """Copy a trained network, its sensitive layer split in two."""
    copy = keras.models.clone_model(
        model,
        clone_function=lambda layer: (
            _SplitDepthwiseConv2D(layer)
            if layer.name == SENSITIVE_LAYER
            else layer.__class__.from_config(layer.get_config())
        ),
    )
    for layer in copy.layers:
        if layer.weights:
            layer.set_weights(model.get_layer(layer.name).get_weights())
    return copy


def to_litert(
    model: keras.Model, beside: keras.Model | None = None, quantization: str = "float16"
) -> bytes:
    """Convert a network to LiteRT with small weights and a batch of one.

    Parameters
    ----------
    model : keras.Model
        Input (batch, size, size, 3), or several by name.
    beside : keras.Model, optional
        Another network on the same input, whose outputs are given too.
    quantization : {"float16", "mixed", "int8"}
        int8: weights in 8 bits with a scale a channel, what they are multiplied
        with quantized as it comes (dynamic range); mixed: the large kernels alone.

    Returns
    -------
    bytes
        A ``.tflite`` file whose signature takes the inputs by name, ``image`` where there
        is one alone, and gives the networks' outputs by name.
    """
    import tensorflow as tf

    networks = [_fit_for_float16(network) for network in (model, beside) if network is not None]
    with tempfile.TemporaryDirectory() as folder:
        archive = keras.export.ExportArchive()
        for network in networks:
            archive.track(network)
        archive.add_endpoint("serving_default", *_endpoint(networks))
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantization != "int8":
            converter.target_spec.supported_types = [tf.float16]
        content = converter.convert()
    if quantization == "mixed":
        content = shrink_large_kernels(content)
    return without_names(content)


def _endpoint(networks: Sequence[keras.Model]) -> tuple[Callable[..., Any], list[Any]]:
    """Join networks on the same inputs into one function, with what it takes."""
    inputs = networks[0].inputs
    names = [tensor.name for tensor in inputs] if len(inputs) > 1 else ["image"]

    def outputs(*tensors: Any) -> dict[str, Any]:
        given = dict(zip(names, tensors, strict=True)) if len(tensors) > 1 else tensors[0]
        return {
            name: output
            for network in networks
            for name, output in network(given, training=False).items()
        }

    specs = [
        keras.InputSpec(shape=(1, *tensor.shape[1:]), dtype="float32", name=name)
        for name, tensor in zip(names, inputs, strict=True)
    ]
    return outputs, specs


def without_names(content: bytes) -> bytes:
    """Drop the names of a LiteRT file's tensors, which nobody asks for; its signature stays."""
    from tensorflow.lite.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            tensor.name = None
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def check_parity(
    model: keras.Model,
    content: bytes,
    images: NDArray[np.uint8],
    config: TaskConfig,
    beside: keras.Model | None = None,
) -> Parity:
    """Compare an exported model with its original on real scans.

    Parameters
    ----------
    model : keras.Model
    content : bytes
        The ``.tflite`` file.
    images : ndarray of uint8, shape (n, size, size, 3)
        Letterboxed scans.
    config : TaskConfig
    beside : keras.Model, optional
        What measures the distance, where the file carries it.
    """
    from ai_edge_litert.interpreter import Interpreter

    run = Interpreter(model_content=content).get_signature_runner()
    gap, shift, same, pixels = 0.0, 0.0, 0, 0
    for image in images:
        batch = image[None].astype(np.float32)
        ours, theirs = model.predict_on_batch(batch), run(image=batch)
        difference = softmax(ours[config.label]) - softmax(theirs[config.label])
        gap = max(gap, float(np.abs(difference).max()))
        if beside is not None:
            expected = beside.predict_on_batch(batch)["distance"]
            shift = max(shift, float(np.abs(theirs["distance"] / expected - 1).max()))
        if config.has_lesions:
            agree = (expit(ours["lesion"]) >= 0.5) == (expit(theirs["lesion"]) >= 0.5)
            same, pixels = same + int(agree.sum()), pixels + agree.size
    return Parity(len(images), gap, same / pixels if pixels else 1.0, shift)


def write_model(content: bytes, path: Path) -> str:
    """Write a model file in one step and return its sha256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"writing-{path.name}")
    temporary.write_bytes(content)
    os.replace(temporary, path)
    return hashlib.sha256(content).hexdigest()
