"""From a plane of a scan to the picture a network sees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

INTENSITY_PERCENTILES = (0.5, 99.5)
NETWORK_WHITE = 255.0
_MAX_SAMPLES = 1_000_000


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
