"""From a plane of a scan to the square picture a network sees, and the way back.

The two directions share one `Letterbox`, so that a mask lands on the pixels it
came from. All arrays here are ordered (row, column) or (row, column, channel).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

INTENSITY_PERCENTILES = (0.5, 99.5)
NETWORK_WHITE = 255.0
_MAX_SAMPLES = 1_000_000


@dataclass(frozen=True)
class Letterbox:
    """Where a plane lies inside a network's square input.

    Attributes
    ----------
    height, width : int
        Size of the plane in pixels.
    size : int
        Side of the square in pixels.
    top, left, inner_height, inner_width : int
        The part of the square that the plane fills; the rest is black.
    """

    height: int
    width: int
    size: int
    top: int
    left: int
    inner_height: int
    inner_width: int

    @classmethod
    def fit(cls, height: int, width: int, size: int) -> Letterbox:
        """Centre a plane of `height` x `width` pixels in a square, keeping its proportions."""
        scale = size / max(height, width)
        inner_height = min(size, max(1, round(height * scale)))
        inner_width = min(size, max(1, round(width * scale)))
        return cls(
            height=height,
            width=width,
            size=size,
            top=(size - inner_height) // 2,
            left=(size - inner_width) // 2,
            inner_height=inner_height,
            inner_width=inner_width,
        )

    @property
    def inner(self) -> tuple[slice, slice]:
        """Index of the filled part of the square."""
        return (
            slice(self.top, self.top + self.inner_height),
            slice(self.left, self.left + self.inner_width),
        )

    def apply(self, plane: NDArray[np.float32]) -> NDArray[np.float32]:
        """Shrink or enlarge a plane into the square.

        Parameters
        ----------
        plane : ndarray of float32, shape (height, width) or (height, width, channels)

        Returns
        -------
        ndarray of float32, shape (size, size) or (size, size, channels)
            Anti-aliased when shrinking, bilinear when enlarging, black outside.
        """
        square = np.zeros((self.size, self.size, *plane.shape[2:]), np.float32)
        square[self.inner] = resize(plane, (self.inner_height, self.inner_width))
        return square

    def undo(self, square: NDArray[np.float32]) -> NDArray[np.float32]:
        """Bring a map from the square back to the plane's own pixels.

        Parameters
        ----------
        square : ndarray of float32, shape (size, size)

        Returns
        -------
        ndarray of float32, shape (height, width)
        """
        return resize(square[self.inner], (self.height, self.width))


def resize(image: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Resample a float picture to `shape` (height, width): anti-aliased down, bilinear up."""
    if image.shape[:2] == shape:
        return image
    if image.ndim == 3:
        channels = [resize(image[..., c], shape) for c in range(image.shape[2])]
        return np.stack(channels, axis=-1)
    source = Image.fromarray(np.ascontiguousarray(image, dtype=np.float32))
    return np.asarray(source.resize(shape[::-1], Image.Resampling.BILINEAR))


def intensity_window(pixels: NDArray[np.generic]) -> tuple[float, float]:
    """Find the black and white points of a picture or stack: its 0.5 and 99.5 percentiles.

    Values that are not finite are left out. Above a million values, evenly
    spaced ones stand for all.

    Parameters
    ----------
    pixels : ndarray of any real dtype and shape

    Returns
    -------
    low, high : float
        Equal where the picture is constant or has no finite value.
    """
    values = pixels.reshape(-1)
    values = values[:: max(1, values.size // _MAX_SAMPLES)].astype(np.float64)
    values = values[np.isfinite(values)]
    if values.size == 0:
        return 0.0, 0.0
    low, high = np.percentile(values, INTENSITY_PERCENTILES)
    if low == high:
        low, high = values.min(), values.max()
    return float(low), float(high)


def normalize(plane: NDArray[np.generic], window: tuple[float, float]) -> NDArray[np.float32]:
    """Stretch `window` to 0..255 and clip; NaN becomes black, infinities the nearer end.

    Parameters
    ----------
    plane : ndarray of any real dtype, shape (row, column[, channel])
    window : (low, high)
        Black and white point in the plane's own units.

    Returns
    -------
    ndarray of float32 in 0..255, same shape
    """
    low, high = window
    if high <= low:
        return np.zeros(plane.shape, np.float32)
    scaled: NDArray[np.float32] = plane.astype(np.float32)
    scaled -= np.float32(low)
    scaled *= np.float32(NETWORK_WHITE / (high - low))
    np.nan_to_num(scaled, copy=False, nan=0.0)
    return np.clip(scaled, 0.0, NETWORK_WHITE, out=scaled)


def as_three_channels(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Repeat a grey plane to (row, column, 3); colour planes pass as they are."""
    return np.repeat(plane[..., None], 3, axis=-1) if plane.ndim == 2 else plane
