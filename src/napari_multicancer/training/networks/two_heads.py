"""One encoder, two answers: the diagnosis of a plane and the outline of its lesion.

A U-Net (Ronneberger et al. 2015) on an EfficientNet-Lite, with a decoder of
separable convolutions. The diagnosis is read off the whole plane's deepest
features and off those under the outlined lesion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers, ops

from napari_multicancer.training.networks.efficientnet_lite import (
    BN_EPSILON,
    BN_MOMENTUM,
    efficientnet_lite,
)

DECODER_FILTERS = (128, 96, 64, 48)
PRESENCE_FLOOR = 1e-2
"""Mean lesion probability that counts as no lesion when features are averaged under it."""


def two_headed_unet(
    size: int,
    n_classes: int,
    *,
    pretrained: bool = True,
    frozen_blocks: int = 0,
    encoder: str = "lite0",
    decoder_width: float = 1.0,
    dropout: float = 0.3,
) -> keras.Model:
    """Build the default network of organs: one encoder, a diagnosis and an outline.

    Parameters
    ----------
    size : int
        Side of the square input in pixels, a multiple of 32.
    n_classes : int
        Number of diagnoses.
    pretrained : bool
        Start the encoder from ImageNet weights.
    frozen_blocks : int
        How many of the encoder's first blocks keep their weights in training.
    encoder : {"lite0", "lite2"}
    decoder_width : float
        Channels of the decoder as a share of `DECODER_FILTERS`.
    dropout : float
        Share of deep features dropped before the diagnosis, 0..1.

    Returns
    -------
    keras.Model
        Input (batch, size, size, 3) in 0..255. Outputs ``diagnosis``, logits
        (batch, n_classes), and ``lesion``, logits (batch, size, size, 1).
    """
    trunk = efficientnet_lite(size, encoder, pretrained=pretrained, frozen_blocks=frozen_blocks)
    *skips, deepest = trunk.outputs

    widths = [round(decoder_width * filters) for filters in DECODER_FILTERS]
    decoded = decode(deepest, skips, widths)
    half = layers.Conv2D(1, 1, dtype="float32", name="lesion_half")(decoded[-1])
    lesion = layers.UpSampling2D(2, interpolation="bilinear", dtype="float32", name="lesion")(half)

    presence = ops.stop_gradient(ops.sigmoid(half))
    seen = [
        layers.GlobalAveragePooling2D(name="pool")(deepest),
        average_under(presence, deepest, 16),
        average_under(presence, decoded[0], 8),
        ops.max(layers.AveragePooling2D(4, name="presence")(presence), axis=(1, 2)),
    ]
    pooled = layers.Concatenate(name="seen")(seen)
    pooled = layers.Dropout(dropout, name="pool_dropout")(pooled)
    diagnosis = layers.Dense(n_classes, dtype="float32", name="diagnosis")(pooled)
    return keras.Model(trunk.input, {"diagnosis": diagnosis, "lesion": lesion}, name="two_heads")


def decode(
    deepest: Any,
    skips: Sequence[Any],
    widths: Sequence[int],
    near_the_end: Callable[[Any], Any] = lambda x: x,
) -> list[Any]:
    """Lead the deepest features up again, joined with finer ones on the way.

    Parameters
    ----------
    deepest : tensor, shape (batch, row, column, channels)
    skips : sequence of tensor
        Finest first, each of twice the side of the next one, the last of twice `deepest`'s.
    widths : sequence of int
        Channels at each level, coarsest first.
    near_the_end : callable
        Changes the finest features between their two convolutions.

    Returns
    -------
    list of tensor
        The features of each level, coarsest first.
    """
    x, decoded = deepest, []
    for index, (skip, filters) in enumerate(zip(reversed(skips), widths, strict=True)):
        x = layers.UpSampling2D(2, interpolation="bilinear", name=f"up{index}")(x)
        x = layers.Concatenate(name=f"join{index}")([x, skip])
        x = _separable(x, filters, f"decode{index}a")
        if index == len(widths) - 1:
            x = near_the_end(x)
        x = _separable(x, filters, f"decode{index}b")
        decoded.append(x)
    return decoded


def average_under(presence: Any, features: Any, factor: int) -> Any:
    """Average features where the lesion is; near zero where there is none.

    `presence` (batch, row, column, 1), 0..1, is `factor` times finer than `features`.
    """
    name = f"under_lesion{factor}"
    weight = layers.AveragePooling2D(factor, name=name)(presence)
    mean_weight = ops.mean(weight, axis=(1, 2)) + PRESENCE_FLOOR
    return ops.mean(weight * features, axis=(1, 2)) / mean_weight


def _separable(x: Any, filters: int, name: str) -> Any:
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv")(x)
    x = layers.BatchNormalization(epsilon=BN_EPSILON, momentum=BN_MOMENTUM, name=f"{name}_bn")(x)
    return layers.ReLU(name=f"{name}_relu")(x)
