"""Films through PyAV, which is an extra: FFmpeg's libraries come with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.core.scan.place import Place
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.files import BoundedReader, check_plane_size
from napari_multicancer.io.video.sniff import container_of

LARGEST_FILM = 512 * 2**20
"""Bytes of pixels that a film may unfold to."""
_GREY = 8
"""Difference of colors that lossy compression leaves in a grey film."""
_CHANNELS = 3
_HEAD = 16
"""Bytes by which a film is told."""


def read_video(path: Path) -> Scan:
    """Read the pictures of a film.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Scan
        Of uint8, axes "tyx" where all pictures are grey but for what compression has left, else
        "tyxc". The place's time step is in seconds.

    Raises
    ------
    UnreadableFileError
        It is no film or damaged, or PyAV, which it needs, is not installed.
    UnsupportedScanError
        Its pictures are too large or too many, or change their size.
    """
    try:
        import av
    except ImportError as error:
        raise UnreadableFileError(
            f"{path.name} is a film, which needs PyAV: install it with "
            'pip install "napari-multicancer[video]", or save its pictures as TIFF.'
        ) from error
    try:
        with BoundedReader(path) as file, av.open(file, format=_container(path, file)) as film:
            if not film.streams.video:
                raise _damaged(path)
            stream = film.streams.video[0]
            check_plane_size(path.name, stream.height, stream.width)
            pictures = list(_pictures(path, film, stream))
            rate, promised = stream.average_rate, stream.frames
    except (av.FFmpegError, EOFError) as error:
        raise _damaged(path) from error
    if not pictures:
        raise _damaged(path)
    notes: tuple[str, ...] = ()
    if len(pictures) < promised:
        notes = (f"The file promises {promised} pictures, and {len(pictures)} could be read.",)
    place = replace(
        Place.of_size(None, "films do not say it"), time_step=1 / float(rate) if rate else 1.0
    )
    values = _grey(np.stack(pictures))
    axes = "tyx" if values.ndim == 3 else "tyxc"
    return Scan(values, axes, name=path.name, source=str(path), place=place, notes=notes)


def _container(path: Path, file: BoundedReader) -> str:
    name = container_of(file.peek(_HEAD)[:_HEAD])
    if name is None:
        raise _damaged(path)
    return name


def _pictures(path: Path, film: Any, stream: Any) -> Iterator[NDArray[np.uint8]]:
    """Decode one picture after another, no more of them than memory has room for."""
    first, n_bytes = None, 0
    for frame in film.decode(stream):
        size = frame.height, frame.width
        check_plane_size(path.name, *size)
        first = first or size
        if size != first:
            raise UnsupportedScanError(
                f"The pictures of {path.name} change their size: cut the film where they do."
            )
        n_bytes += size[0] * size[1] * _CHANNELS
        if n_bytes > LARGEST_FILM:
            raise UnsupportedScanError(
                f"{path.name} unfolds to more than {LARGEST_FILM // 2**20} MiB of pictures: "
                "cut it shorter or scale it down."
            )
        yield frame.to_ndarray(format="rgb24")


def _grey(film: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Leave out the colors of a film that has none."""
    is_grey = all(int(np.ptp(one.astype(np.int16), axis=-1).max()) <= _GREY for one in film)
    return film[..., 1] if is_grey else film


def _damaged(path: Path) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path.name} is no film that can be read, or is damaged: export or copy it again."
    )
