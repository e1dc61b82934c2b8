"""Random changes that leave a picture's meaning alone, on picture and mask alike.

What is to be changed is drawn by numpy, a picture at a time; the changes are made by Keras,
a batch at a time, wherever it computes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

from napari_multicancer.core.planes.prepare import NETWORK_WHITE
from napari_multicancer.training.fit.crops import Window
from napari_multicancer.training.recipe import TaskConfig

ROTATION_DEGREES = 20.0
SHIFT = 0.10
SHEAR_DEGREES = 8.0
STRETCH = 0.12
CUTOUT = (0.1, 0.35)
BIAS_NODES = 4
BIAS = 0.3
"""Standard deviation of the logarithm of a smooth gain at its nodes."""
ELASTIC_NODES = 6
"""Displacements are drawn on so many nodes a side, and spread smoothly between them."""
BLUR_SIGMA = 1.6
BLUR_REACH = 4
"""Pixels on either side that a blurred pixel is the mean of."""

GRAIN_LENGTH = 2**19
GRAIN = np.random.default_rng(0).standard_normal(GRAIN_LENGTH).astype(np.float32)
"""Noise for all pictures, each entering it anywhere: what is drawn stays small."""

Changes = Mapping[str, Any]
"""What `augment` is to do: by name an array, whose first axis is the picture."""


def draw_changes(
    size: int, config: TaskConfig, rng: np.random.Generator, window: Window | None = None
) -> dict[str, NDArray[Any]]:
    """Draw what is to be done to one picture.

    Parameters
    ----------
    size : int
        Side of the square picture in pixels.
    config : TaskConfig
        How often to mirror, to show a single channel and to hide a part, and how
        strongly to change intensities and to bend.
    rng : numpy.random.Generator
    window : Window, optional
        The part of the picture to show instead of turning, moving and bending it.

    Returns
    -------
    dict of str to ndarray
        One picture's share of the `Changes` that `augment` takes.
    """
    strength = config.intensity_strength
    elastic = config.elastic * size * rng.standard_normal((ELASTIC_NODES, ELASTIC_NODES, 2))
    if window is None:
        affine = _random_affine(size, config, rng)
    else:
        affine, elastic = _onto_window(size, window, config, rng), np.zeros_like(elastic)
    changes = {
        "affine": affine,
        "elastic": elastic,
        "channels": _channels(config, rng),
        "bias": _bias(config, rng),
        "tone": (
            np.exp(strength * rng.uniform(-0.5, 0.5)),
            1 + strength * rng.uniform(-0.2, 0.2),
            strength * rng.uniform(-0.08, 0.08),
        ),
        "blur": min(1.0, strength * rng.uniform(0.2, 1.0)) * (rng.random() < 0.2),
        "grain": (
            strength * rng.uniform(0.03, 0.2) * (rng.random() < 0.3),
            strength * rng.uniform(0.01, 0.06) * (rng.random() < 0.2),
        ),
        "shadow": (
            rng.uniform(0, size),
            rng.uniform(0.03, 0.12) * size,
            strength * rng.uniform(0.2, 0.6) * (rng.random() < 0.15),
        ),
        "entry": rng.integers(GRAIN_LENGTH),
        "hidden": _hidden(size, rng) if rng.random() < config.cutout_probability else (0,) * 4,
    }
    return {
        name: np.asarray(value, np.int32 if name == "entry" else np.float32)
        for name, value in changes.items()
    }


def augment(images: Any, masks: Any, changes: Changes) -> tuple[Any, Any]:
    """Change pictures and their masks.

    Parameters
    ----------
    images : tensor or ndarray of uint8, shape (n, size, size, 3), 0..255
    masks : tensor or ndarray of uint8, shape (n, size, size), 0 or 1
    changes : mapping of str to tensor or ndarray
        From `draw_changes`, stacked.

    Returns
    -------
    images : tensor of float32, shape (n, size, size, 3), 0..255
    masks : tensor of float32, shape (n, size, size, 1), 0 or 1
    """
    both = ops.concatenate(
        [ops.cast(images, "float32") / NETWORK_WHITE, ops.cast(masks, "float32")[..., None]], -1
    )
    both = _warp(both, changes["affine"], changes["elastic"])
    x, warped_masks = both[..., :3], ops.cast(both[..., 3:] > 0.5, "float32")
    x = ops.einsum("nrci,nij->nrcj", x, changes["channels"])
    x = _change_intensity(x, changes)
    return _hide(x, changes["hidden"]) * NETWORK_WHITE, warped_masks


def _random_affine(size: int, config: TaskConfig, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw rotation, shear, zoom, stretch, mirror and shift: from new (x, y, 1) to old (x, y)."""
    angle = np.deg2rad(rng.uniform(-ROTATION_DEGREES, ROTATION_DEGREES))
    shear = np.tan(np.deg2rad(rng.uniform(-SHEAR_DEGREES, SHEAR_DEGREES)))
    zoom = np.exp(rng.uniform(*np.log(config.zoom)))
    stretch = np.exp(rng.uniform(-STRETCH, STRETCH))
    rotate = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = rotate @ np.array([[1, shear], [0, 1]]) / zoom
    linear = linear @ np.diag([_mirror(config, rng) * stretch, 1 / stretch])
    centre = np.full(2, (size - 1) / 2)
    shift = rng.uniform(-SHIFT, SHIFT, 2) * size
    return np.column_stack([linear, centre - linear @ (centre + shift)])


def _onto_window(
    size: int, window: Window, config: TaskConfig, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Show a square part of the picture over the whole square, now and then mirrored."""
    scale = window.side / size
    linear = np.diag([_mirror(config, rng) * scale, scale])
    centre = np.array([window.left, window.top]) + (window.side - 1) / 2
    return np.column_stack([linear, centre - linear @ np.full(2, (size - 1) / 2)])


def _mirror(config: TaskConfig, rng: np.random.Generator) -> float:
    return -1.0 if rng.random() < config.flip_probability else 1.0


def _channels(config: TaskConfig, rng: np.random.Generator) -> NDArray[np.float64]:
    """Show one contrast alone now and then; the middle one (FLAIR in LGG) half of the time."""
    if rng.random() >= config.grey_probability:
        return np.eye(3)
    return np.repeat(np.eye(3)[rng.choice(3, p=(0.25, 0.5, 0.25)), :, None], 3, axis=1)


def _bias(config: TaskConfig, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw the logarithm of a smooth gain, a value a node; now and then along depth alone."""
    field = BIAS * rng.standard_normal((BIAS_NODES, BIAS_NODES, 1))
    if rng.random() < 0.5:
        field = np.repeat(field[:, :1], BIAS_NODES, axis=1)
    return field * (rng.random() < config.bias_probability)


def _hidden(size: int, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Draw a rectangle: its first and last but one rows, its first and last but one columns."""
    rows, columns = np.rint(rng.uniform(*CUTOUT, 2) * size).astype(int)
    top, left = rng.integers(0, size - rows), rng.integers(0, size - columns)
    return top, top + rows, left, left + columns


def _warp(pictures: Any, affine: Any, elastic: Any) -> Any:
    """Take each pixel from where `affine` and `elastic` say it was, bilinearly; black outside."""
    size, channels = pictures.shape[1], pictures.shape[-1]
    line = ops.arange(size, dtype="float32")
    grid = ops.stack([*ops.meshgrid(line, line), ops.ones((size, size))])
    bent = ops.image.resize(elastic, (size, size), "bicubic", data_format="channels_last")
    x, y = (ops.einsum("ni,irc->nrc", affine[:, axis], grid) + bent[..., axis] for axis in range(2))
    left, top = ops.floor(x), ops.floor(y)
    flat = ops.reshape(pictures, (-1, channels))
    first = ops.arange(0, ops.shape(pictures)[0], dtype="int32")[:, None, None] * size**2
    total = 0.0
    for column, row in ((0, 0), (1, 0), (0, 1), (1, 1)):
        at_x, at_y = left + column, top + row
        weight = (1 - ops.absolute(x - at_x)) * (1 - ops.absolute(y - at_y))
        inside = (at_x >= 0) & (at_x < size) & (at_y >= 0) & (at_y < size)
        place = ops.clip(at_y, 0, size - 1) * size + ops.clip(at_x, 0, size - 1)
        pixels = ops.take(flat, first + ops.cast(place, "int32"), axis=0)
        total = total + pixels * (weight * ops.cast(inside, "float32"))[..., None]
    return total


def _change_intensity(x: Any, changes: Changes) -> Any:
    """Gamma, contrast, blur, speckle, noise and shadow; `x` in 0..1."""
    size = x.shape[1]
    exponent, gain, offset = (changes["tone"][:, i, None, None, None] for i in range(3))
    x = ops.power(ops.maximum(x, 1e-6), exponent) * gain + offset
    bias = ops.image.resize(changes["bias"], (size, size), "bicubic", data_format="channels_last")
    x = x * ops.exp(bias)
    x = x + changes["blur"][:, None, None, None] * (_blurred(x) - x)
    speckle, noise = (changes["grain"][:, i, None, None, None] for i in range(2))
    grain = _grain(changes["entry"], size)
    x = x * (1 + speckle * grain) + noise * grain
    x = x * _shadow(changes["shadow"], size)[:, None, :, None]
    return ops.clip(x, 0.0, 1.0)


def _blurred(x: Any) -> Any:
    """Blur by a Gaussian of `BLUR_SIGMA`, mirrored at the border."""
    distance = ops.arange(-BLUR_REACH, BLUR_REACH + 1, dtype="float32")
    weights = ops.exp(-0.5 * ops.square(distance / BLUR_SIGMA))
    line = (weights / ops.sum(weights))[:, None, None, None]
    line = ops.repeat(line, x.shape[-1], axis=2)
    pad = (BLUR_REACH, BLUR_REACH)
    x = ops.pad(x, ((0, 0), pad, pad, (0, 0)), mode="reflect")
    for kernel in (line, ops.swapaxes(line, 0, 1)):
        x = ops.depthwise_conv(x, kernel, data_format="channels_last")
    return x


def _grain(entry: Any, size: int) -> Any:
    """Cut a picture of noise, shape (n, size, size, 1), out of the strip from `entry` on."""
    place = (entry[:, None] + ops.arange(size * size, dtype="int32")) % GRAIN_LENGTH
    return ops.reshape(ops.take(ops.convert_to_tensor(GRAIN), place), (-1, size, size, 1))


def _shadow(shadow: Any, size: int) -> Any:
    """Darken a band of columns, as bone or air does in ultrasound; shape (n, size)."""
    centre, spread, depth = (shadow[:, i, None] for i in range(3))
    columns = ops.arange(size, dtype="float32")
    return 1 - depth * ops.exp(-0.5 * ops.square((columns - centre) / spread))


def _hide(x: Any, hidden: Any) -> Any:
    """Fill a rectangle with the picture's mean (DeVries and Taylor 2017)."""
    line = ops.arange(x.shape[1], dtype="float32")
    top, bottom, left, right = (hidden[:, i, None] for i in range(4))
    rows, columns = (line >= top) & (line < bottom), (line >= left) & (line < right)
    inside = (rows[:, :, None] & columns[:, None, :])[..., None]
    return ops.where(inside, ops.mean(x, axis=(1, 2, 3), keepdims=True), x)
