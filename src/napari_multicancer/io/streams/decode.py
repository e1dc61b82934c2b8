"""The pictures of a film, through PyAV, which is an extra: FFmpeg's libraries come with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.io.files import check_plane_size

LARGEST_FILM = 512 * 2**20
"""Bytes of pixels that a film may unfold to."""
_GREY = 8
"""Difference of colors that lossy compression leaves in a grey film."""
_CHANNELS = 3


@dataclass(frozen=True, eq=False)
class Film:
    """A film in memory.

    Attributes
    ----------
    pictures : ndarray of uint8, shape (time, row, column[, 3])
        Without colors where all pictures are grey but for what compression has left.
    promised : int
        Pictures that the film says it holds; 0 where it does not say.
    time_step : float or None
        Seconds from picture to picture; None where the film does not say.
    """

    pictures: NDArray[np.uint8]
    promised: int = 0
    time_step: float | None = None

    @property
    def is_colored(self) -> bool:
        """Whether its pictures have colors."""
        return self.pictures.ndim > 3


def decode_film(file: BinaryIO, container: str | None, name: str) -> Film:
    """Decode all pictures of a film.

    Parameters
    ----------
    file : binary file
    container : str or None
        As `sniff` names it; None for what is no film.
    name : str
        How the file is called in a message.

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
            pictures = list(_pictures(name, film, stream))
            rate, promised = stream.average_rate, stream.frames
    except (av.FFmpegError, EOFError) as error:
        raise _damaged(name) from error
    if not pictures:
        raise _damaged(name)
    return Film(_grey(np.stack(pictures)), promised, 1 / float(rate) if rate else None)


def _pictures(name: str, film: Any, stream: Any) -> Iterator[NDArray[np.uint8]]:
    """Decode one picture after another, no more of them than memory has room for."""
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
        if n_bytes > LARGEST_FILM:
            raise UnsupportedScanError(
                f"{name} unfolds to more than {LARGEST_FILM // 2**20} MiB of pictures: "
                "cut it shorter or scale it down."
            )
        yield frame.to_ndarray(format="rgb24")


def _grey(film: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Leave out the colors of a film that has none."""
    is_grey = all(int(np.ptp(one.astype(np.int16), axis=-1).max()) <= _GREY for one in film)
    return film[..., 1] if is_grey else film


def _damaged(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{name} is no film that can be read, or is damaged: export or copy it again."
    )


def missing_pictures(found: int, promised: int) -> tuple[str, ...]:
    """Say that a file holds fewer pictures than it promises; nothing where it does not."""
    if found >= promised:
        return ()
    return (f"The file promises {promised} pictures, and {found} could be read.",)
