"""The pictures of a film, through PyAV, which is an extra: FFmpeg's libraries come with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.io.files import LARGEST_UNPACKED, check_plane_size
from napari_multicancer.io.streams.on_demand import Mark, PicturesOnDemand, checksum

LARGEST_FILM = LARGEST_UNPACKED
"""Bytes of pixels that a film may unfold to; each is decoded once when it is opened."""
LARGEST_AT_ONCE = 512 * 2**20
"""Bytes of pixels of one that does not lie in a file of its own, and is kept whole."""
LARGEST_IN_MEMORY = 128 * 2**20
"""Bytes of pixels of a film that is kept whole; of longer files, pictures are decoded again."""
_GREY = 8
"""Difference of colors that lossy compression leaves in a grey film."""
_CHANNELS = 3


@dataclass(frozen=True, eq=False)
class Film:
    """A film.

    Attributes
    ----------
    pictures : ndarray or dask array of uint8, shape (time, row, column[, 3])
        Without colors where all pictures are grey but for what compression has left.
    promised : int
        Pictures that the film says it holds; 0 where it does not say.
    time_step : float or None
        Seconds from picture to picture; None where the film does not say.
    """

    pictures: Any
    promised: int = 0
    time_step: float | None = None

    @property
    def is_colored(self) -> bool:
        """Whether its pictures have colors."""
        return bool(self.pictures.ndim > 3)


def decode_film(file: BinaryIO, container: str | None, name: str, path: Path | None = None) -> Film:
    """Decode all pictures of a film.

    Parameters
    ----------
    file : binary file
    container : str or None
        As `sniff` names it; None for what is no film.
    name : str
        How the file is called in a message.
    path : Path, optional
        Of the file: of one that unfolds to more than `LARGEST_IN_MEMORY`, pictures are then
        decoded again when they are asked for.

    Raises
    ------
    UnreadableFileError
        It is no film or damaged, or PyAV is not installed.
    UnsupportedScanError
        Its pictures are too large or too many, or change their size.
    """
    try:
        import av
    except ImportError as error:
        raise UnreadableFileError(
            f"{name} holds a film, which needs PyAV: install it with "
            'pip install "napari-multicancer[video]", or save its pictures as TIFF.'
        ) from error
    if container is None:
        raise _damaged(name)
    try:
        with av.open(file, format=container) as film:
            if not film.streams.video:
                raise _damaged(name)
            stream = film.streams.video[0]
            check_plane_size(name, stream.height, stream.width)
            found = _Found(None if path is None else LARGEST_IN_MEMORY)
            most = LARGEST_AT_ONCE if path is None else LARGEST_FILM
            for frame, picture in _pictures(name, film, stream, most):
                found.add(frame, picture)
            rate, promised = stream.average_rate, stream.frames
    except (av.FFmpegError, EOFError) as error:
        raise _damaged(name) from error
    if not found.marks:
        raise _damaged(name)
    pictures = found.in_memory() if path is None else found.pictures(path, container)
    return Film(pictures, promised, 1 / float(rate) if rate else None)


class _Found:
    """What is known of a film's pictures, and these themselves while there is room for them."""

    def __init__(self, room: int | None) -> None:
        self._room, self._bytes, self._is_grey = room, 0, True
        self._kept: list[NDArray[np.uint8]] = []
        self._size = (0, 0)
        self.marks: list[Mark] = []

    def add(self, frame: Any, picture: NDArray[np.uint8]) -> None:
        """Note the next picture."""
        self.marks.append(Mark(frame.pts, bool(frame.key_frame), checksum(picture)))
        self._size = picture.shape[:2]
        self._bytes += picture.nbytes
        self._is_grey = self._is_grey and int(np.ptp(picture.astype(np.int16), -1).max()) <= _GREY
        if self._room is None or self._bytes <= self._room:
            self._kept.append(picture)
        else:
            self._kept.clear()

    def in_memory(self) -> NDArray[np.uint8]:
        """Give all pictures, without the colors of a film that has none."""
        return np.stack([one[..., 1] if self._is_grey else one for one in self._kept])

    def pictures(self, path: Path, container: str) -> Any:
        """Give them in memory, or on demand where there are more than was room for."""
        if self._kept:
            return self.in_memory()
        on_demand = PicturesOnDemand(path, container, self.marks, self._size, not self._is_grey)
        return on_demand.as_dask()


def _pictures(
    name: str, film: Any, stream: Any, most: int
) -> Iterator[tuple[Any, NDArray[np.uint8]]]:
    """Decode one frame after another, no more bytes of them than may be."""
    first, n_bytes = None, 0
    for frame in film.decode(stream):
        size = frame.height, frame.width
        check_plane_size(name, *size)
        first = first or size
        if size != first:
            raise UnsupportedScanError(
                f"The pictures of {name} change their size: cut the film where they do."
            )
        n_bytes += size[0] * size[1] * _CHANNELS
        if n_bytes > most:
            raise UnsupportedScanError(
                f"{name} unfolds to more than {most // 2**20} MiB of pictures: "
                "cut it shorter or scale it down."
            )
        yield frame, frame.to_ndarray(format="rgb24")


def _damaged(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{name} is no film that can be read, or is damaged: export or copy it again."
    )


def missing_pictures(found: int, promised: int) -> tuple[str, ...]:
    """Say that a file holds fewer pictures than it promises; nothing where it does not."""
    if found >= promised:
        return ()
    return (f"The file promises {promised} pictures, and {found} could be read.",)
