"""The labels that a picture of a mask shows, whichever way it is stored."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.masks.likeness import MOST_VALUES
from napari_multicancer.core.scan.scan import Scan

_LARGEST = 2**16
"""Values from here on are no labels."""


def shown_labels(scan: Scan) -> NDArray[Any]:
    """Read the labels of a scan that is known to be a mask.

    Of two values, the higher one is the lesion. A few whole numbers are labels as they stand, a
    few colors or other numbers are counted, in the order of their values, black being outside. More
    than `MOST_VALUES` are two that compression or smooth edges have blurred, cut halfway.

    Parameters
    ----------
    scan : Scan

    Returns
    -------
    ndarray of uint8 or uint16, shape of `scan.spatial_shape`

    Examples
    --------
    >>> shown_labels(Scan(np.array([[0, 255], [255, 0]], np.uint8), "yx"))
    array([[0, 1],
           [1, 0]], dtype=uint8)
    """
    pixels = np.asarray(scan.pixels)
    if "c" in scan.axes:
        return _of_colors(pixels[..., :3])
    return _of_values(pixels)


def _of_colors(pixels: NDArray[Any]) -> NDArray[Any]:
    flat = pixels.reshape(-1, pixels.shape[-1])
    if (flat == flat[:, :1]).all():
        return _of_values(pixels[..., 0])
    colors, counted = np.unique(flat, axis=0, return_inverse=True)
    if len(colors) > MOST_VALUES:
        return _cut_halfway(pixels.max(axis=-1))
    return _counted(counted.reshape(pixels.shape[:-1]), is_black_there=not colors[0].any())


def _of_values(values: NDArray[Any]) -> NDArray[Any]:
    levels = np.unique(values)
    if len(levels) > MOST_VALUES:
        return _cut_halfway(values)
    if len(levels) <= 2:
        outside = levels[0] if len(levels) == 2 else 0
        return np.asarray(values != outside, np.uint8)
    if (levels == np.floor(levels)).all() and levels[0] >= 0 and levels[-1] < _LARGEST:
        return values.astype(np.uint8 if levels[-1] < 2**8 else np.uint16)
    return _counted(np.searchsorted(levels, values), is_black_there=levels[0] <= 0)


def _counted(numbers: NDArray[Any], *, is_black_there: bool) -> NDArray[Any]:
    return (numbers if is_black_there else numbers + 1).astype(np.uint8)


def _cut_halfway(values: NDArray[Any]) -> NDArray[Any]:
    low, high = float(values.min()), float(values.max())
    return np.asarray(values > (low + high) / 2, np.uint8)
