"""PNG, JPEG, WebP and BMP, through Pillow."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.core.scan.place import Place
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.files import (
    LARGEST_PLANE_AT_ONCE,
    BoundedReader,
    check_decoded_size,
    check_plane_size,
)
from napari_multicancer.io.picture.jpeg_rows import holds_all_rows

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
_KEPT_MODES = ("L", "RGB", "RGBA", "F", "I")


def read_picture(path: Path) -> Scan:
    """Read a picture.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Scan
        Axes "yx" (uint8, uint16, int32 or float32) or "yxc" (uint8, RGB or
        RGBA). Palettes become RGB, 1 bit becomes 0 and 255, grey loses its
        alpha. No voxel size: a picture's dots per inch tell how to print it.

    Raises
    ------
    UnreadableFileError
        It is no picture of a known format, or too small for the pixels that it promises.
    UnsupportedScanError
        It is too large, or an animation.
    """
    with BoundedReader(path) as file, _opened(file, path.name) as image:
        check_plane_size(path.name, image.height, image.width)
        n_pictures = getattr(image, "n_frames", 1)
        if image.format != "JPEG" and n_pictures > 1:
            raise UnsupportedScanError(
                f"{path.name} is an animation of {n_pictures} pictures: save one of them."
            )
        check_decoded_size(path, image.height * image.width * len(image.getbands()))
        pixels = np.asarray(_in_kept_mode(image))
        if not _holds_all_rows(file, image):
            raise UnreadableFileError(
                f"{path.name} holds fewer rows than it promises: export or copy it again."
            )
    place = Place.of_size(None, "a picture's dots per inch tell how to print it")
    return Scan(pixels, "yxc"[: pixels.ndim], name=path.name, source=str(path), place=place)


def _opened(file: BinaryIO, name: str) -> Image.Image:
    """Read a picture's header."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise UnsupportedScanError(
            f"{name} measures more than {LARGEST_PLANE_AT_ONCE // 10**6} million pixels: "
            "crop it or scale it down first, or save it as a TIFF in tiles."
        ) from error
    except UnidentifiedImageError as error:
        raise UnreadableFileError(
            f"{name} is no picture that can be opened: "
            "use PNG, JPEG, WebP, BMP, TIFF, DICOM or NIfTI."
        ) from error


def _holds_all_rows(file: BinaryIO, image: Image.Image) -> bool:
    """Make sure of what Pillow does not tell of two formats: it fills up what is not there."""
    if image.format == "PNG":
        return _is_whole_png(file)
    return image.format != "JPEG" or holds_all_rows(file, image)


def _is_whole_png(file: BinaryIO) -> bool:
    import imagecodecs

    file.seek(0)
    try:
        imagecodecs.png_decode(file.read())
    except imagecodecs.PngError:
        return False
    return True


def _in_kept_mode(image: Image.Image) -> Image.Image:
    if image.mode in _KEPT_MODES or image.mode.startswith("I;16"):
        return image
    if image.mode in ("1", "LA", "La"):
        return image.convert("L")
    if image.mode in ("P", "PA") and ("transparency" in image.info or image.mode == "PA"):
        return image.convert("RGBA").convert("RGB")
    return image.convert("RGB")
