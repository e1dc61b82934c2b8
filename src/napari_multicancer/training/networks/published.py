"""The published pipeline: one network names the class, another outlines the lesion.

The two share the picture and nothing else, so that training them together is
training each by itself; as one model they ship, load and answer like the others.
What leads to the classifiers' dense layer was not published; here it is the mean
of the last maps.
"""

from __future__ import annotations

import keras

from napari_multicancer.training.networks.deeplab import deeplab
from napari_multicancer.training.networks.sk_unet import sk_unet
from napari_multicancer.training.networks.small_cnn import classify
from napari_multicancer.training.networks.unet import unet


def published_pair(
    segmenter: str,
    size: int,
    n_classes: int,
    *,
    pretrained: bool = True,
    frozen_blocks: int = 0,
) -> keras.Model:
    """Build the small CNN beside a segmenter.

    Parameters
    ----------
    segmenter : {"deeplab", "sk_unet", "unet"}
    size : int
        Side of the square input in pixels, a multiple of 32.
    n_classes : int
        Number of diagnoses.
    pretrained : bool
        Start the encoder from ImageNet weights, where the segmenter has one.
    frozen_blocks : int
        How many of that encoder's first blocks keep their weights in training.

    Returns
    -------
    keras.Model
        Input (batch, size, size, 3) in 0..255. Outputs ``diagnosis``, logits
        (batch, n_classes), and ``lesion``, logits (batch, size, size, 1).
    """
    if segmenter == "deeplab":
        network = deeplab(size, pretrained=pretrained, frozen_blocks=frozen_blocks)
        image, lesion = network.input, network.output["lesion"]
    else:
        image = keras.Input((size, size, 3), name="image")
        lesion = {"sk_unet": sk_unet, "unet": unet}[segmenter](image)
    diagnosis = classify(image, n_classes, output="diagnosis", flatten=False)
    return keras.Model(
        image, {"diagnosis": diagnosis, "lesion": lesion}, name=f"small_cnn_{segmenter}"
    )
