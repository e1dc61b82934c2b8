"""What training makes small."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

SMOOTHING = 1.0
FALSE_NEGATIVE_WEIGHT = 0.7
FOCUS = 0.75


@keras.saving.register_keras_serializable("napari_multicancer")
class DiceCrossEntropy(keras.losses.Loss):
    """Soft Dice loss an image, on the foreground, plus binary cross-entropy.

    Dice compares overlap whatever the lesion's size (Milletari et al. 2016);
    cross-entropy keeps the gradient alive where there is no lesion at all. The
    focal Tversky loss (Abraham and Khan 2019, equation 4) lets pixels that are
    missed count more than pixels too many, and pictures outlined badly more than
    those that are nearly right.

    Parameters
    ----------
    cross_entropy_weight : float
        How much cross-entropy counts beside the overlap.
    overlap : {"dice", "focal_tversky"}
        What overlap is judged by.
    """

    def __init__(
        self, cross_entropy_weight: float = 1.0, overlap: str = "dice", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.cross_entropy_weight = cross_entropy_weight
        self.overlap = overlap

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
        both = ops.sum(y_true * probability, axes)
        missed = ops.sum(y_true * (1 - probability), axes)
        too_many = ops.sum((1 - y_true) * probability, axes)
        if self.overlap == "dice":
            lost = 1 - (2 * both + SMOOTHING) / (2 * both + missed + too_many + SMOOTHING)
        else:
            wrong = FALSE_NEGATIVE_WEIGHT * missed + (1 - FALSE_NEGATIVE_WEIGHT) * too_many
            lost = (wrong / (both + wrong + SMOOTHING)) ** FOCUS
        entropy = ops.maximum(y_pred, 0) - y_pred * y_true
        entropy = entropy + ops.log1p(ops.exp(-ops.absolute(y_pred)))
        return lost + self.cross_entropy_weight * ops.mean(entropy, axes)

    def get_config(self) -> dict[str, Any]:
        """Return what is needed to build the loss again."""
        return {
            **super().get_config(),
            "cross_entropy_weight": self.cross_entropy_weight,
            "overlap": self.overlap,
        }
