"""The planes of one series of pages, as they are seen: all at once, or block by block."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tifffile import PHOTOMETRIC, TiffPageSeries

from napari_multicancer.io.tiff.colors import as_seen
from napari_multicancer.io.tiff.page import (
    is_subsampled,
    look_of_picture,
    orientation,
    picture,
    samples_last,
)
from napari_multicancer.io.upright import upright

_IN_PAGE = "YXS"
"""tifffile's letters of what lies within a plane."""


class Planes:
    """What a series of pages looks like.

    Parameters
    ----------
    series : TiffPageSeries

    Attributes
    ----------
    axes : str
        tifffile's letters, one a dimension: "S" for color, last where there is one.
    shape : tuple of int
    dtype : numpy.dtype
    """

    def __init__(self, series: TiffPageSeries) -> None:
        self._series, page = series, series.keyframe
        shape, dtype = look_of_picture(page)
        leading = [n for n, a in zip(series.shape, series.axes, strict=True) if a not in _IN_PAGE]
        in_plane = shape[sum(axis not in _IN_PAGE for axis in page.axes) :]
        self.axes = "".join(axis for axis in series.axes if axis not in _IN_PAGE)
        self.axes += "YXS"[: len(in_plane)]
        self.shape = (*leading, *in_plane)
        self.dtype = np.dtype(dtype)
        self._one_by_one = self._differ()

    def all(self) -> NDArray[Any]:
        """Decode all of them."""
        if self._one_by_one:
            return self._decoded(0, len(self._series.pages)).reshape(self.shape)
        return self._seen(self._series.asarray(), self._series.axes)

    def block(self, index: int) -> NDArray[Any]:
        """Decode what lies at an index of the first axis."""
        series = self._series
        if series.dataoffset is not None and not self._one_by_one:
            stored = np.dtype(series.dtype).newbyteorder(series.keyframe.parent.byteorder)
            count, file = prod(series.shape[1:]), series.keyframe.parent.filehandle
            file.seek(series.dataoffset + index * count * stored.itemsize)
            pixels = np.asarray(file.read_array(stored, count)).reshape(series.shape[1:])
            return self._seen(pixels.astype(series.dtype, copy=False), series.axes[1:])
        per_block = len(series.pages) // self.shape[0]
        first = index * per_block
        return self._decoded(first, first + per_block).reshape(self.shape[1:])

    def _differ(self) -> bool:
        """Whether pages have to be decoded one by one, as each has a meaning of its own."""
        series, page = self._series, self._series.keyframe
        n_pages = len(series.pages)
        if prod(series.shape) != n_pages * prod(page.shape):
            return False
        if is_subsampled(page) or (page.photometric == PHOTOMETRIC.PALETTE and n_pages > 1):
            return True
        return series.kind == "generic" and any(
            other.hash != page.hash or orientation(other) != orientation(page)
            for other in series.pages
        )

    def _decoded(self, start: int, stop: int) -> NDArray[Any]:
        return np.stack([_picture(page) for page in self._series.pages[start:stop]])

    def _seen(self, stored: NDArray[Any], axes: str) -> NDArray[Any]:
        """Show samples of many pages by the tags of the first."""
        page = self._series.keyframe
        seen = as_seen(samples_last(stored, axes), page)
        return np.asarray(upright(seen, self.axes[-seen.ndim :].lower(), orientation(page)))


def _picture(page: Any) -> NDArray[Any]:
    """Decode a page, which may lie in another file than the first."""
    file = page.parent.filehandle
    was_closed = file.closed
    try:
        if was_closed:
            file.open()
        return picture(page.aspage())
    finally:
        if was_closed:
            file.close()
