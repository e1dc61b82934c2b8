"""How far a picture lies from those of the organs, in features that no task has shaped.

The recognizer can only call "other" what resembles the other pictures it was
shown. This distance has never seen one: it knows the organs' pictures alone, so
that it also notices kinds of picture that nobody thought of.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from napari_multicancer.training.architectures.efficientnet_lite import efficientnet_lite0

LAST_BLOCK = 10
RIDGE = 1e-3
"""Share of the mean variance that is added to every feature's."""
BATCH = 64


def features(size: int, *, pretrained: bool = True) -> keras.Model:
    """Build the feature extractor: the encoder as ImageNet left it, to stride 16, pooled.

    Parameters
    ----------
    size : int
        Side of the square input in pixels, a multiple of 32.
    pretrained : bool
        ImageNet weights; else random ones.

    Returns
    -------
    keras.Model
        Input (batch, size, size, 3) in 0..255; output (batch, 224): mean and
        peak of each of 112 maps.
    """
    encoder = efficientnet_lite0(size, last_block=LAST_BLOCK, pretrained=pretrained)
    deepest = encoder.outputs[-1]
    mean = layers.GlobalAveragePooling2D(name="familiar_mean")(deepest)
    peak = layers.GlobalMaxPooling2D(name="familiar_peak")(deepest)
    return keras.Model(encoder.input, layers.Concatenate(name="familiar")([mean, peak]))


def familiarity(
    extractor: keras.Model, images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> keras.Model:
    """Build the distance to the nearest class of known pictures.

    With m_c the mean features of class c, S their covariance within classes and
    d their number, the distance of features f is
    min_c sqrt((f - m_c)' S^-1 (f - m_c) / d): about 1 for a picture like the known ones.

    Parameters
    ----------
    extractor : keras.Model
        From `features`.
    images : ndarray of uint8, shape (n, size, size, 3)
        Known pictures, 0..255.
    labels : ndarray of int, shape (n,)
        Their classes.

    Returns
    -------
    keras.Model
        Input as the extractor's; output ``distance``, shape (batch,).

    References
    ----------
    Lee et al. 2018, "A Simple Unified Framework for Detecting Out-of-Distribution
    Samples and Adversarial Attacks", section 2.1.
    """
    known = predict_in_batches(extractor, images).astype(np.float64)
    means = np.stack([known[labels == label].mean(axis=0) for label in np.unique(labels)])
    within = known - means[np.unique(labels, return_inverse=True)[1]]
    covariance = within.T @ within / len(within)
    covariance += RIDGE * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    whitening = np.linalg.cholesky(np.linalg.inv(covariance)) / np.sqrt(len(covariance))

    whitened = layers.Dense(len(covariance), use_bias=False, name="familiar_whiten")
    spread = whitened(extractor.output)
    whitened.set_weights([whitening.astype(np.float32)])
    centres = (means @ whitening).astype(np.float32)
    gaps = [ops.sum(ops.square(spread - centre), axis=-1) for centre in centres]
    nearest = gaps[0]
    for gap in gaps[1:]:
        nearest = ops.minimum(nearest, gap)
    return keras.Model(extractor.input, {"distance": ops.sqrt(nearest)}, name="familiarity")


def predict_in_batches(model: keras.Model, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Run a model with one output over pictures, shape (n, size, size, 3), in 0..255."""
    starts = range(0, len(images), BATCH)
    parts = [model.predict_on_batch(images[s : s + BATCH].astype(np.float32)) for s in starts]
    return np.concatenate([part["distance"] if isinstance(part, dict) else part for part in parts])
