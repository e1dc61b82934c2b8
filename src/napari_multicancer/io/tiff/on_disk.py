"""The pixels of a large TIFF, read plane by plane or row by row when somebody looks at them."""

from __future__ import annotations

import threading
import weakref
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tifffile import PHOTOMETRIC, PLANARCONFIG, TiffFile

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.core.scan.scan import LARGEST_PLANE
from napari_multicancer.io.files import LARGEST_PLANE_AT_ONCE

LARGEST_SEGMENT = 64 * 2**20
"""Bytes that a tile or strip may take once it is decoded."""
CHUNK_BYTES = 4 * 2**20


def is_huge(tiff: TiffFile) -> bool:
    """Whether a file's picture is too large to be decoded at once, but can be read in rows.

    That is one grey or RGB plane, in tiles or strips of at most `LARGEST_SEGMENT`, or
    not compressed.
    """
    page = tiff.pages[0]
    return bool(
        LARGEST_PLANE_AT_ONCE < page.imagelength * page.imagewidth <= LARGEST_PLANE
        and len(tiff.series[0].pages) == 1
        and page.planarconfig == PLANARCONFIG.CONTIG
        and page.photometric != PHOTOMETRIC.PALETTE
        and page.dtype is not None
        and np.prod(page.chunks) * page.dtype.itemsize <= LARGEST_SEGMENT
    )


class PlanesOnDisk:
    """A TIFF's first series as an array that keeps nothing in memory.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._tiff = TiffFile(path)
        weakref.finalize(self, self._tiff.close)
        self._lock = threading.Lock()
        series = self._tiff.series[0]
        self.shape: tuple[int, ...] = series.shape
        self.dtype: np.dtype[Any] = series.dtype
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
            return self._block(index)
        except Exception as error:  # tifffile promises nothing narrower for broken files
            raise UnreadableFileError(
                f"{self._tiff.filename} is damaged at plane {index + 1}: export or copy it again."
            ) from error

    def _block(self, index: int) -> NDArray[Any]:
        series = self._tiff.series[0]
        shape = self.shape[1:]
        if series.dataoffset is not None:
            stored = self.dtype.newbyteorder(self._tiff.byteorder)
            count = int(np.prod(shape))
            handle = self._tiff.filehandle
            handle.seek(series.dataoffset + index * count * stored.itemsize)
            pixels = np.asarray(handle.read_array(stored, count))
            return pixels.reshape(shape).astype(self.dtype, copy=False)
        per_block = len(series.pages) // self.shape[0]
        pages = series.pages[index * per_block : (index + 1) * per_block]
        return np.stack([page.asarray() for page in pages]).reshape(shape)


class RowsOnDisk:
    """A TIFF's first page as an array that keeps nothing in memory.

    Parameters
    ----------
    path : Path
        `is_huge` holds for it.
    """

    def __init__(self, path: Path) -> None:
        self._tiff = TiffFile(path)
        weakref.finalize(self, self._tiff.close)
        self._page = self._tiff.pages[0]
        self._lock = threading.Lock()
        self.shape: tuple[int, ...] = self._page.shape
        self.dtype: np.dtype[Any] = self._page.dtype
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
        rows = np.zeros(((last - first) * tall, across * wide, *self.shape[2:]), self.dtype)
        for index in range(first * across, last * across):
            down, right = divmod(index, across)
            found = self._segment(index, down * tall)
            top, left = (down - first) * tall, right * wide
            rows[top : top + found.shape[0], left : left + found.shape[1]] = found
        asked = rows[start - first * tall : stop - first * tall, : self.shape[1]]
        return asked[(slice(None), *key[1:])]

    def _segment(self, index: int, row: int) -> NDArray[Any]:
        """Decode one tile or strip that begins at a row; shape (row, column[, channel])."""
        page = self._page
        try:
            with self._lock:
                self._tiff.filehandle.seek(page.dataoffsets[index])
                stored = self._tiff.filehandle.read(page.databytecounts[index])
            pixels, _, _ = page.decode(stored, index, jpegtables=page.jpegtables)
            return np.asarray(pixels[0] if self.ndim == 3 else pixels[0, ..., 0])
        except Exception as error:  # tifffile promises nothing narrower for broken files
            raise UnreadableFileError(
                f"{self._tiff.filename} is damaged at row {row + 1}: export or copy it again."
            ) from error
