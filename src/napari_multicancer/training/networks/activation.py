"""What each place of a plane adds to the diagnosis, as one more output of the network.

The diagnosis is a dense layer over averages of feature maps, and so a sum over
places: what a place adds to a class is that layer's weights times the features
there (class activation mapping; Zhou et al. 2016, "Learning Deep Features for
Discriminative Localization", CVPR, equation 2).
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from napari_multicancer.training.networks.two_heads import PRESENCE_FLOOR


def with_activation(model: keras.Model) -> keras.Model:
    """Give the two-headed network the output ``activation``; the others stay as they are.

    Parameters
    ----------
    model : keras.Model
        From `two_headed_unet`, trained.

    Returns
    -------
    keras.Model
        ``activation`` has the shape (batch, size / 16, size / 16, n_classes). Its
        mean over the places is the logits, but for the bias and for what the lesion's
        presence adds, which have no place.
    """
    deepest = model.get_layer("pool").input
    decoded = model.get_layer("decode0b_relu").output
    presence = ops.sigmoid(model.get_layer("lesion_half").output)
    kernel = model.get_layer("diagnosis").get_weights()[0]
    ends = [deepest.shape[-1], 2 * deepest.shape[-1], 2 * deepest.shape[-1] + decoded.shape[-1]]

    whole = _project(deepest, kernel[: ends[0]], "activation_whole")
    under = _project(deepest, kernel[ends[0] : ends[1]], "activation_under16")
    coarse = whole + _share(presence, 16) * under
    fine = _project(decoded, kernel[ends[1] : ends[2]], "activation_under8")
    spread = layers.UpSampling2D(2, name="activation_spread")(coarse)
    activation = spread + _share(presence, 8) * fine
    return keras.Model(model.input, {**model.output, "activation": activation}, name=model.name)


def _project(features: Any, kernel: Any, name: str) -> Any:
    layer = layers.Conv2D(kernel.shape[-1], 1, use_bias=False, name=name)
    projected = layer(features)
    layer.set_weights([kernel[None, None]])
    return projected


def _share(presence: Any, factor: int) -> Any:
    """Say how much more than the average a place counts, by how much lesion it holds."""
    weight = layers.AveragePooling2D(factor, name=f"activation_presence{factor}")(presence)
    return weight / (ops.mean(weight, axis=(1, 2), keepdims=True) + PRESENCE_FLOOR)
