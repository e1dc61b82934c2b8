"""The pixels of a large TIFF, read plane by plane when somebody looks at them."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tifffile import TiffFile

from napari_multicancer.core.errors import UnreadableFileError


class PlanesOnDisk:
    """A TIFF's first series as an array that keeps nothing in memory.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._tiff = TiffFile(path)
        self._lock = threading.Lock()
        series = self._tiff.series[0]
        self.shape: tuple[int, ...] = series.shape
        self.dtype: np.dtype[Any] = series.dtype
        self.ndim = len(self.shape)

    def __getitem__(self, key: tuple[Any, ...]) -> NDArray[Any]:
        """Read some blocks of the first axis; dask asks with an integer or slice an axis."""
        first = key[0]
        if not isinstance(first, slice):
            return self[(slice(first, first + 1), *key[1:])][0]
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
            return handle.read_array(stored, count).reshape(shape).astype(self.dtype, copy=False)
        per_block = len(series.pages) // self.shape[0]
        pages = series.pages[index * per_block : (index + 1) * per_block]
        return np.stack([page.asarray() for page in pages]).reshape(shape)
