"""Voxels that are stored as they are: a few are read at once, many when somebody looks at them.

Files are read, never mapped into memory: a file that is cut while it is mapped ends the process.
"""

from __future__ import annotations

import threading
import weakref
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.io.files import changed, state_of

LARGEST_IN_MEMORY = 128 * 2**20
"""Bytes of voxels up to which they are read at once; of more, pieces are read when needed."""
CHUNK_BYTES = 4 * 2**20
"""Of voxels that lie in one run and are read together."""


def as_they_are(path: Path, dtype: np.dtype[Any], start: int, shape: tuple[int, ...]) -> Any:
    """Give voxels that lie in a file one after another, without any packing.

    Parameters
    ----------
    path : Path
    dtype : dtype
        With its byte order.
    start : int
        Byte at which they begin; the file has been found long enough.
    shape : tuple of int
        Fastest axis first.

    Returns
    -------
    ndarray or dask array, shape `shape`
        In native byte order; the latter above `LARGEST_IN_MEMORY`. What is asked of it raises
        `UnreadableFileError` where the file has changed since.

    Raises
    ------
    UnreadableFileError
        The file is cut while it is read.
    """
    voxels = VoxelsOnDisk(path, dtype, start, shape[::-1])
    n_bytes = prod(shape) * dtype.itemsize
    if n_bytes > LARGEST_IN_MEMORY:
        return voxels.as_dask().T
    values = np.frombuffer(voxels.run(0, n_bytes), dtype).reshape(shape, order="F")
    return values.astype(voxels.dtype, copy=False)


class VoxelsOnDisk:
    """Voxels as an array that keeps nothing in memory.

    Its file stays open, so that one that is moved, deleted or replaced by another is read on.

    Parameters
    ----------
    path : Path
    dtype : dtype
        With its byte order.
    start : int
        Byte at which they begin.
    shape : tuple of int
        Slowest axis first.
    """

    def __init__(
        self, path: Path, dtype: np.dtype[Any], start: int, shape: tuple[int, ...]
    ) -> None:
        self._name, self._stored, self._start = path.name, dtype, start
        self._file = path.open("rb", buffering=0)
        weakref.finalize(self, self._file.close)
        self._state = state_of(self._file)
        self._lock = threading.Lock()
        self.shape, self.dtype, self.ndim = shape, dtype.newbyteorder("="), len(shape)
        self._steps = [prod(shape[axis + 1 :]) * dtype.itemsize for axis in range(len(shape))]

    def as_dask(self) -> Any:
        """See it as a dask array of chunks that each lie in one run of the file."""
        import dask.array

        chunks: list[int] = []
        room = max(1, CHUNK_BYTES // self._stored.itemsize)
        for length in reversed(self.shape):
            chunks.insert(0, min(length, room))
            room = max(1, room // length)
        return dask.array.from_array(self, chunks=tuple(chunks), name=False)

    def __getitem__(self, key: tuple[Any, ...]) -> NDArray[Any]:
        """Read a part; dask asks with an integer or slice an axis."""
        asked = [
            range(*one.indices(length)) if isinstance(one, slice) else range(one, one + 1)
            for one, length in zip(key, self.shape, strict=True)
        ]
        squeezed = tuple(slice(None) if isinstance(one, slice) else 0 for one in key)
        if not all(asked):
            return np.empty([len(part) for part in asked], self.dtype)[squeezed]
        part = self._part(asked).astype(self.dtype, copy=False)
        return np.asarray(part[squeezed])

    def _part(self, asked: list[range]) -> NDArray[Any]:
        """Read the run of the file that a part lies in, and see the part in it."""
        firsts = [step * part[0] for step, part in zip(self._steps, asked, strict=True)]
        lasts = [step * part[-1] for step, part in zip(self._steps, asked, strict=True)]
        start, end = sum(map(min, firsts, lasts)), sum(map(max, firsts, lasts))
        content = self.run(start, end - start + self._stored.itemsize)
        steps = [step * part.step for step, part in zip(self._steps, asked, strict=True)]
        lengths = [len(part) for part in asked]
        return np.ndarray(lengths, self._stored, content, sum(firsts) - start, steps)

    def run(self, begin: int, length: int) -> bytearray:
        """Read bytes of voxels that follow each other.

        Raises
        ------
        UnreadableFileError
            The file has changed, or is cut.
        """
        content, read = bytearray(length), 0
        with memoryview(content) as view, self._lock:
            try:
                self._file.seek(self._start + begin)
                while read < length and (count := self._file.readinto(view[read:])):
                    read += count
                is_same = state_of(self._file) == self._state
            except (OSError, ValueError) as error:
                raise changed(self._name) from error
        if read < length or not is_same:
            raise changed(self._name)
        return content
