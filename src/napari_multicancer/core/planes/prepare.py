"""From a plane of a scan to the square that a network sees: window, crop, filters.

All planes here are ordered (row, column) or (row, column, channel).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.planes.filters import DENOISERS, EDGE_DETECTORS, denoise, edges
from napari_multicancer.core.planes.head import crop_to_head
from napari_multicancer.core.planes.known import CROP_TO_HEAD, CROP_TO_SCAN, STEPS
from napari_multicancer.core.planes.letterbox import BoundingBox, Letterbox
from napari_multicancer.core.planes.scan_area import crop_to_scan

INTENSITY_PERCENTILES = (0.5, 99.5)
NETWORK_WHITE = 255.0
CROPS: Mapping[str, Callable[[NDArray[np.float32]], BoundingBox]] = {
    CROP_TO_HEAD: crop_to_head,
    CROP_TO_SCAN: crop_to_scan,
}
"""Steps that find the part of a plane that a network sees."""
_MAX_SAMPLES = 1_000_000


def prepare_plane(
    plane: NDArray[np.generic],
    window: tuple[float, float],
    size: int,
    steps: Sequence[str] = (),
    aspect: float = 1.0,
) -> tuple[NDArray[np.float32], Letterbox]:
    """Turn a plane into the square that a network sees; training and analysis share this.

    The plane is stretched to its window, cropped if the steps say so, and fitted
    into the square. Filters then run inside the square in the order given: at
    the network's scale they do the same to a large scan as to a small one.

    Parameters
    ----------
    plane : ndarray of any real dtype, shape (row, column) or (row, column, 3)
    window : (low, high)
        Black and white point in the plane's own units, from `intensity_window`.
    size : int
        Side of the square in pixels.
    steps : sequence of str
        Some of `STEPS`.
    aspect : float
        How many times as high as wide a pixel is, see `Scan.pixel_aspect`.

    Returns
    -------
    square : ndarray of float32 in 0..255, shape (size, size, 3)
        Grey planes are repeated; black where the plane does not reach.
    box : Letterbox
        The way back to the plane's own pixels.

    Raises
    ------
    ValueError
        A step is unknown.
    """
    return fit_plane(normalize(plane, window), size, steps, aspect)


def fit_plane(
    normalized: NDArray[np.float32], size: int, steps: Sequence[str] = (), aspect: float = 1.0
) -> tuple[NDArray[np.float32], Letterbox]:
    """Do the second half of `prepare_plane`, with a plane from `normalize`."""
    crop = next((CROPS[step](normalized) for step in steps if step in CROPS), None)
    if crop is not None and CROP_TO_SCAN in steps:
        normalized = _stretched_to(normalized, crop)
    box = Letterbox.fit(normalized.shape[0], normalized.shape[1], size, crop, aspect)
    square = box.there(normalized)
    for step in steps:
        if step not in CROPS:
            square[box.inner] = _filter(square[box.inner], step)
    return as_three_channels(square), box


def _stretched_to(normalized: NDArray[np.float32], part: BoundingBox) -> NDArray[np.float32]:
    """Stretch a plane to the window of a part of it: writing and margins have no say."""
    height, width = normalized.shape[:2]
    if (part.height, part.width) == (height, width):
        return normalized
    rows = slice(part.top, part.top + part.height)
    columns = slice(part.left, part.left + part.width)
    return normalize(normalized, intensity_window(normalized[rows, columns]))


def _filter(plane: NDArray[np.float32], step: str) -> NDArray[np.float32]:
    if step in DENOISERS:
        return denoise(plane, step)
    if step in EDGE_DETECTORS:
        return edges(plane, step)
    raise ValueError(f"{step!r} is no preprocessing step; choose among {', '.join(STEPS)}")


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
    values = values[:: max(1, values.size // _MAX_SAMPLES)]
    if values.dtype.kind == "f":
        values = values[np.isfinite(values)]
    elif values.dtype.itemsize == 1:
        values = values.astype(np.int16)  # NumPy sorts 16 bits several times faster than 8
    if values.size == 0:
        return 0.0, 0.0
    low, high = (_percentile(values, percentile) for percentile in INTENSITY_PERCENTILES)
    return (float(values.min()), float(values.max())) if low == high else (low, high)


def _percentile(values: NDArray[Any], percentile: float) -> float:
    """Give what `np.percentile` gives for float64, by one partial sort in the values' own type."""
    rank = (values.size - 1) * (percentile / 100)
    whole = int(rank)
    parted = np.partition(values, whole)
    below = float(parted[whole])
    above = float(parted[whole + 1 :].min()) if whole + 1 < values.size else below
    share, step = rank - whole, above - below
    return below + step * share if share < 0.5 else above - step * (1 - share)


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
    np.fmax(scaled, np.float32(0.0), out=scaled)  # unlike maximum, turns NaN into 0
    return np.minimum(scaled, np.float32(NETWORK_WHITE), out=scaled)


def as_three_channels(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Repeat a grey plane to (row, column, 3); color planes pass as they are."""
    if plane.ndim == 3:
        return plane
    channels = np.empty((*plane.shape, 3), np.float32)
    channels[:] = plane[..., None]
    return channels
