"""A true outline made wrong, as outlines are that somebody is to correct."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_multicancer.core.masks.labels import Region


def damaged(truth: Region, rng: np.random.Generator) -> Region:
    """Make of a true outline one that is wrong in the ways that outlines are.

    Its border is moved by a smooth random distance, a part beyond a line is cut off, or
    something that is no lesion is added.
    """
    size = max(4.0, np.sqrt(np.count_nonzero(truth)))
    inside = ndimage.distance_transform_edt(truth)
    outside = ndimage.distance_transform_edt(~truth)
    signed = np.where(truth, inside, -outside)
    noise = _smooth_noise(truth.shape, size * rng.uniform(0.15, 0.5), rng)
    mask = signed + size * (rng.uniform(0.03, 0.2) * noise + rng.normal(0, 0.07)) > 0
    if rng.random() < 0.35:
        mask &= ~_half_plane(truth, size, rng)
    if rng.random() < 0.35:
        middle = np.array(ndimage.center_of_mass(truth)) + rng.normal(0, 0.8 * size, 2)
        rows, columns = np.ogrid[: truth.shape[0], : truth.shape[1]]
        blob = np.hypot(rows - middle[0], columns - middle[1]) + 0.15 * size * noise
        mask |= blob < size * rng.uniform(0.1, 0.4)
    return np.asarray(mask, bool)


def _half_plane(truth: Region, size: float, rng: np.random.Generator) -> Region:
    angle = rng.uniform(0, 2 * np.pi)
    middle = ndimage.center_of_mass(truth)
    rows, columns = np.ogrid[: truth.shape[0], : truth.shape[1]]
    along = (rows - middle[0]) * np.sin(angle) + (columns - middle[1]) * np.cos(angle)
    return np.asarray(along > rng.uniform(-0.1, 0.35) * size)


def _smooth_noise(
    shape: tuple[int, ...], scale: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw noise of standard deviation 1 that changes over so many pixels."""
    coarse = [max(2, int(np.ceil(length / max(scale, 1.0))) + 1) for length in shape]
    nodes = rng.normal(0, 1, coarse)
    factors = [length / nodes_ for length, nodes_ in zip(shape, coarse, strict=True)]
    noise = ndimage.zoom(nodes, factors, order=1, mode="nearest", grid_mode=True)
    return np.asarray(noise / max(noise.std(), 1e-6))
