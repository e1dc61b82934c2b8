"""The pixels of a large TIFF, read plane by plane or row by row when somebody looks at them."""

from __future__ import annotations

import threading
import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tifffile import PHOTOMETRIC, PLANARCONFIG, TiffFile, TiffPage, TiffPageSeries

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.core.scan.scan import LARGEST_PLANE
from napari_multicancer.io.files import LARGEST_PLANE_AT_ONCE, changed, state_of
from napari_multicancer.io.tiff.colors import as_seen, look_of
from napari_multicancer.io.tiff.page import is_subsampled
from napari_multicancer.io.tiff.planes import Planes

LARGEST_SEGMENT = 64 * 2**20
"""Bytes that a tile or strip may take once it is decoded."""
CHUNK_BYTES = 4 * 2**20


def is_huge(series: TiffPageSeries) -> bool:
    """Whether a picture is too large to be decoded at once, but can be read in rows.

    That is one plane without a palette, in tiles or strips of at most `LARGEST_SEGMENT`, or
    not compressed.
    """
    page = series.keyframe
    return bool(
        LARGEST_PLANE_AT_ONCE < page.imagelength * page.imagewidth <= LARGEST_PLANE
        and len(series.pages) == 1
        and page.planarconfig == PLANARCONFIG.CONTIG
        and page.photometric != PHOTOMETRIC.PALETTE
        and not is_subsampled(page)
        and page.dtype is not None
        and np.prod(page.chunks) * page.dtype.itemsize <= LARGEST_SEGMENT
    )


class _OpenFile:
    """A file that stays open for as long as somebody may look at its pixels."""

    def __init__(self, tiff: TiffFile) -> None:
        self._tiff, self._state = tiff, state_of(tiff.filehandle)
        weakref.finalize(self, tiff.close)
        self._lock = threading.Lock()

    def check_same(self) -> None:
        """Refuse pixels of a file that was written anew, or cut, since it was opened."""
        if state_of(self._tiff.filehandle) != self._state:
            raise changed(self._tiff.filename)


class PlanesOnDisk(_OpenFile):
    """Planes as an array that keeps nothing in memory.

    Parameters
    ----------
    tiff : TiffFile
        Closed when the array is gone.
    planes : Planes
        Of this file, more than one.
    """

    def __init__(self, tiff: TiffFile, planes: Planes) -> None:
        super().__init__(tiff)
        self._planes = planes
        self.shape, self.dtype = planes.shape, planes.dtype
        self.ndim = len(self.shape)

    def __getitem__(self, key: tuple[Any, ...]) -> NDArray[Any]:
        """Read some blocks of the first axis; dask asks with an integer or slice an axis."""
        first = key[0]
        if not isinstance(first, slice):
            return np.asarray(self[(slice(first, first + 1), *key[1:])][0])
        blocks = range(*first.indices(self.shape[0]))
        with self._lock:
            read = np.stack([self._readable_block(index) for index in blocks])
        return read[(slice(None), *key[1:])]

    def _readable_block(self, index: int) -> NDArray[Any]:
        try:
            block = self._planes.block(index)
        except Exception as error:  # tifffile promises nothing narrower for broken files
            self.check_same()
            raise UnreadableFileError(
                f"{self._tiff.filename} is damaged at plane {index + 1}: export or copy it again."
            ) from error
        self.check_same()
        return block


class RowsOnDisk(_OpenFile):
    """A huge page as an array that keeps nothing in memory; not turned.

    Parameters
    ----------
    tiff : TiffFile
        Closed when the array is gone.
    page : TiffPage
        Of this file; `is_huge` holds for it.
    """

    def __init__(self, tiff: TiffFile, page: TiffPage) -> None:
        super().__init__(tiff)
        self._page = page
        channels, self.dtype = look_of(page)
        self.shape: tuple[int, ...] = (page.imagelength, page.imagewidth, *channels)
        self.ndim = len(self.shape)

    def as_dask(self) -> Any:
        """See it as a dask array of chunks of whole rows, and of whole tiles or strips."""
        import dask.array

        height, tall = self.shape[0], self._page.chunks[0]
        row_bytes = int(np.prod(self.shape[1:])) * self.dtype.itemsize
        rows = min(height, max(1, CHUNK_BYTES // row_bytes // tall) * tall)
        return dask.array.from_array(self, chunks=(rows, *self.shape[1:]), name=False)

    def __getitem__(self, key: tuple[slice, ...]) -> NDArray[Any]:
        """Decode the tiles or strips that some rows lie in; dask asks with a slice an axis."""
        start, stop, _ = key[0].indices(self.shape[0])
        tall, wide = self._page.chunks[:2]
        across = -(-self.shape[1] // wide)
        first, last = start // tall, -(-stop // tall)
        samples = self._page.shape[2:]
        rows = np.zeros(((last - first) * tall, across * wide, *samples), self._page.dtype)
        for index in range(first * across, last * across):
            down, right = divmod(index, across)
            found = self._segment(index, down * tall)
            top, left = (down - first) * tall, right * wide
            rows[top : top + found.shape[0], left : left + found.shape[1]] = found
        asked = rows[start - first * tall : stop - first * tall, : self.shape[1]]
        return as_seen(asked, self._page)[(slice(None), *key[1:])]

    def _segment(self, index: int, row: int) -> NDArray[Any]:
        """Decode one tile or strip that begins at a row; shape (row, column[, channel])."""
        page = self._page
        try:
            with self._lock:
                self._tiff.filehandle.seek(page.dataoffsets[index])
                stored = self._tiff.filehandle.read(page.databytecounts[index])
            pixels, _, _ = page.decode(stored, index, jpegtables=page.jpegtables)
            segment = np.asarray(pixels[0] if len(page.shape) == 3 else pixels[0, ..., 0])
        except Exception as error:  # tifffile promises nothing narrower for broken files
            self.check_same()
            raise UnreadableFileError(
                f"{self._tiff.filename} is damaged at row {row + 1}: export or copy it again."
            ) from error
        self.check_same()
        return segment
