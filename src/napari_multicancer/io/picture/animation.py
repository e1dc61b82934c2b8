"""Animations (GIF, APNG, WebP) as films: each picture as it is shown, long ones on demand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.io.files import LARGEST_UNPACKED, BoundedReader
from napari_multicancer.io.picture.opening import opened
from napari_multicancer.io.streams.replay import SeenPictures

LARGEST_FILM = LARGEST_UNPACKED
"""Bytes of pixels of all the pictures of an animation; each is decoded once when it is opened."""
_CHANNELS = 3
_MILLISECONDS = 1000


@dataclass(frozen=True)
class AnimatedPicture:
    """Where the pictures of an animation lie, a `replay.PictureSource`.

    Each is drawn over those before it, so that none stands alone.
    """

    path: Path

    @property
    def name(self) -> str:
        """How the file is called in a message."""
        return self.path.name

    def pictures(self, time: int | None) -> Iterator[NDArray[Any]]:
        """Decode from the first picture on."""
        with BoundedReader(self.path) as file, opened(file, self.name) as image:
            for index in count(_first(image)):
                yield _shown(image, index)


def film_of(image: Image.Image, n_pictures: int, path: Path) -> tuple[Any, float | None]:
    """Decode an animation's pictures, each as it is shown; a still one beside them is left out.

    Parameters
    ----------
    image : PIL.Image.Image
    n_pictures : int
        With the still one.
    path : Path
        Of its file, from which those of a long one are decoded again.

    Returns
    -------
    pictures : ndarray or dask array, shape (time, row, column[, 3])
    time_step : float or None
        Seconds that most pictures are shown; None where the file does not say.

    Raises
    ------
    UnreadableFileError
        A picture is damaged.
    UnsupportedScanError
        They are too many.
    """
    if n_pictures * image.height * image.width * _CHANNELS > LARGEST_FILM:
        raise UnsupportedScanError(
            f"{path.name} is an animation of {n_pictures} pictures of {image.height} x "
            f"{image.width} pixels, more than {LARGEST_FILM // 2**20} MiB: save some of them."
        )
    seen, durations = SeenPictures(color_left=0), []
    for index in range(_first(image), n_pictures):
        try:
            seen.add(_shown(image, index))
            durations.append(float(image.info.get("duration", 0)))
        except MemoryError:
            raise
        except Exception as error:  # Pillow promises nothing narrower for damaged pictures
            raise UnreadableFileError(
                f"Picture {index + 1} of {path.name} is damaged: export or copy it again."
            ) from error
    step = float(np.median(durations)) / _MILLISECONDS
    return seen.pictures(AnimatedPicture(path)), step if step > 0 else None


def _first(image: Image.Image) -> int:
    """Pass over the still picture that an APNG may hold for old viewers."""
    return int(getattr(image, "default_image", False))


def _shown(image: Image.Image, index: int) -> NDArray[Any]:
    image.seek(index)
    return np.asarray(image if image.mode.startswith("I;16") else image.convert("RGB"))
