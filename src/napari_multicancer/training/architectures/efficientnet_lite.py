"""EfficientNet-Lite0 as a feature encoder, with ImageNet weights.

Source: Tan and Le 2019, "EfficientNet: Rethinking Model Scaling for
Convolutional Neural Networks", in its "lite" form: no squeeze-and-excitation,
ReLU6, the stem and the head not scaled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
from keras import layers
from numpy.typing import NDArray

from napari_multicancer.training.architectures.pretrained import imagenet_weights

BN_EPSILON = 1e-3
BN_MOMENTUM = 0.9
"""Statistics follow within tens of steps, so that the first epochs already validate."""
TAP_BLOCKS = (0, 2, 4, 10, 15)
"""Last block at each of the strides 2, 4, 8, 16 and 32."""


@dataclass(frozen=True)
class _Stage:
    repeats: int
    kernel: int
    stride: int
    expansion: int
    filters: int


_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)


def efficientnet_lite0(
    size: int,
    *,
    last_block: int = 15,
    frozen_blocks: int = 0,
    output_stride: int = 32,
    pretrained: bool = True,
) -> keras.Model:
    """Build the encoder.

    Parameters
    ----------
    size : int
        Side of the square input in pixels, a multiple of 32.
    last_block : int
        The deepest block to build, 0..15; its map comes last.
    frozen_blocks : int
        How many of the first blocks, and with them the stem, keep their weights
        and statistics in training. The finest blocks see edges, whatever the
        picture; leaving them alone saves the costliest part of a step.
    output_stride : {32, 16}
        At 16 the last reduction is left out and the kernels after it are dilated
        by 2, so that they see as much as they did.
    pretrained : bool
        Load ImageNet weights; else random ones.

    Returns
    -------
    keras.Model
        Input (batch, size, size, 3) in 0..255; outputs the tapped feature maps,
        finest first.
    """
    image = keras.Input((size, size, 3), name="image")
    x = layers.Rescaling(1 / 128, offset=-127 / 128, name="rescale")(image)
    x = layers.Conv2D(32, 3, 2, padding="same", use_bias=False, name="stem_conv")(x)
    x = _normalize(x, "stem_bn")
    x = layers.ReLU(6.0, name="stem_relu")(x)
    taps, reduction = [], 2
    for index, (stage, is_first) in enumerate(_blocks()):
        stride = stage.stride if is_first else 1
        dilation = max(1, reduction // output_stride)
        reduction *= stride
        x = _inverted_residual(
            x, index, stage, stride if reduction <= output_stride else 1, dilation
        )
        if index in TAP_BLOCKS or index == last_block:
            taps.append(x)
        if index == last_block:
            break
    encoder = keras.Model(image, taps, name="efficientnet_lite0")
    if pretrained:
        load_imagenet_weights(encoder, imagenet_weights())
    if frozen_blocks:
        parts = ("stem_", *(f"block{index}_" for index in range(frozen_blocks)))
        for layer in encoder.layers:
            layer.trainable = not layer.name.startswith(parts)
    return encoder


def _blocks() -> list[tuple[_Stage, bool]]:
    return [(stage, repeat == 0) for stage in _STAGES for repeat in range(stage.repeats)]


def _normalize(x: Any, name: str) -> Any:
    return layers.BatchNormalization(epsilon=BN_EPSILON, momentum=BN_MOMENTUM, name=name)(x)


def _inverted_residual(x: Any, index: int, stage: _Stage, stride: int, dilation: int) -> Any:
    name = f"block{index}"
    filters_in = x.shape[-1]
    y = x
    if stage.expansion != 1:
        y = layers.Conv2D(
            filters_in * stage.expansion, 1, use_bias=False, name=f"{name}_expand_conv"
        )(y)
        y = _normalize(y, f"{name}_expand_bn")
        y = layers.ReLU(6.0, name=f"{name}_expand_relu")(y)
    y = layers.DepthwiseConv2D(
        stage.kernel,
        stride,
        padding="same",
        dilation_rate=dilation,
        use_bias=False,
        name=f"{name}_depthwise_conv",
    )(y)
    y = _normalize(y, f"{name}_depthwise_bn")
    y = layers.ReLU(6.0, name=f"{name}_depthwise_relu")(y)
    y = layers.Conv2D(stage.filters, 1, use_bias=False, name=f"{name}_project_conv")(y)
    y = _normalize(y, f"{name}_project_bn")
    if stride == 1 and filters_in == stage.filters:
        y = layers.Add(name=f"{name}_add")([x, y])
    return y


def load_imagenet_weights(encoder: keras.Model, weights: Mapping[str, NDArray[Any]]) -> None:
    """Copy PyTorch weights into the encoder, layer by layer.

    Parameters
    ----------
    encoder : keras.Model
        As `efficientnet_lite0` builds it.
    weights : mapping of str to ndarray
        PyTorch's names and orders, as `read_torch_weights` gives them.
    """
    for layer in encoder.layers:
        if isinstance(layer, layers.DepthwiseConv2D):
            layer.set_weights([weights[_torch_name(layer.name)].transpose(2, 3, 0, 1)])
        elif isinstance(layer, layers.Conv2D):
            layer.set_weights([weights[_torch_name(layer.name)].transpose(2, 3, 1, 0)])
        elif isinstance(layer, layers.BatchNormalization):
            prefix = _torch_name(layer.name)
            parts = ("weight", "bias", "running_mean", "running_var")
            layer.set_weights([weights[f"{prefix}.{part}"] for part in parts])


def _torch_name(name: str) -> str:
    """Translate a layer's name: ``block3_expand_conv`` to ``_blocks.3._expand_conv.weight``."""
    if name == "stem_conv":
        return "_conv_stem.weight"
    if name == "stem_bn":
        return "_bn0"
    block, part = name.split("_", 1)
    prefix = f"_blocks.{block.removeprefix('block')}"
    if part.endswith("_conv"):
        return f"{prefix}._{part}.weight"
    number = {"expand_bn": 0, "depthwise_bn": 1, "project_bn": 2}[part]
    return f"{prefix}._bn{number}"
