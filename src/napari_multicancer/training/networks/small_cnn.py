"""The published classifier: four convolutions, each pooled, and one dense layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

SIZE = 150
FILTERS = (32, 64, 128, 128)
DENSE = 512


def small_cnn(
    size: int, n_classes: int, *, output: str = "organ", dropout: float = 0.5
) -> keras.Model:
    """Build the classifier.

    Parameters
    ----------
    size : int
        Side of the square input in pixels; the network itself sees 150 x 150.
    n_classes : int
        Number of classes. The published networks have one sigmoid for two classes;
        a softmax over two logits is the same function.
    output : str
        Name of the output.
    dropout : float
        Share of pooled features dropped before the dense layer, 0..1.

    Returns
    -------
    keras.Model
        Input (batch, size, size, 3) in 0..255; one output, logits (batch, n_classes).
    """
    image = keras.Input((size, size, 3), name="image")
    scores = classify(image, n_classes, output=output, dropout=dropout)
    return keras.Model(image, {output: scores}, name="small_cnn")


def classify(
    image: Any, n_classes: int, *, output: str, dropout: float = 0.5, flatten: bool = True
) -> Any:
    """Lead a picture through the classifier to its logits.

    Parameters
    ----------
    image : tensor, shape (batch, row, column, 3)
        In 0..255.
    n_classes : int
    output : str
        Name of the output.
    dropout : float
    flatten : bool
        Lead every place of the last maps to the dense layer, as published; else
        their means, which needs a tenth of the weights.

    Returns
    -------
    tensor, shape (batch, n_classes)
        Logits.
    """
    x = image
    if x.shape[1] != SIZE:
        x = layers.Resizing(SIZE, SIZE, name="cnn_resize")(x)
    x = layers.Rescaling(1 / 255, name="cnn_rescale")(x)
    for index, filters in enumerate(FILTERS):
        x = layers.Conv2D(filters, 3, activation="relu", name=f"cnn_conv{index}")(x)
        x = layers.MaxPooling2D(2, name=f"cnn_pool{index}")(x)
    if flatten:
        x = layers.Flatten(name="cnn_flatten")(x)
    else:
        x = layers.GlobalAveragePooling2D(name="cnn_mean")(x)
    x = layers.Dropout(dropout, name="cnn_dropout")(x)
    x = layers.Dense(DENSE, activation="relu", name="cnn_dense")(x)
    return layers.Dense(n_classes, dtype="float32", name=output)(x)
