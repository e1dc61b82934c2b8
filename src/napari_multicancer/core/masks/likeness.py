"""Whether a picture holds what a mask does: few values, in flat areas."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.scan.scan import Scan

MOST_VALUES = 8
"""Values, with that of the background, that a mask is expected to have at most."""
_MOST_EDGES = 0.1
"""Neighbors that differ, for each pixel: of flat areas few do, of a dithered scan many."""
_BAND = 24
"""Gray levels by which lossy compression and smooth edges change those of a mask."""
_APART = 64
"""Gray levels that lie between the background of a mask and its lesion at least."""
_EDGES_OF_MANY = 0.25
"""The same where many small labels fill a plane, such as cells of 8 x 8 pixels."""
_COVERED = 0.993
_LESION_COVERED = 0.8
"""Parts, of all pixels and of those outside the background, that lie near the two levels: of
3,495 scans of all kinds, those with the second have no more than 0.987 of the first."""
_LEAST_LESION = 0.0005
"""Part of the pixels; less is left of a head in the last plane above it."""


def few_values(scan: Scan) -> int | None:
    """Count the values, or colors, of a scan that has no more than `MOST_VALUES`; else None."""
    found: NDArray[Any] = np.empty(0)
    for _, plane in scan.planes():
        values = _as_numbers(plane)
        if len(np.unique(values[::8, ::8])) > MOST_VALUES:
            return None
        found = np.union1d(found, values)
        if len(found) > MOST_VALUES:
            return None
    return len(found)


def looks_like_mask(scan: Scan) -> bool:
    """Say whether a scan's values show it to be a mask, whatever its file says.

    It has 2 to `MOST_VALUES` values, which lie in flat areas; or it is one gray picture of 8 bits
    with two levels far apart and next to nothing between them, as a mask is after lossy
    compression, or with smooth edges.

    Parameters
    ----------
    scan : Scan
        Of axes that can be analyzed.
    """
    count = few_values(scan)
    if count is not None:
        return count > 1 and all(_is_flat(_as_numbers(plane)) for _, plane in scan.planes())
    plane = scan.plane(0)
    return scan.n_planes == 1 and plane.ndim == 2 and plane.dtype == np.uint8 and _is_split(plane)


def is_flat(scan: Scan) -> bool:
    """Say whether the values of all planes lie in flat areas, as labels do, however many."""
    return all(_is_flat(_as_numbers(plane), _EDGES_OF_MANY) for _, plane in scan.planes())


def _as_numbers(plane: NDArray[Any]) -> NDArray[Any]:
    """Give each color of a plane a number of its own."""
    if plane.ndim == 2:
        return plane
    channels = np.unique(plane, return_inverse=True)[1].reshape(plane.shape)
    steps = (int(channels.max()) + 1) ** np.arange(plane.shape[-1])
    return np.asarray(channels @ steps)


def _is_flat(values: NDArray[Any], most_edges: float = _MOST_EDGES) -> bool:
    edges = sum(np.count_nonzero(np.diff(values, axis=axis)) for axis in (0, 1))
    return bool(edges <= most_edges * values.size)


def _is_split(plane: NDArray[np.uint8]) -> bool:
    """Say whether the values of a gray picture are a background and one other level."""
    counts = np.bincount(plane.ravel(), minlength=256)
    off = np.abs(np.arange(256) - int(counts.argmax()))
    outside = counts[off > _BAND].sum()
    if not outside:
        return False
    around = np.convolve(np.where(off >= _APART, counts, 0), np.ones(2 * _BAND + 1), "same")
    level = int(np.where(off >= _APART, around, 0).argmax())
    near = np.abs(np.arange(256) - level) <= _BAND
    lesion = counts[near & (off > _BAND)].sum()
    covered = lesion + counts[off <= _BAND].sum()
    return bool(
        lesion >= max(_LESION_COVERED * outside, _LEAST_LESION * plane.size)
        and covered >= _COVERED * plane.size
    )
