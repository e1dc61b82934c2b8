"""A long film as an array of which only the pictures asked for are decoded, and a few are kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.files import BoundedReader

BLOCK_BYTES = 16 * 2**20
"""Of the pictures that are decoded together."""
_GREEN = 1


@dataclass(frozen=True)
class Mark:
    """How a picture of a film is found, and known, again.

    Attributes
    ----------
    time : int or None
        In the stream's own unit.
    is_key : bool
        Whether it can be decoded without those before it.
    checksum : int
        Of its colors.
    """

    time: int | None
    is_key: bool
    checksum: int


def checksum(picture: NDArray[np.uint8]) -> int:
    """Give what tells one picture from all others of its film."""
    return crc32(np.ascontiguousarray(picture).data)


class PicturesOnDemand:
    """The pictures of a film, decoded in blocks when they are asked for.

    A decoder may give other pictures after a jump than from the film's beginning. So each one is
    compared with what it was when the film was opened; where it differs, the film is
    decoded from its beginning.

    Parameters
    ----------
    path : Path
    container : str
        As `decode_film` takes it.
    marks : sequence of Mark
        Of all pictures, in their order.
    size : (int, int)
        Height and width.
    is_colored : bool
        Else green stands for gray.
    """

    def __init__(
        self,
        path: Path,
        container: str,
        marks: Sequence[Mark],
        size: tuple[int, int],
        is_colored: bool,
    ) -> None:
        self._path, self._container, self._marks = path, container, tuple(marks)
        self.shape: tuple[int, ...] = (len(marks), *size, *((3,) if is_colored else ()))
        self.ndim, self.dtype = len(self.shape), np.dtype(np.uint8)
        self.block = max(1, BLOCK_BYTES // (size[0] * size[1] * 3))
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._pictures: Iterator[NDArray[np.uint8]] = iter(())
        self._next = len(self._marks)
        self._can_jump = True
        self._kept: dict[int, NDArray[np.uint8]] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to this process."""
        own = ("_lock", "_pictures", "_kept")
        return {name: value for name, value in vars(self).items() if name not in own}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._begin()

    def as_dask(self) -> Any:
        """See it as a dask array of a block of pictures a chunk."""
        import dask.array

        return dask.array.from_array(self, chunks=(self.block, *self.shape[1:]), name=False)

    def __getitem__(self, key: tuple[Any, ...]) -> NDArray[np.uint8]:
        """Decode some pictures; dask asks with an integer or slice an axis."""
        first = key[0]
        if not isinstance(first, slice):
            return np.asarray(self._picture(int(first))[tuple(key[1:])])
        asked = range(*first.indices(self.shape[0]))
        found = np.empty((len(asked), *self.shape[1:]), self.dtype)
        for at, index in enumerate(asked):
            found[at] = self._picture(index)
        return np.asarray(found[(slice(None), *key[1:])])

    def _picture(self, index: int) -> NDArray[np.uint8]:
        number, at = divmod(index, self.block)
        with self._lock:
            if number not in self._kept:
                start = number * self.block
                decoded = self._decode(start, min(start + self.block, self.shape[0]))
                last = list(self._kept)[-1:]
                self._kept = {one: self._kept[one] for one in last} | {number: decoded}
            return np.asarray(self._kept[number][at])

    def _decode(self, start: int, stop: int) -> NDArray[np.uint8]:
        import av

        try:
            try:
                return self._forward(start, stop)
            except (ValueError, StopIteration):
                self._can_jump = False
                self._next = len(self._marks)
                return self._forward(start, stop)
        except (av.FFmpegError, OSError, ValueError, StopIteration) as error:
            self._next = len(self._marks)
            raise UnreadableFileError(
                f"{self._path.name} has changed, or is damaged, at picture {start + 1} or behind "
                "it: open it again."
            ) from error

    def _forward(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Decode on to some pictures; ValueError where one is not what it was."""
        key = self._last_key(start) if self._can_jump else 0
        if not key <= self._next <= start:
            self._pictures, self._next = self._from(key), key
        block = np.empty((stop - start, *self.shape[1:]), self.dtype)
        while self._next < stop:
            picture = next(self._pictures)
            if checksum(picture) != self._marks[self._next].checksum:
                raise ValueError("another picture than before")
            if self._next >= start:
                block[self._next - start] = picture if self.ndim > 3 else picture[..., _GREEN]
            self._next += 1
        return block

    def _last_key(self, index: int) -> int:
        """Find the last picture up to one with which decoding can begin."""
        while index and not (self._marks[index].is_key and self._marks[index].time is not None):
            index -= 1
        return index

    def _from(self, index: int) -> Iterator[NDArray[np.uint8]]:
        """Decode the film from a picture on."""
        import av

        with BoundedReader(self._path) as file, av.open(file, format=self._container) as opened:
            film: Any = opened
            stream = film.streams.video[0]
            time = self._marks[index].time
            if index and time is not None:
                film.seek(time, stream=stream)
            is_there = not index
            for frame in film.decode(stream):
                is_there = is_there or frame.pts == time
                if is_there:
                    yield frame.to_ndarray(format="rgb24")
