"""EfficientNet-Lite as a feature encoder, with ImageNet weights.

Source: Tan and Le 2019, "EfficientNet: Rethinking Model Scaling for
Convolutional Neural Networks", in its "lite" form: no squeeze-and-excitation,
ReLU6, the stem, the head and the depth of the first and last stage not scaled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras
from keras import layers
from numpy.typing import NDArray

from napari_multicancer.training.networks.pretrained import imagenet_weights

BN_EPSILON = 1e-3
BN_MOMENTUM = 0.9
"""Statistics follow within tens of steps, so that the first epochs already validate."""
SCALES = {"lite0": (1.0, 1.0), "lite2": (1.1, 1.2)}
"""Width and depth of each variant, as factors of Lite0's."""
TAPPED_STAGES = (0, 1, 2, 4, 6)
"""The last stage at each of the strides 2, 4, 8, 16 and 32."""


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


def efficientnet_lite(
    size: int,
    variant: str = "lite0",
    *,
    last_block: int | None = None,
    frozen_blocks: int = 0,
    output_stride: int = 32,
    pretrained: bool = True,
) -> keras.Model:
    """Build the encoder.

    Parameters
    ----------
    size : int
        Side of the square input in pixels, a multiple of 32.
    variant : {"lite0", "lite2"}
    last_block : int, optional
        The deepest block to build, in Lite0 0..15, all unless told; its map comes last.
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
    taps = encode(image, variant, last_block=last_block, output_stride=output_stride)
    encoder = keras.Model(image, taps, name=f"efficientnet_{variant}")
    if pretrained:
        load_imagenet_weights(encoder, imagenet_weights(variant))
    freeze_first_blocks(encoder, frozen_blocks)
    return encoder


def encode(
    image: Any,
    variant: str = "lite0",
    *,
    last_block: int | None = None,
    left_out: int | None = None,
    output_stride: int = 32,
    beside_stem: Callable[[Any], Any] | None = None,
) -> list[Any]:
    """Lead a picture through the encoder; see `efficientnet_lite`.

    Parameters
    ----------
    image : tensor, shape (batch, size, size, 3)
        In 0..255.
    variant, last_block, output_stride
        As `efficientnet_lite` takes them.
    left_out : int, optional
        A block that does not change the shape of its features, and is not built.
    beside_stem : callable, optional
        Takes the features of the stem, 32 at half the side, before they are cut at zero,
        and gives others of their shape.

    Returns
    -------
    list of tensor
        The tapped feature maps, finest first.
    """
    x = layers.Rescaling(1 / 128, offset=-127 / 128, name="rescale")(image)
    x = layers.Conv2D(32, 3, 2, padding="same", use_bias=False, name="stem_conv")(x)
    x = _normalize(x, "stem_bn")
    if beside_stem is not None:
        x = beside_stem(x)
    x = layers.ReLU(6.0, name="stem_relu")(x)
    taps, reduction = [], 2
    for index, (stage, is_first, is_tapped) in enumerate(_blocks(variant)):
        stride = stage.stride if is_first else 1
        dilation = max(1, reduction // output_stride)
        reduction *= stride
        if index != left_out:
            x = _inverted_residual(
                x, index, stage, stride if reduction <= output_stride else 1, dilation
            )
        if is_tapped or index == last_block:
            taps.append(x)
        if index == last_block:
            break
    return taps


def freeze_first_blocks(network: keras.Model, count: int) -> None:
    """Keep the stem and the encoder's first blocks as they are; none where `count` is 0."""
    if count:
        parts = ("stem_", *(f"block{index}_" for index in range(count)))
        for layer in network.layers:
            layer.trainable = not layer.name.startswith(parts)


def _blocks(variant: str) -> list[tuple[_Stage, bool, bool]]:
    """List the blocks: the stage, whether it is its first one, whether its map is tapped."""
    blocks = []
    for number, stage in enumerate(_stages(variant)):
        for repeat in range(stage.repeats):
            is_tapped = number in TAPPED_STAGES and repeat == stage.repeats - 1
            blocks.append((stage, repeat == 0, is_tapped))
    return blocks


def _stages(variant: str) -> list[_Stage]:
    """Scale the stages: filters to the nearest multiple of 8 that loses no more than a tenth."""
    width, depth = SCALES[variant]
    scaled = []
    for stage in _STAGES:
        wanted = stage.filters * width
        filters = max(8, int(wanted + 4) // 8 * 8)
        filters += 8 if filters < 0.9 * wanted else 0
        is_end = stage in (_STAGES[0], _STAGES[-1])
        repeats = stage.repeats if is_end else math.ceil(depth * stage.repeats)
        scaled.append(replace(stage, filters=filters, repeats=repeats))
    return scaled


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
        As `efficientnet_lite` builds it.
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
