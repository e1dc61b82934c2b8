"""A long film as an array: its pictures are decoded again, from the last one that stands alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.streams import on_demand
from napari_multicancer.io.streams.on_demand import OnDemand

LARGEST_IN_MEMORY = 128 * 2**20
"""Bytes of pixels of a film that is kept whole; of longer ones, pictures are decoded again."""
_GREEN = 1


class PictureSource(Protocol):
    """Where the pictures of a film come from; it can be sent to other processes."""

    @property
    def name(self) -> str:
        """How the file is called in a message."""
        ...

    def pictures(self, time: int | None) -> Iterator[NDArray[Any]]:
        """Decode from the picture of a time on, None for the first; shape (row, column[, 3])."""
        ...


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


def _checksum(picture: NDArray[Any]) -> int:
    """Give what tells one picture from all others of its film."""
    return crc32(np.ascontiguousarray(picture).data)


class SeenPictures:
    """What is known of a film's pictures, and these themselves while there is room for them.

    Parameters
    ----------
    color_left : int
        Difference of colors up to which a picture is gray.
    """

    def __init__(self, color_left: int) -> None:
        self._color_left, self._bytes, self._is_gray = color_left, 0, True
        self._kept: list[NDArray[Any]] = []
        self._last: NDArray[Any] = np.empty((0, 0))
        self.marks: list[Mark] = []

    def add(self, picture: NDArray[Any], time: int | None = None, *, is_key: bool = False) -> None:
        """Note the next picture."""
        self.marks.append(Mark(time, is_key, _checksum(picture)))
        self._last = picture
        self._bytes += picture.nbytes
        if picture.ndim == 3 and self._is_gray:
            red, green, blue = np.moveaxis(picture, -1, 0)
            brightest, darkest = (
                choose(choose(red, green), blue) for choose in (np.maximum, np.minimum)
            )
            self._is_gray = int((brightest - darkest).max()) <= self._color_left
        if self._bytes <= LARGEST_IN_MEMORY:
            self._kept.append(picture)
        else:
            self._kept.clear()

    def pictures(self, source: PictureSource) -> Any:
        """Give them all, without the colors of a film that has none.

        Returns
        -------
        ndarray or dask array
            The latter where there are more than was room for.
        """
        if self._kept:
            return np.stack([_in_gray(one) if self._is_gray else one for one in self._kept])
        one = _in_gray(self._last) if self._is_gray else self._last
        return PicturesOnDemand(source, self.marks, one, self._last.nbytes).as_dask()


class PicturesOnDemand(OnDemand):
    """The pictures of a film, decoded again when they are asked for.

    A decoder may give other pictures after a jump than from the film's beginning. So each one is
    compared with what it was when the film was opened; where it differs, the film is
    decoded from its beginning. Of what is passed on the way to a picture, the last blocks are
    kept, so that a step back does not begin anew.

    Parameters
    ----------
    source : PictureSource
    marks : sequence of Mark
        Of all pictures, in their order.
    like : ndarray, shape (row, column[, 3])
        As each picture is to be; of one with colors for one without, green stands for gray.
    picture_bytes : int
        As the source gives it.
    """

    _OWN = (*OnDemand._OWN, "_pictures")

    def __init__(
        self, source: PictureSource, marks: Sequence[Mark], like: NDArray[Any], picture_bytes: int
    ) -> None:
        self._source, self._marks = source, tuple(marks)
        super().__init__((len(marks), *like.shape), like.dtype, picture_bytes)

    def _begin(self) -> None:
        super()._begin()
        self._pictures: Iterator[NDArray[Any]] = iter(())
        self._next = len(self._marks)
        self._can_jump = True

    def _on_the_way(self, number: int) -> Iterable[int]:
        start = number * self.block
        key = self._last_key(start)
        begin = self._next if key <= self._next <= start else key
        return range(max(-(-begin // self.block), number + 1 - on_demand.BLOCKS_KEPT), number + 1)

    def _decoded(self, start: int, stop: int) -> NDArray[Any]:
        try:
            try:
                return self._forward(start, stop)
            except (ValueError, StopIteration):
                self._can_jump = False
                self._next = len(self._marks)
                return self._forward(start, stop)
        except MemoryError:
            raise
        except Exception as error:  # decoders promise nothing narrower for damaged files
            self._next = len(self._marks)
            raise UnreadableFileError(
                f"{self._source.name} has changed, or is damaged, at picture {start + 1} or behind "
                "it: open it again."
            ) from error

    def _forward(self, start: int, stop: int) -> NDArray[Any]:
        """Decode on to some pictures; ValueError where one is not what it was."""
        key = self._last_key(start)
        if not key <= self._next <= start:
            self._pictures, self._next = self._from(key), key
        block = np.empty((stop - start, *self.shape[1:]), self.dtype)
        while self._next < stop:
            picture = next(self._pictures)
            if _checksum(picture) != self._marks[self._next].checksum:
                raise ValueError("another picture than before")
            if self._next >= start:
                is_kept_so = picture.ndim == self.ndim - 1
                block[self._next - start] = picture if is_kept_so else _in_gray(picture)
            self._next += 1
        return block

    def _last_key(self, index: int) -> int:
        """Find the last picture up to one with which decoding can begin."""
        while index and not (self._can_jump and self._is_key(self._marks[index])):
            index -= 1
        return index

    @staticmethod
    def _is_key(mark: Mark) -> bool:
        return mark.is_key and mark.time is not None

    def _from(self, index: int) -> Iterator[NDArray[Any]]:
        """Decode the film from a picture on."""
        return self._source.pictures(self._marks[index].time if index else None)


def _in_gray(picture: NDArray[Any]) -> NDArray[Any]:
    return picture[..., _GREEN] if picture.ndim == 3 else picture
