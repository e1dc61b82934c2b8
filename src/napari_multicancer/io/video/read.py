"""Files of films."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from napari_multicancer.core.scan.place import Place
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.files import BoundedReader
from napari_multicancer.io.streams.decode import EncodedFilm, decode_film, missing_pictures
from napari_multicancer.io.streams.sniff import HEAD, container_of


def read_video(path: Path) -> Scan:
    """Read the pictures of a film.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Scan
        Of uint8, grey values of more bits of uint16; axes "tyx" where all pictures are grey but for
        what compression has left, else "tyxc"; a dask array where the film is long
        (`replay.LARGEST_IN_MEMORY`). Upright, and in the proportions that the film tells. The
        place's time step is in seconds.

    Raises
    ------
    UnreadableFileError
        It is no film or damaged, or PyAV, which it needs, is not installed.
    UnsupportedScanError
        Its pictures are too large or too many, or change their size.
    """
    with BoundedReader(path) as file:
        container = container_of(file.peek(HEAD)[:HEAD])
    film = decode_film(EncodedFilm(path.name, partial(BoundedReader, path), container))
    place = Place.of_size(None, "films do not say it").stretched(film.pixel_aspect)
    return Scan(
        film.pictures,
        "tyxc" if film.is_colored else "tyx",
        name=path.name,
        source=str(path),
        place=replace(place, time_step=film.time_step or 1.0),
        notes=(*film.notes, *missing_pictures(len(film.pictures), film.promised)),
    )
