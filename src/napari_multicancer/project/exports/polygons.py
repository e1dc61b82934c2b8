"""Outlines as polygons that enclose exactly the pixels of a mask, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.draw import polygon2mask
from skimage.measure import find_contours

Polygon = NDArray[np.float64]
"""Corners (x, y) in pixels; the center of the first pixel lies at (0.5, 0.5)."""


def polygons_of(mask: NDArray[np.bool_]) -> list[Polygon]:
    """Outline each connected region by one polygon; a hole is cut open to the outside.

    Parameters
    ----------
    mask : ndarray of bool, shape (row, column)
    """
    regions, number = ndimage.label(mask)  # corners do not touch
    return [_outline(np.asarray(regions == one)) for one in range(1, number + 1)]


def drawn(
    polygons: Iterable[Sequence[float] | Polygon], shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Draw polygons: pixels whose center lies in one of them.

    Parameters
    ----------
    polygons : iterable of array_like
        Corners (x, y), or x, y, x, y, ... in a row.
    shape : (height, width)
    """
    mask = np.zeros(shape, bool)
    for corners in polygons:
        points = np.asarray(corners, float).reshape(-1, 2)
        if len(points) > 2:
            mask |= polygon2mask(shape, points[:, ::-1] - 0.5)  # type: ignore[no-untyped-call]
    return mask


def _outline(region: NDArray[np.bool_]) -> Polygon:
    padded = np.pad(region, 1).astype(np.float32)
    contours = find_contours(padded, 0.5, "low")  # type: ignore[no-untyped-call]
    rings: list[Polygon] = [ring[:-1, ::-1] - 0.5 for ring in contours]
    rings.sort(key=_extent, reverse=True)
    outer = rings[0]
    for hole in rings[1:]:
        outer = _joined(outer, hole)
    return outer


def _extent(ring: Polygon) -> float:
    return float(np.prod(np.ptp(ring, axis=0)))


def _joined(outer: Polygon, hole: Polygon) -> Polygon:
    """Go from the nearest corner of the outline to the hole, around it, and back the same way."""
    distances = ((outer[:, None] - hole[None]) ** 2).sum(axis=2)
    start, entry = np.unravel_index(int(distances.argmin()), distances.shape)
    around = np.concatenate([hole[entry:], hole[: entry + 1]])
    return np.concatenate([outer[: start + 1], around, outer[start:]])
