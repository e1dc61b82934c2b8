"""Maps over a scan that are made plane by plane when somebody asks for them."""

from __future__ import annotations

import tempfile
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.planes.letterbox import Letterbox

LARGEST_MAP = 2**26
"""Voxels up to which a map is held in memory (256 MiB)."""

Map = NDArray[np.float32]


class LazyMap:
    """A map as an array that dask can ask for parts of.

    Parameters
    ----------
    shape : tuple of int
        Of a scan's spatial axes.
    plane : callable
        Takes a plane's index and gives its map, float32, shape (row, column); called
        from any thread.
    """

    def __init__(self, shape: tuple[int, ...], plane: Callable[[int], Map]) -> None:
        self.shape = shape
        self.ndim = len(shape)
        self.dtype = np.dtype(np.float32)
        self._plane = plane

    def as_dask(self) -> Any:
        """See it as a dask array of one chunk a plane."""
        import dask.array

        chunks = (*(1,) * (self.ndim - 2), *self.shape[-2:])
        return dask.array.from_array(self, chunks=chunks, name=False)

    def in_memory(self) -> Map:
        """Make all of it."""
        whole = np.empty(self.shape, self.dtype)
        for index, plane in enumerate(whole.reshape(-1, *self.shape[-2:])):
            plane[:] = self._plane(index)
        return whole

    def __getitem__(self, key: tuple[int | slice, ...]) -> Map:
        """Make some planes; dask asks with an integer or slice an axis."""
        numbers = np.arange(np.prod(self.shape[:-2], dtype=int)).reshape(self.shape[:-2])
        chosen = np.asarray(numbers[key[:-2]])
        planes = [self._plane(int(index)) for index in chosen.ravel()]
        found = np.stack(planes).reshape(*chosen.shape, *self.shape[-2:])
        return found[(slice(None),) * chosen.ndim + key[-2:]]


class SquaresOnDisk:
    """A network's square maps of a scan's planes, kept in a temporary file.

    Parameters
    ----------
    shape : tuple of int
        Of the scan's spatial axes.
    size : int
        Side of a square in pixels.

    Raises
    ------
    OutputError
        The temporary folder is full or cannot be written.
    """

    def __init__(self, shape: tuple[int, ...], size: int) -> None:
        self._shape = shape
        self._size = size
        self._boxes: dict[int, Letterbox] = {}
        self._lock = threading.Lock()
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        weakref.finalize(self, self._file.close)

    def put(self, index: int, square: Map, box: Letterbox) -> None:
        """Keep one plane's map."""
        with self._lock:
            try:
                self._file.seek(index * square.nbytes)
                self._file.write(np.ascontiguousarray(square, np.float32).tobytes())
                self._file.flush()
            except OSError as error:
                raise OutputError(
                    f"The probability maps cannot be kept in the temporary folder ({error}): "
                    "free some space there."
                ) from error
            self._boxes[index] = box

    def plane(self, index: int) -> Map:
        """Bring one plane's map to the scan's own pixels; 0 where none was kept."""
        box = self._boxes.get(index)
        if box is None:
            return np.zeros(self._shape[-2:], np.float32)
        n_bytes = self._size**2 * np.dtype(np.float32).itemsize
        with self._lock:
            self._file.seek(index * n_bytes)
            square = np.frombuffer(self._file.read(n_bytes), np.float32)
        return box.back(square.reshape(self._size, self._size))

    def as_dask(self) -> Any:
        """See the maps, in the scan's own pixels, as a dask array of one chunk a plane."""
        return LazyMap(self._shape, self.plane).as_dask()
