"""What kind of scan is this: a light classifier on the first half of the encoder."""

from __future__ import annotations

import keras
from keras import layers

from napari_multicancer.training.networks.efficientnet_lite import efficientnet_lite

LAST_BLOCK = 10


def recognizer(
    size: int,
    n_classes: int,
    *,
    pretrained: bool = True,
    frozen_blocks: int = 0,
    dropout: float = 0.2,
) -> keras.Model:
    """Build the organ classifier: EfficientNet-Lite0 down to stride 16, pooled, one dense layer.

    Parameters
    ----------
    size : int
        Side of the square input in pixels, a multiple of 32.
    n_classes : int
        Number of organs, "other" included.
    pretrained : bool
        Start the encoder from ImageNet weights.
    frozen_blocks : int
        How many of the encoder's first blocks keep their weights in training.
    dropout : float
        Share of features dropped before the dense layer, 0..1.

    Returns
    -------
    keras.Model
        Input (batch, size, size, 3) in 0..255; output ``organ``, logits (batch, n_classes).
    """
    encoder = efficientnet_lite(
        size, last_block=LAST_BLOCK, pretrained=pretrained, frozen_blocks=frozen_blocks
    )
    deepest = encoder.outputs[-1]
    mean = layers.GlobalAveragePooling2D(name="pool_mean")(deepest)
    peak = layers.GlobalMaxPooling2D(name="pool_max")(deepest)
    pooled = layers.Concatenate(name="pool")([mean, peak])
    pooled = layers.Dropout(dropout, name="pool_dropout")(pooled)
    organ = layers.Dense(n_classes, dtype="float32", name="organ")(pooled)
    return keras.Model(encoder.input, {"organ": organ}, name="recognizer")
