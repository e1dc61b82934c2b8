"""A plain U-Net (Ronneberger et al. 2015): the yardstick for the other segmenters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import layers

FILTERS = 16
LEVELS = 4

Block = Callable[[Any, int, str], Any]
"""Maps features to features of so many channels; the last argument prefixes layer names."""


def unet(image: Any, *, filters: int = FILTERS, levels: int = LEVELS) -> Any:
    """Lead a picture through a U-Net of double convolutions to the lesion's logits.

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
    return u_shape(image, double_convolution, filters, levels)


def u_shape(image: Any, block: Block, filters: int, levels: int) -> Any:
    """Build the U: `block` at every level of both arms, skips from left to right."""
    x = layers.Rescaling(1 / 127.5, offset=-1.0, name="unet_rescale")(image)
    skips = []
    for level in range(levels):
        x = block(x, filters * 2**level, f"down{level}")
        skips.append(x)
        x = layers.MaxPooling2D(2, name=f"down{level}_pool")(x)
    x = block(x, filters * 2**levels, "bottom")
    for level in reversed(range(levels)):
        width = filters * 2**level
        x = layers.Conv2DTranspose(width, 2, 2, name=f"unet_up{level}")(x)
        x = layers.Concatenate(name=f"unet_join{level}")([x, skips[level]])
        x = block(x, width, f"right{level}")
    return layers.Conv2D(1, 1, dtype="float32", name="lesion")(x)


def double_convolution(x: Any, filters: int, name: str) -> Any:
    """Convolve twice by 3 x 3, each with batch normalisation and ReLU."""
    for half in "ab":
        x = convolution(x, filters, f"{name}{half}")
    return x


def convolution(x: Any, filters: int, name: str, dilation: int = 1) -> Any:
    """Convolve by 3 x 3, normalise over the batch, ReLU."""
    x = layers.Conv2D(
        filters, 3, padding="same", dilation_rate=dilation, use_bias=False, name=f"{name}_conv"
    )(x)
    x = layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(x)
    return layers.ReLU(name=f"{name}_relu")(x)
