"""The pictures of a film, through PyAV, which is an extra: FFmpeg's libraries come with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
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
_CHANNELS = 3
_MOST_JITTER = 1.5
"""Times as long as another that a step from picture to picture may be by rounding."""
_SAME_STEP = 0.02
_MICROSECONDS = 10**6
_UNEVEN = (
    "The pictures of the film do not follow each other evenly: one time from each to the next is "
    "told for all."
)
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
            for frame in _frames(film, stream):
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
            is_turned = False
            notes: tuple[str, ...] = ()
            for frame, picture in _pictures(source.name, film, stream):
                seen.add(picture, frame.pts, is_key=bool(frame.key_frame))
                is_turned, notes = _display(frame)[0], _on_bits(frame)
            promised = stream.frames
            aspect = _pixel_aspect(stream, is_turned)
            seconds = _seconds(seen, stream)
            step = _step(seconds, stream.average_rate)
            notes += (_UNEVEN,) if _are_uneven(seconds) else ()
            notes += _on_end(film, seconds, promised)
    except (av.FFmpegError, EOFError) as error:
        raise _damaged(source.name) from error
    if not seen.marks:
        raise _damaged(source.name)
    return Film(seen.pictures(source), promised, step, aspect, notes)


def _frames(film: Any, stream: Any) -> Iterator[Any]:
    """Decode frame after frame but those that are cut off, which a decoder would fill up."""
    for packet in film.demux(stream):
        if not packet.is_corrupt:
            yield from packet.decode()


def _pictures(name: str, film: Any, stream: Any) -> Iterator[tuple[Any, NDArray[Any]]]:
    """Decode one frame after another, no more bytes of them than may be."""
    first, n_bytes = None, 0
    for frame in _frames(film, stream):
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


def _display(frame: Any) -> tuple[bool, bool, bool]:
    """Say how a picture is shown upright, by the film's display matrix.

    Whether rows and columns are swapped, and whether then rows and columns run backwards.
    """
    told = frame.side_data.get("DISPLAYMATRIX")
    if told is None:
        return False, False, False
    across, down_by_column, _, across_by_row, down = np.frombuffer(bytes(told), np.int32)[:5]
    if abs(int(across)) + abs(int(down)) < abs(int(down_by_column)) + abs(int(across_by_row)):
        return True, bool(down_by_column < 0), bool(across_by_row < 0)
    return False, bool(down < 0), bool(across < 0)


def _upright(frame: Any) -> NDArray[Any]:
    is_turned, rows_back, columns_back = _display(frame)
    picture = _values(frame)
    picture = picture.swapaxes(0, 1) if is_turned else picture
    return np.ascontiguousarray(picture[:: -1 if rows_back else 1, :: -1 if columns_back else 1])


def _seconds(seen: SeenPictures, stream: Any) -> NDArray[np.float64]:
    """Give when each picture is shown, in seconds; nan where the film does not say it."""
    unit = float(stream.time_base or 0)
    return np.array([np.nan if one.time is None else one.time * unit for one in seen.marks])


def _step(seconds: NDArray[np.float64], rate: Fraction | None) -> float | None:
    """Give the time from picture to picture; the pictures' own, where the told rate is another."""
    told = 1 / float(rate) if rate else None
    if len(seconds) < 2 or not seconds[-1] > seconds[0]:
        return told
    mean = float(seconds[-1] - seconds[0]) / (len(seconds) - 1)
    return told if told and abs(told - mean) <= _SAME_STEP * mean else mean


def _are_uneven(seconds: NDArray[np.float64]) -> bool:
    """Say whether the time from picture to picture differs by more than rounding."""
    steps = np.diff(seconds)
    return len(steps) > 1 and bool(0 < steps.min() * _MOST_JITTER < steps.max())


def _on_end(film: Any, seconds: NDArray[np.float64], promised: int) -> tuple[str, ...]:
    """Tell of a film that ends before its time, where it does not say how many pictures it has."""
    if promised or len(film.streams) > 1 or not film.duration or len(seconds) < 2:
        return ()
    whole, last = film.duration / _MICROSECONDS, seconds[-1] - seconds[0]
    if not last + 2 * np.diff(seconds).max() < whole:
        return ()
    return (f"The file promises a film of {whole:.3g} s, and {last:.3g} s could be read.",)


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


def _pixel_aspect(stream: Any, is_turned: bool) -> float:
    """Read how many times as high as wide a pixel is, once the picture is upright."""
    told = believed_aspect(float(stream.sample_aspect_ratio or 0))
    return told if is_turned else 1 / told


def _damaged(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{name} is no film that can be read, or is damaged: export or copy it again."
    )


def missing_pictures(found: int, promised: int) -> tuple[str, ...]:
    """Say that a file holds fewer pictures than it promises; nothing where it does not."""
    if found >= promised:
        return ()
    return (f"The file promises {promised} pictures, and {found} could be read.",)
