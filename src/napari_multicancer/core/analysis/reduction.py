"""Huge planes: analysed smaller, read in strips, and their outline brought back.

A network sees some hundred pixels a side. So a plane of more than `LARGEST_WHOLE`
pixels is first averaged over squares of k x k pixels, strip by strip, so that it
never lies in memory as a whole; k is the least with which it has at most
`REDUCED_TO` pixels. Each pixel of the smaller outline stands for such a square.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_multicancer.core.analysis.answer import Analysis
from napari_multicancer.core.errors import CancelledError
from napari_multicancer.core.planes.walk import Cancelled
from napari_multicancer.core.scan.scan import Scan

LARGEST_WHOLE = 2**24
"""Pixels (4096 x 4096) of the largest plane that is analysed as it is."""
REDUCED_TO = 2**22
"""Pixels (2048 x 2048) that a larger plane is reduced to, at most."""
STRIP_BYTES = 4 * 2**20


def reduction_factor(scan: Scan) -> int:
    """Say how many pixels a side are to become one; 1 where planes are not huge."""
    height, width = scan.spatial_shape[-2:]
    if height * width <= LARGEST_WHOLE:
        return 1
    return ceil(sqrt(height * width / REDUCED_TO))


def reduce_scan(scan: Scan, factor: int, cancelled: Cancelled | None = None) -> Scan:
    """Make a smaller scan.

    Parameters
    ----------
    scan : Scan
        It has been checked.
    factor : int
    cancelled : callable, optional
        Asked before each strip that is read, now or later; True raises CancelledError.

    Returns
    -------
    Scan
        float32. A picture's pixels are read here, a stack's planes when they are asked for.
    """
    size = scan.voxel_size
    if size is not None:
        size = (*size[:-2], size[-2] * factor, size[-1] * factor)
    place = scan.place.through(Reduction(factor, *scan.spatial_shape[-2:]).matrix)
    pixels: Any = ReducedPlanes(scan, factor, cancelled)
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
    scan, factor, cancelled
        As for `reduce_scan`.
    """

    def __init__(self, scan: Scan, factor: int, cancelled: Cancelled | None) -> None:
        self._scan = scan
        self._factor = factor
        self._cancelled = cancelled
        *leading, height, width = scan.spatial_shape
        colours = (min(3, scan.pixels.shape[-1]),) if "c" in scan.axes else ()
        self.shape = (*leading, ceil(height / factor), ceil(width / factor), *colours)
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
            if self._cancelled is not None and self._cancelled():
                raise CancelledError("Stopped.")
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


def enlarge_answer(
    answer: Analysis, scan: Scan, factor: int, cancelled: Cancelled | None = None
) -> Analysis:
    """Bring the answer for a reduced scan back to the pixels of the scan itself.

    Parameters
    ----------
    answer : Analysis
    scan : Scan
        The one that was reduced.
    factor : int
    cancelled : callable, optional
        Asked before each plane.

    Returns
    -------
    Analysis
        Its probability is a dask array, which enlarges the smaller map part by part.
    """
    if answer.mask is None:
        return answer
    mask = np.zeros(scan.spatial_shape, np.uint8)
    planes = []
    for plane in answer.planes:
        if cancelled is not None and cancelled():
            raise CancelledError("Stopped.")
        where = scan.position(plane.index)
        _enlarge_into(mask[where], answer.mask[where], factor)
        planes.append(replace(plane, lesion_pixels=int(np.count_nonzero(mask[where]))))
    lesion = answer.lesion
    if lesion is not None:
        lesion = replace(lesion, voxels=sum(plane.lesion_pixels for plane in planes))
        if lesion.area_unit == "px":
            area, diameter = lesion.area * factor**2, lesion.diameter * factor
            lesion = replace(lesion, area=area, diameter=diameter)
    return replace(
        answer,
        mask=mask,
        probability=_enlarged(answer.probability, scan.spatial_shape, factor),
        planes=tuple(planes),
        lesion=lesion,
    )


def _enlarge_into(large: NDArray[np.uint8], small: NDArray[np.uint8], factor: int) -> None:
    """Repeat a mask's pixels; rows without lesion are not touched, and so take no memory."""
    for row in np.flatnonzero(small.any(axis=1)):
        repeated = np.repeat(small[row], factor)[: large.shape[1]]
        large[row * factor : (row + 1) * factor] = repeated


def _enlarged(small: Any, shape: tuple[int, ...], factor: int) -> Any:
    import dask.array

    large = dask.array.asarray(small)  # type: ignore[no-untyped-call]
    leading = (1,) * (large.ndim - 2)
    return Reduction(factor, *shape[-2:]).back(large.rechunk((*leading, 256, 256)))
