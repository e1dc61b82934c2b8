"""Huge planes: looked at smaller, read in strips, and maps and masks brought back.

A network sees some hundred pixels a side. So a plane of more than `LARGEST_WHOLE`
pixels is first averaged over squares of k x k pixels, strip by strip, so that it
never lies in memory as a whole; k is the least with which it has at most
`REDUCED_TO` pixels. Each pixel of the smaller outline stands for such a square.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_multicancer.core.scan.scan import Scan

LARGEST_WHOLE = 2**24
"""Pixels (4096 x 4096) of the largest plane that is analyzed as it is."""
REDUCED_TO = 2**22
"""Pixels (2048 x 2048) that a larger plane is reduced to, at most."""
STRIP_BYTES = 4 * 2**20
Proceed = Callable[[], None]


def _always() -> None:
    """Go on."""


def reduction_factor(scan: Scan) -> int:
    """Say how many pixels a side are to become one; 1 where planes are not huge."""
    height, width = scan.spatial_shape[-2:]
    if height * width <= LARGEST_WHOLE:
        return 1
    return ceil(sqrt(height * width / REDUCED_TO))


def reduce_scan(scan: Scan, factor: int, proceed: Proceed = _always) -> Scan:
    """Make a smaller scan.

    Parameters
    ----------
    scan : Scan
        It has been checked.
    factor : int
    proceed : callable, optional
        Called before each strip that is read, now or later; may raise CancelledError.

    Returns
    -------
    Scan
        float32. A picture's pixels are read here, a stack's planes when they are asked for.
    """
    size = scan.voxel_size
    if size is not None:
        size = (*size[:-2], size[-2] * factor, size[-1] * factor)
    place = scan.place.through(Reduction(factor, *scan.spatial_shape[-2:]).matrix)
    pixels: Any = ReducedPlanes(scan, factor, proceed)
    axes = scan.spatial_axes + "c" * (len(pixels.shape) > len(scan.spatial_shape))
    if scan.n_planes == 1:
        plane = pixels[scan.position(0)]
        pixels = plane.reshape(pixels.shape)
    return replace(scan, pixels=pixels, axes=axes, voxel_size=size, place=place)


@dataclass(frozen=True)
class Reduction:
    """Planes averaged over squares of pixels, as a step (see `core.scan.steps`).

    Attributes
    ----------
    factor : int
        Side of a square in pixels.
    height, width : int
        Of the planes before.
    """

    factor: int
    height: int
    width: int

    def there(self, plane: NDArray[Any]) -> NDArray[np.float32]:
        """Average one plane, shape (row, column[, channel])."""
        return average(plane, self.factor)

    def back(self, mask: Any) -> Any:
        """Let each pixel of a mask or map stand for its square; lazy where it is a dask array."""
        for axis, length in ((mask.ndim - 2, self.height), (mask.ndim - 1, self.width)):
            repeated = np.repeat(mask, self.factor, axis)
            mask = repeated[(slice(None),) * axis + (slice(length),)]
        return mask

    def shape(self, before: tuple[int, ...]) -> tuple[int, ...]:
        """Give the shape of the smaller plane."""
        return (ceil(self.height / self.factor), ceil(self.width / self.factor), *before[2:])

    @property
    def matrix(self) -> NDArray[np.float64]:
        """Matrix from indices (z, y, x, 1) of squares to those of the pixels in their middle."""
        matrix = np.diag([1.0, self.factor, self.factor, 1.0])
        matrix[1:3, 3] = (self.factor - 1) / 2
        return matrix


class ReducedPlanes:
    """A scan's planes, each averaged over squares of pixels when it is asked for.

    Parameters
    ----------
    scan, factor, proceed
        As for `reduce_scan`.
    """

    def __init__(self, scan: Scan, factor: int, proceed: Proceed) -> None:
        self._scan = scan
        self._factor = factor
        self._proceed = proceed
        *leading, height, width = scan.spatial_shape
        colors = (min(3, scan.pixels.shape[-1]),) if "c" in scan.axes else ()
        self.shape = (*leading, ceil(height / factor), ceil(width / factor), *colors)
        self.ndim = len(self.shape)
        self.dtype = np.dtype(np.float32)

    def __getitem__(self, position: tuple[int, ...]) -> NDArray[np.float32]:
        """Read one plane in strips."""
        parts: list[NDArray[np.float32]] = []
        left: NDArray[Any] | None = None
        for strip in self._strips(position):
            rows = strip if left is None else np.concatenate([left, strip])
            whole = len(rows) // self._factor * self._factor
            if whole:
                parts.append(average(rows[:whole], self._factor))
            left = rows[whole:]
        if left is not None and len(left):
            parts.append(average(left, self._factor))
        return np.concatenate(parts)

    def _strips(self, position: tuple[int, ...]) -> Iterator[NDArray[Any]]:
        """Read rows, as many at a time as lie in whole chunks."""
        pixels, axis = self._scan.pixels, len(position)
        height = pixels.shape[axis]
        row_bytes = int(np.prod(pixels.shape[axis + 1 :])) * pixels.dtype.itemsize
        rows = max(1, STRIP_BYTES // row_bytes)
        if (chunks := getattr(pixels, "chunks", None)) is not None:
            rows = max(1, rows // chunks[axis][0]) * chunks[axis][0]
        for start in range(0, height, rows):
            self._proceed()
            strip = np.asarray(pixels[(*position, slice(start, start + rows))])
            yield strip[..., :3] if "c" in self._scan.axes else strip


def average(rows: NDArray[Any], factor: int) -> NDArray[np.float32]:
    """Average over squares; at the end of a side, over what is left.

    Parameters
    ----------
    rows : ndarray of any real dtype, shape (row, column) or (row, column, channel)
    factor : int

    Returns
    -------
    ndarray of float32, shape (ceil(row / factor), ceil(column / factor)[, channel])
    """
    if rows.ndim == 3:
        channels = [average(rows[..., channel], factor) for channel in range(rows.shape[2])]
        return np.stack(channels, axis=-1)
    return np.asarray(Image.fromarray(np.ascontiguousarray(rows, np.float32)).reduce(factor))


def enlarge_mask(small: NDArray[np.uint8], large: NDArray[np.uint8], factor: int) -> None:
    """Bring one plane's mask back to the pixels of the scan that was reduced.

    Parameters
    ----------
    small : ndarray of uint8, shape (row, column)
    large : ndarray of uint8, shape (row, column)
        The scan's own, zero; written to. Rows without lesion are not touched, and so
        take no memory.
    factor : int
    """
    for row in np.flatnonzero(small.any(axis=1)):
        repeated = np.repeat(small[row], factor)[: large.shape[1]]
        large[row * factor : (row + 1) * factor] = repeated


def enlarge_map(small: Any, shape: tuple[int, ...], factor: int) -> Any:
    """Bring a map back to the pixels of the scan that was reduced, part by part when asked for.

    Parameters
    ----------
    small : ndarray or dask array, shape (..., row, column)
    shape : tuple of int
        The scan's own.
    factor : int

    Returns
    -------
    dask array of the same dtype, shape `shape`
    """
    import dask.array

    large = dask.array.asarray(small)
    leading = (1,) * (large.ndim - 2)
    return Reduction(factor, *shape[-2:]).back(large.rechunk((*leading, 256, 256)))
