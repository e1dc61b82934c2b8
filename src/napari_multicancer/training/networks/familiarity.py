"""How far a picture lies from those of the organs, in features that no task has shaped.

The recognizer can only call "other" what resembles the other pictures it was
shown. This distance has never seen one: it knows the organs' pictures alone, so
that it also notices kinds of picture that nobody thought of.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import ArrayLike, NDArray

from napari_multicancer.training.networks.efficientnet_lite import efficientnet_lite

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
    encoder = efficientnet_lite(size, last_block=LAST_BLOCK, pretrained=pretrained)
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
    kernel, centres = mahalanobis(predict_in_batches(extractor, images), labels)
    whitened = layers.Dense(len(kernel), use_bias=False, name="familiar_whiten")
    spread = whitened(extractor.output)
    whitened.set_weights([kernel.astype(np.float32)])
    gaps = [ops.sum(ops.square(spread - c), axis=-1) for c in centres.astype(np.float32)]
    nearest = gaps[0]
    for gap in gaps[1:]:
        nearest = ops.minimum(nearest, gap)
    return keras.Model(extractor.input, {"distance": ops.sqrt(nearest)}, name="familiarity")


def mahalanobis(
    known: NDArray[np.float32], labels: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find the map under which Mahalanobis distance is Euclidean distance.

    Parameters
    ----------
    known : ndarray of float32, shape (n, features)
    labels : array_like, shape (n,)
        Classes; the covariance is taken within them.

    Returns
    -------
    kernel : ndarray of float64, shape (features, features)
    centres : ndarray of float64, shape (classes, features)
        The distance of features f from class c is the norm of f @ kernel - centres[c].
    """
    classes, member = np.unique(np.asarray(labels), return_inverse=True)
    exact = known.astype(np.float64)
    means = np.stack([exact[member == index].mean(axis=0) for index in range(len(classes))])
    within = exact - means[member]
    covariance = within.T @ within / len(within)
    covariance += RIDGE * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    kernel = np.linalg.cholesky(np.linalg.inv(covariance)) / np.sqrt(len(covariance))
    return kernel, means @ kernel


def predict_in_batches(model: keras.Model, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Run a model with one output over pictures, shape (n, size, size, 3), in 0..255."""
    starts = range(0, len(images), BATCH)
    parts = [model.predict_on_batch(images[s : s + BATCH].astype(np.float32)) for s in starts]
    return np.concatenate([part["distance"] if isinstance(part, dict) else part for part in parts])
