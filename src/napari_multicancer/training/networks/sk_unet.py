"""SK-U-Net: a U-Net that chooses, map by map, between a wide and a narrow view.

Source: Byra et al. 2020, "Breast mass segmentation in ultrasound with selective
kernel U-Net convolutional neural network", doi 10.1016/j.bspc.2020.102027.
"""

from __future__ import annotations

from typing import Any

from keras import layers

from napari_multicancer.training.networks.unet import convolution, u_shape

FILTERS = 16
LEVELS = 4
DILATION = 2
COMPRESSION = 0.5


def sk_unet(image: Any, *, filters: int = FILTERS, levels: int = LEVELS) -> Any:
    """Lead a picture through an SK-U-Net to the lesion's logits.

    Parameters
    ----------
    image : tensor, shape (batch, row, column, 3)
        In 0..255; sides a multiple of 2 ** `levels`.
    filters : int
        Channels at the finest level, doubled a level.
    levels : int
        Number of poolings on the way down.

    Returns
    -------
    tensor, shape (batch, row, column, 1)
        Logits.
    """
    return u_shape(image, selective_kernel, filters, levels)


def selective_kernel(
    x: Any,
    filters: int,
    name: str,
    *,
    dilation: int = DILATION,
    compression: float = COMPRESSION,
) -> Any:
    """Mix a dilated and a plain convolution by attention over channels.

    With the two maps D and P, a = sigmoid(W2 relu(W1 mean(D + P))), one number a
    channel, and the result is a * D + (1 - a) * P.

    Parameters
    ----------
    x : tensor, shape (batch, row, column, channels)
    filters : int
    name : str
        Prefix of the layers' names.
    dilation : int
        Of the wide branch.
    compression : float
        Share of the channels that is left between the two dense layers.

    Returns
    -------
    tensor, shape (batch, row, column, filters)
    """
    wide = convolution(x, filters, f"{name}_wide", dilation)
    plain = convolution(x, filters, f"{name}_plain")
    both = layers.Add(name=f"{name}_sum")([wide, plain])
    pooled = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_mean")(both)
    squeezed = layers.Dense(
        max(1, round(filters * compression)), activation="relu", name=f"{name}_compress"
    )(pooled)
    attention = layers.Dense(filters, activation="sigmoid", name=f"{name}_attention")(squeezed)
    return attention * wide + (1 - attention) * plain
