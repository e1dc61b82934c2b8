"""From a recipe to its network."""

from __future__ import annotations

import keras

from napari_multicancer.training.networks.published import published_pair
from napari_multicancer.training.networks.recognizer import recognizer
from napari_multicancer.training.networks.small_cnn import small_cnn
from napari_multicancer.training.networks.two_heads import two_headed_unet
from napari_multicancer.training.recipe import TaskConfig


def build(config: TaskConfig, *, pretrained: bool = True) -> keras.Model:
    """Build a recipe's network, not yet compiled.

    Parameters
    ----------
    config : TaskConfig
    pretrained : bool
        Start its encoder, where it has one, from ImageNet weights.
    """
    n_classes = len(config.classes)
    start = {"pretrained": pretrained, "frozen_blocks": config.frozen_blocks}
    if config.network == "two_heads":
        return two_headed_unet(
            config.size,
            n_classes,
            encoder=config.encoder,
            decoder_width=config.decoder_width,
            **start,
        )
    if config.network == "lite0":
        return recognizer(config.size, n_classes, **start)
    if config.network == "small_cnn":
        return small_cnn(config.size, n_classes, output=config.label)
    return published_pair(config.network, config.size, n_classes, **start)
