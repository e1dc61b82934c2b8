"""The pictures of a film, through PyAV, which is an extra: FFmpeg's libraries come with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.core.scan.place import believed_aspect
from napari_multicancer.io.files import LARGEST_UNPACKED, check_plane_size
from napari_multicancer.io.streams.replay import SeenPictures

LARGEST_FILM = LARGEST_UNPACKED
"""Bytes of pixels that a film may unfold to; each is decoded once when it is opened."""
_GRAY = 8
"""Difference of colors that lossy compression leaves in a gray film."""
_CHANNELS, _QUARTER = 3, 90
_BYTE, _WORD = 8, 16
"""Bits."""


@dataclass(frozen=True, eq=False)
class Film:
    """A film.

    Attributes
    ----------
    pictures : ndarray or dask array, shape (time, row, column[, 3])
        Of uint8; gray values that take more bits in the film, as stored. Without colors where all
        pictures are gray but for what compression has left.
    promised : int
        Pictures that the film says it holds; 0 where it does not say.
    time_step : float or None
        Seconds from picture to picture; None where the film does not say.
    pixel_aspect : float
        Times as high as wide that a pixel is.
    notes : tuple of str
        What is to be known of how it is read, a sentence each.
    """

    pictures: Any
    promised: int = 0
    time_step: float | None = None
    pixel_aspect: float = 1.0
    notes: tuple[str, ...] = ()

    @property
    def is_colored(self) -> bool:
        """Whether its pictures have colors."""
        return bool(self.pictures.ndim > 3)


@dataclass(frozen=True)
class EncodedFilm:
    """Where the encoded pictures of a film lie, a `replay.PictureSource`.

    Attributes
    ----------
    name : str
        How the file is called in a message.
    opened : callable
        Opens the film; it can be pickled.
    container : str or None
        As `sniff` names it; None for what is no film.
    """

    name: str
    opened: Callable[[], BinaryIO]
    container: str | None

    def pictures(self, time: int | None) -> Iterator[NDArray[Any]]:
        """Decode from the picture of a time on, None for the first."""
        import av

        with self.opened() as file, av.open(file, format=self.container) as opened:
            film: Any = opened
            stream = film.streams.video[0]
            if time is not None:
                film.seek(time, stream=stream)
            is_there = time is None
            for frame in film.decode(stream):
                is_there = is_there or frame.pts == time
                if is_there:
                    yield _upright(frame)


def decode_film(source: EncodedFilm) -> Film:
    """Decode all pictures of a film once.

    Parameters
    ----------
    source : EncodedFilm
        Of a film that unfolds to more than `replay.LARGEST_IN_MEMORY`, pictures are decoded
        again when they are asked for.

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
            f"{source.name} holds a film, which needs PyAV: install it with "
            'pip install "napari-multicancer[video]", or save its pictures as TIFF.'
        ) from error
    if source.container is None:
        raise _damaged(source.name)
    try:
        with source.opened() as file, av.open(file, format=source.container) as film:
            if not film.streams.video:
                raise _damaged(source.name)
            stream = film.streams.video[0]
            check_plane_size(source.name, stream.height, stream.width)
            seen = SeenPictures(_GRAY)
            turns = 0
            notes: tuple[str, ...] = ()
            for frame, picture in _pictures(source.name, film, stream):
                seen.add(picture, frame.pts, is_key=bool(frame.key_frame))
                turns, notes = _quarter_turns(frame), _on_bits(frame)
            rate, promised = stream.average_rate, stream.frames
            aspect = _pixel_aspect(stream, turns)
    except (av.FFmpegError, EOFError) as error:
        raise _damaged(source.name) from error
    if not seen.marks:
        raise _damaged(source.name)
    time_step = 1 / float(rate) if rate else None
    return Film(seen.pictures(source), promised, time_step, aspect, notes)


def _pictures(name: str, film: Any, stream: Any) -> Iterator[tuple[Any, NDArray[Any]]]:
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
        if n_bytes > LARGEST_FILM:
            raise UnsupportedScanError(
                f"{name} unfolds to more than {LARGEST_FILM // 2**20} MiB of pictures: "
                "cut it shorter or scale it down."
            )
        yield frame, _upright(frame)


def _quarter_turns(frame: Any) -> int:
    """Say how often a picture is to be turned by 90 degrees, against the clock, to be upright."""
    return int(round(frame.rotation / _QUARTER) % 4)


def _upright(frame: Any) -> NDArray[Any]:
    return np.ascontiguousarray(np.rot90(_values(frame), _quarter_turns(frame)))


def _values(frame: Any) -> NDArray[Any]:
    """Give gray values of more than 8 bits as they are stored, all else as colors of 8 bits."""
    if not _is_deep_gray(frame):
        picture: NDArray[Any] = frame.to_ndarray(format="rgb24")
        return picture
    values: NDArray[Any] = frame.to_ndarray(format="gray16le")
    return (values >> (_WORD - _bits(frame))).astype(np.uint16, copy=False)


def _is_deep_gray(frame: Any) -> bool:
    return len(frame.format.components) == 1 and _BYTE < _bits(frame) <= _WORD


def _bits(frame: Any) -> int:
    """Say how many bits a value takes in the film."""
    return max(int(component.bits) for component in frame.format.components)


def _on_bits(frame: Any) -> tuple[str, ...]:
    """Tell of values that are read in fewer bits than they have."""
    if _bits(frame) <= _BYTE or _is_deep_gray(frame):
        return ()
    return (f"The film's values have {_bits(frame)} bits each, and are read in {_BYTE}.",)


def _pixel_aspect(stream: Any, turns: int) -> float:
    """Read how many times as high as wide a pixel is, once the picture is upright."""
    told = believed_aspect(float(stream.sample_aspect_ratio or 0))
    return told if turns % 2 else 1 / told


def _damaged(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{name} is no film that can be read, or is damaged: export or copy it again."
    )


def missing_pictures(found: int, promised: int) -> tuple[str, ...]:
    """Say that a file holds fewer pictures than it promises; nothing where it does not."""
    if found >= promised:
        return ()
    return (f"The file promises {promised} pictures, and {found} could be read.",)
