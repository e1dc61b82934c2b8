"""One encoder, two answers: the diagnosis of a plane and the outline of its lesion.

A U-Net (Ronneberger et al. 2015) on EfficientNet-Lite0, with a decoder of
separable convolutions and a classification head on the deepest features.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from napari_multicancer.training.architectures.efficientnet_lite import (
    BN_EPSILON,
    efficientnet_lite0,
)

DECODER_FILTERS = (128, 96, 64, 48)


def two_headed_unet(
    size: int,
    n_classes: int,
    *,
    pretrained: bool = True,
    bn_momentum: float = 0.9,
    dropout: float = 0.3,
) -> keras.Model:
    """Build the network that both `brain` and `breast` use.

    Parameters
    ----------
    size : int
        Side of the square input in pixels, a multiple of 32.
    n_classes : int
        Number of diagnoses.
    pretrained : bool
        Start the encoder from ImageNet weights.
    bn_momentum : float
        How slowly batch-normalisation statistics move in training.
    dropout : float
        Share of deep features dropped before the diagnosis, 0..1.

    Returns
    -------
    keras.Model
        Input (batch, size, size, 3) in 0..255. Outputs ``diagnosis``, logits
        (batch, n_classes), and ``lesion``, logits (batch, size, size, 1).
    """
    encoder = efficientnet_lite0(size, pretrained=pretrained, bn_momentum=bn_momentum)
    *skips, deepest = encoder.outputs
    pooled = layers.GlobalAveragePooling2D(name="pool")(deepest)
    pooled = layers.Dropout(dropout, name="pool_dropout")(pooled)
    diagnosis = layers.Dense(n_classes, dtype="float32", name="diagnosis")(pooled)

    x = deepest
    for index, (skip, filters) in enumerate(zip(reversed(skips), DECODER_FILTERS, strict=True)):
        x = layers.UpSampling2D(2, interpolation="bilinear", name=f"up{index}")(x)
        x = layers.Concatenate(name=f"join{index}")([x, skip])
        x = _separable(x, filters, f"decode{index}a", bn_momentum)
        x = _separable(x, filters, f"decode{index}b", bn_momentum)
    x = layers.Conv2D(1, 1, dtype="float32", name="lesion_half")(x)
    lesion = layers.UpSampling2D(2, interpolation="bilinear", name="lesion")(x)
    return keras.Model(encoder.input, {"diagnosis": diagnosis, "lesion": lesion}, name="two_heads")


def _separable(x: Any, filters: int, name: str, momentum: float) -> Any:
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv")(x)
    x = layers.BatchNormalization(epsilon=BN_EPSILON, momentum=momentum, name=f"{name}_bn")(x)
    return layers.ReLU(name=f"{name}_relu")(x)
