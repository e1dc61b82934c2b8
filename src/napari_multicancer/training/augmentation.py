"""Random changes that leave a picture's meaning alone, on picture and mask alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from napari_multicancer.core.preprocessing import NETWORK_WHITE
from napari_multicancer.training.config import TaskConfig

ROTATION_DEGREES = 20.0
SHIFT = 0.10
SHEAR_DEGREES = 8.0
ZOOM = (0.75, 1.3)
STRETCH = 0.12
CUTOUT = (0.1, 0.35)


def augment(
    image: NDArray[np.uint8],
    mask: NDArray[np.uint8],
    config: TaskConfig,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Change one picture and its mask at random.

    Parameters
    ----------
    image : ndarray of uint8, shape (size, size, 3)
    mask : ndarray of uint8, shape (size, size)
        0 or 1.
    config : TaskConfig
        How often to mirror, to show a single channel and to hide a part, and how
        strongly to change intensities.
    rng : numpy.random.Generator

    Returns
    -------
    image : ndarray of float32, shape (size, size, 3), 0..255
    mask : ndarray of float32, shape (size, size), 0 or 1
    """
    inverse = _random_affine(image.shape[0], config, rng)
    warped = _warp(image, inverse, Image.Resampling.BILINEAR).astype(np.float32)
    warped_mask = _warp(mask * 255, inverse, Image.Resampling.BILINEAR) > 127
    if rng.random() < config.grey_probability:
        warped = _one_channel(warped, rng)
    changed = _change_intensity(warped, config.intensity_strength, rng)
    if rng.random() < config.cutout_probability:
        _hide_a_part(changed, rng)
    return changed, warped_mask.astype(np.float32)


def _random_affine(size: int, config: TaskConfig, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw rotation, shear, zoom, stretch, mirror and shift as one 3 x 3 matrix (x, y, 1)."""
    angle = np.deg2rad(rng.uniform(-ROTATION_DEGREES, ROTATION_DEGREES))
    shear = np.tan(np.deg2rad(rng.uniform(-SHEAR_DEGREES, SHEAR_DEGREES)))
    zoom = np.exp(rng.uniform(*np.log(ZOOM)))
    stretch = np.exp(rng.uniform(-STRETCH, STRETCH))
    mirror = -1.0 if rng.random() < config.flip_probability else 1.0
    rotate = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = rotate @ np.array([[1, shear], [0, 1]]) / zoom
    linear = linear @ np.diag([mirror * stretch, 1 / stretch])
    centre = np.full(2, (size - 1) / 2)
    shift = rng.uniform(-SHIFT, SHIFT, 2) * size
    affine = np.eye(3)
    affine[:2, :2] = linear
    affine[:2, 2] = centre - linear @ (centre + shift)
    return affine


def _warp(
    picture: NDArray[np.uint8], inverse: NDArray[np.float64], how: Image.Resampling
) -> NDArray[np.uint8]:
    source = Image.fromarray(picture)
    coefficients = tuple(inverse[:2].ravel())
    return np.asarray(source.transform(source.size, Image.Transform.AFFINE, coefficients, how))


def _one_channel(image: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Show one contrast alone; the middle one (FLAIR in LGG) half of the time."""
    channel = rng.choice(3, p=(0.25, 0.5, 0.25))
    return np.repeat(image[..., channel : channel + 1], 3, axis=-1)


def _change_intensity(
    image: NDArray[np.float32], strength: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Gamma, contrast, blur, speckle, noise and shadow, each now and then."""
    x = image / NETWORK_WHITE
    x = x ** np.exp(strength * rng.uniform(-0.5, 0.5))
    x = x * (1 + strength * rng.uniform(-0.2, 0.2)) + strength * rng.uniform(-0.08, 0.08)
    if rng.random() < 0.2:
        x = ndimage.gaussian_filter(x, (*[strength * rng.uniform(0.4, 1.5)] * 2, 0))
    if rng.random() < 0.3:
        grain = rng.standard_normal(x.shape[:2], np.float32)[..., None]
        x = x * (1 + strength * rng.uniform(0.03, 0.2) * grain)
    if rng.random() < 0.2:
        grain = rng.standard_normal((*x.shape[:2], 1), np.float32)
        x = x + strength * rng.uniform(0.01, 0.06) * grain
    if rng.random() < 0.15:
        x = x * (1 - strength * (1 - _shadow(x.shape[1], rng)))[None, :, None]
    return (np.clip(x, 0.0, 1.0) * NETWORK_WHITE).astype(np.float32)


def _shadow(width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Darken a band of columns, as bone or air does in ultrasound."""
    columns = np.arange(width)
    centre, spread = rng.uniform(0, width), rng.uniform(0.03, 0.12) * width
    depth = rng.uniform(0.2, 0.6)
    return (1 - depth * np.exp(-0.5 * ((columns - centre) / spread) ** 2)).astype(np.float32)


def _hide_a_part(image: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Fill a rectangle with the picture's mean, in place (DeVries and Taylor 2017)."""
    sides = np.array(image.shape[:2])
    extent = np.rint(rng.uniform(*CUTOUT, 2) * sides).astype(int)
    top, left = rng.integers(0, sides - extent)
    image[top : top + extent[0], left : left + extent[1]] = image.mean()
