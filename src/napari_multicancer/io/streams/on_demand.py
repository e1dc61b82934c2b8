"""Pictures as an array of which only those asked for are decoded, and a few are kept."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK_BYTES = 16 * 2**20
"""Of the pictures that are decoded together."""
BLOCKS_KEPT = 4


class OnDemand:
    """Pictures of one size that lie in a file, decoded in blocks when they are asked for.

    Who derives from it decodes a block in `_decoded`, and names in `_OWN` what belongs to its
    process.

    Parameters
    ----------
    shape : tuple of int
        Of all of them: (picture, row, column[, 3]).
    dtype : dtype
    picture_bytes : int
        That one picture takes while it is decoded.
    """

    _OWN: tuple[str, ...] = ("_lock", "_kept")

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any], picture_bytes: int) -> None:
        self.shape, self.dtype, self.ndim = shape, np.dtype(dtype), len(shape)
        self.block = max(1, BLOCK_BYTES // picture_bytes)
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[int, NDArray[Any]] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this process."""
        return {name: value for name, value in vars(self).items() if name not in self._OWN}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._begin()

    def as_dask(self) -> Any:
        """See it as a dask array of a block of pictures a chunk."""
        import dask.array

        return dask.array.from_array(self, chunks=(self.block, *self.shape[1:]), name=False)

    def __getitem__(self, key: tuple[Any, ...]) -> NDArray[Any]:
        """Decode some pictures; dask asks with an integer or slice an axis."""
        first = key[0]
        if not isinstance(first, slice):
            return np.asarray(self._picture(int(first))[tuple(key[1:])])
        asked = range(*first.indices(self.shape[0]))
        found = np.empty((len(asked), *self.shape[1:]), self.dtype)
        for at, index in enumerate(asked):
            found[at] = self._picture(index)
        return np.asarray(found[(slice(None), *key[1:])])

    def _picture(self, index: int) -> NDArray[Any]:
        number, at = divmod(index, self.block)
        with self._lock:
            if number not in self._kept:
                for one in self._on_the_way(number):
                    start = one * self.block
                    self._keep(one, self._decoded(start, min(start + self.block, self.shape[0])))
            self._keep(number, self._kept[number])
            return np.asarray(self._kept[number][at])

    def _keep(self, number: int, pictures: NDArray[Any]) -> None:
        """Keep a block, and of the others those that were asked for last."""
        self._kept.pop(number, None)
        for oldest in list(self._kept)[: len(self._kept) + 1 - BLOCKS_KEPT]:
            del self._kept[oldest]
        self._kept[number] = pictures

    def _on_the_way(self, number: int) -> Iterable[int]:
        """Name the blocks that are decoded, and kept, to get to one: itself, and any before it."""
        return (number,)

    def _decoded(self, start: int, stop: int) -> NDArray[Any]:
        """Decode pictures that follow each other; `UnreadableFileError` where that fails."""
        raise NotImplementedError
