"""DeepLabv3 on the pretrained encoder.

Source: Chen et al. 2017, "Rethinking Atrous Convolution for Semantic Image
Segmentation", arXiv 1706.05587. Output stride 16; the pyramid has a 1 x 1
convolution, three atrous ones and the pooled image. The encoder ends after the
first dilated blocks: what comes after them is half of its weights.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from napari_multicancer.training.networks.efficientnet_lite import (
    BN_EPSILON,
    BN_MOMENTUM,
    efficientnet_lite,
)

RATES = (6, 12, 18)
"""Atrous rates at output stride 16, as published."""
FILTERS = 128
"""Channels of each branch; 256 in the paper."""
DROPOUT = 0.1
LAST_BLOCK = 12
"""Of the encoder; its blocks from 11 on are dilated."""


def deeplab(
    size: int, *, pretrained: bool = True, frozen_blocks: int = 0, filters: int = FILTERS
) -> keras.Model:
    """Build the segmenter.

    Parameters
    ----------
    size : int
        Side of the square input in pixels, a multiple of 32.
    pretrained : bool
        Start the encoder from ImageNet weights.
    frozen_blocks : int
        How many of the encoder's first blocks keep their weights in training.
    filters : int
        Channels of each branch of the pyramid.

    Returns
    -------
    keras.Model
        Input (batch, size, size, 3) in 0..255; output ``lesion``, logits
        (batch, size, size, 1).
    """
    encoder = efficientnet_lite(
        size,
        last_block=LAST_BLOCK,
        pretrained=pretrained,
        frozen_blocks=frozen_blocks,
        output_stride=16,
    )
    x = atrous_pyramid(encoder.outputs[-1], filters)
    x = layers.Dropout(DROPOUT, name="pyramid_dropout")(x)
    x = layers.Conv2D(1, 1, dtype="float32", name="lesion_coarse")(x)
    lesion = layers.UpSampling2D(16, interpolation="bilinear", dtype="float32", name="lesion")(x)
    return keras.Model(encoder.input, {"lesion": lesion}, name="deeplab")


def atrous_pyramid(x: Any, filters: int) -> Any:
    """See the same features at several widths: 1 x 1, atrous 3 x 3, and all of the image.

    Parameters
    ----------
    x : tensor, shape (batch, row, column, channels)
        Rows and columns must be known.
    filters : int

    Returns
    -------
    tensor, shape (batch, row, column, filters)
    """
    rows, columns = x.shape[1:3]
    branches = [_convolution(x, filters, "pyramid_point", 1)]
    for rate in RATES:
        branches.append(_convolution(x, filters, f"pyramid_rate{rate}", 3, rate))
    image = layers.GlobalAveragePooling2D(keepdims=True, name="pyramid_image")(x)
    image = _convolution(image, filters, "pyramid_image_point", 1)
    branches.append(layers.UpSampling2D((rows, columns), name="pyramid_image_spread")(image))
    x = layers.Concatenate(name="pyramid")(branches)
    return _convolution(x, filters, "pyramid_project", 1)


def _convolution(x: Any, filters: int, name: str, kernel: int, rate: int = 1) -> Any:
    x = layers.Conv2D(
        filters, kernel, padding="same", dilation_rate=rate, use_bias=False, name=f"{name}_conv"
    )(x)
    x = layers.BatchNormalization(epsilon=BN_EPSILON, momentum=BN_MOMENTUM, name=f"{name}_bn")(x)
    return layers.ReLU(name=f"{name}_relu")(x)
