"""A network of clicks: it sees a part of a plane and what the user pointed at, and outlines.

The U-Net of `two_heads`, but for one of its deepest blocks. The guide maps enter beside the
pretrained stem and are added to it with a scale that starts small, so that the network starts as
the one that it comes from (Sofiiuk et al. 2022, arXiv 2102.06583); they are added to the finest
features of the decoder as well.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from napari_multicancer.core.analysis.guides import GUIDES
from napari_multicancer.training.networks.efficientnet_lite import encode, freeze_first_blocks
from napari_multicancer.training.networks.two_heads import (
    DECODER_FILTERS,
    average_under,
    decode,
    two_headed_unet,
)

LEFT_OUT = 13
"""A block of the encoder that it does without, to stay under three million parameters."""
GUIDE_FILTERS = 16
STEM_FILTERS = 32
SMALL = 0.2
"""What the guides are multiplied by before they are added to the stem, at first."""


def interactive_unet(
    size: int,
    n_classes: int = 1,
    *,
    pretrained: bool = True,
    frozen_blocks: int = 0,
    dropout: float = 0.2,
) -> keras.Model:
    """Build the network of clicks.

    Parameters
    ----------
    size : int
        Side of the square input in pixels, a multiple of 32.
    n_classes : int
        One: the lesion.
    pretrained : bool
        Start the encoder from ImageNet weights.
    frozen_blocks : int
        How many of the encoder's first blocks keep their weights in training.
    dropout : float
        Share of deep features dropped before the overlap is told, 0..1.

    Returns
    -------
    keras.Model
        Inputs ``image`` (batch, size, size, 3) in 0..255 and ``guides`` (batch, size, size, 5)
        in 0..1. Outputs ``lesion``, logits (batch, size, size, 1), and ``overlap``, the logit
        of the intersection over union that it expects of its outline, (batch, 1).

    Raises
    ------
    ValueError
        More than one class is asked for.
    """
    if n_classes != 1:
        raise ValueError(f"a network of clicks outlines one class, not {n_classes}")
    image = keras.Input((size, size, 3), name="image")
    guides = keras.Input((size, size, len(GUIDES)), name="guides")
    told = layers.Conv2D(GUIDE_FILTERS, 3, 2, padding="same", name="guide_conv")(guides)
    told = layers.ReLU(name="guide_relu")(told)

    def with_guides(x: Any) -> Any:
        more = layers.Conv2D(STEM_FILTERS, 1, name="guide_stem")(told)
        return layers.Add(name="guide_add")([x, Scaled(SMALL, name="guide_scale")(more)])

    *skips, deepest = encode(image, left_out=LEFT_OUT, beside_stem=with_guides)

    def near_the_end(x: Any) -> Any:
        more = layers.Conv2D(x.shape[-1], 1, kernel_initializer="zeros", name="guide_fine")(told)
        return layers.Add(name="guide_fine_add")([x, more])

    decoded = decode(deepest, skips, DECODER_FILTERS, near_the_end)
    half = layers.Conv2D(1, 1, dtype="float32", name="lesion_half")(decoded[-1])
    lesion = layers.UpSampling2D(2, interpolation="bilinear", dtype="float32", name="lesion")(half)
    presence = ops.stop_gradient(ops.sigmoid(half))
    seen = [
        layers.GlobalAveragePooling2D(name="pool")(deepest),
        average_under(presence, decoded[0], 8),
    ]
    pooled = layers.Dropout(dropout, name="pool_dropout")(layers.Concatenate(name="seen")(seen))
    overlap = layers.Dense(1, dtype="float32", name="overlap")(ops.stop_gradient(pooled))
    network = keras.Model(
        {"image": image, "guides": guides}, {"lesion": lesion, "overlap": overlap}, name="clicks"
    )
    if pretrained:
        take_over(network, two_headed_unet(size, 2, pretrained=True))
    freeze_first_blocks(network, frozen_blocks)
    return network


def take_over(network: keras.Model, other: keras.Model) -> int:
    """Copy the weights of layers that two networks have in common by name and shape.

    Parameters
    ----------
    network : keras.Model
        Takes them.
    other : keras.Model

    Returns
    -------
    int
        How many layers were copied.
    """
    known = {layer.name: layer.get_weights() for layer in other.layers if layer.weights}
    count = 0
    for layer in network.layers:
        weights = known.get(layer.name)
        if weights and [w.shape for w in weights] == [w.shape for w in layer.get_weights()]:
            layer.set_weights(weights)
            count += 1
    return count


@keras.saving.register_keras_serializable("napari_multicancer")
class Scaled(layers.Layer):
    """Multiplies by one number, which is learnt.

    Parameters
    ----------
    start : float
        What it is at first.
    """

    def __init__(self, start: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the number."""
        self.scale = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(self.start), name="scale"
        )

    def call(self, inputs: Any) -> Any:
        """Multiply."""
        return inputs * ops.cast(self.scale, inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        """Return what is needed to build the layer again."""
        return {**super().get_config(), "start": self.start}
