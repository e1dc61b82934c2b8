"""A network that sees its pictures changed at random while it trains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from napari_multicancer.training.fit.augmentation import augment

LESION = "lesion"
TRUTH = "truth"
"""Output beside the network's own: the masks, changed like their pictures."""


class Augmented(keras.Model):
    """Changes pictures and masks where Keras computes, then asks the network.

    It holds no weights but the network's, which is what is kept and shipped.

    Parameters
    ----------
    network : keras.Model
        Takes pictures, gives a dictionary of logits.
    """

    def __init__(self, network: keras.Model) -> None:
        super().__init__(dtype="float32")
        self.network = network

    def call(self, inputs: Mapping[str, Any], training: bool = False) -> dict[str, Any]:
        """Give the network's outputs and, where it outlines lesions, the changed masks.

        Parameters
        ----------
        inputs : mapping of str to tensor
            ``image``, ``mask`` and the changes, as `AugmentedBatches` gives them.
        training : bool
        """
        image, mask = augment(inputs["image"], inputs["mask"], inputs)
        outputs = self.network(image, training=training)
        return {**outputs, TRUTH: mask} if LESION in outputs else outputs

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Judge outlines by the changed masks."""
        outputs = dict(y_pred)
        if TRUTH in outputs:
            y = {**y, LESION: outputs.pop(TRUTH)}
        return super().compute_loss(x, y, outputs, sample_weight, training)
