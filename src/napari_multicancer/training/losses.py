"""What training makes small."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

SMOOTHING = 1.0


@keras.saving.register_keras_serializable("napari_multicancer")
class DiceCrossEntropy(keras.losses.Loss):
    """Soft Dice loss an image, on the foreground, plus binary cross-entropy.

    Dice compares overlap whatever the lesion's size (Milletari et al. 2016);
    cross-entropy keeps the gradient alive where there is no lesion at all.

    Parameters
    ----------
    cross_entropy_weight : float
        How much cross-entropy counts beside Dice.
    """

    def __init__(self, cross_entropy_weight: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cross_entropy_weight = cross_entropy_weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return one loss an image.

        Parameters
        ----------
        y_true : tensor, shape (batch, row, column, 1), 0 or 1
        y_pred : tensor of logits, same shape
        """
        y_true = ops.cast(y_true, y_pred.dtype)
        axes = (1, 2, 3)
        probability = ops.sigmoid(y_pred)
        overlap = ops.sum(y_true * probability, axes)
        total = ops.sum(y_true, axes) + ops.sum(probability, axes)
        dice = (2 * overlap + SMOOTHING) / (total + SMOOTHING)
        entropy = ops.maximum(y_pred, 0) - y_pred * y_true
        entropy = entropy + ops.log1p(ops.exp(-ops.absolute(y_pred)))
        return 1 - dice + self.cross_entropy_weight * ops.mean(entropy, axes)

    def get_config(self) -> dict[str, Any]:
        """Return what is needed to build the loss again."""
        return {**super().get_config(), "cross_entropy_weight": self.cross_entropy_weight}
