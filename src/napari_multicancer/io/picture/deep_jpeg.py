"""JPEG that Pillow does not read: of more than 8 bits, lossless or not, and JPEG-LS."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.files import check_decoded_size, check_plane_size
from napari_multicancer.io.jpeg.segments import JPEG_LS, Segments
from napari_multicancer.io.upright import ORIENTATION

_EXIF = b"Exif\0\0"
_LONGEST_SEGMENT = 2**16
_USUAL_BITS = 8
_CHANNELS = (1, 3)
"""Grey and RGB."""


def is_deep(content: bytes) -> bool:
    """Say whether a JPEG is of a kind that is decoded here."""
    segments = _header_of(content)
    return segments.kind == JPEG_LS or (segments.kind > 0 and segments.bits != _USUAL_BITS)


def deep_jpeg(content: bytes, path: Path) -> NDArray[Any]:
    """Decode a JPEG for which `is_deep` holds.

    Parameters
    ----------
    content : bytes
    path : Path

    Returns
    -------
    ndarray of uint8 or uint16, shape (row, column) or (row, column, 3)
        Values as they are stored; lossy colors as RGB.

    Raises
    ------
    UnreadableFileError
        It is damaged, or has other channels than grey and RGB.
    UnsupportedScanError
        It is too large.
    """
    import imagecodecs

    segments = _header_of(content)
    height, width = segments.sides
    check_plane_size(path.name, height, width)
    check_decoded_size(path, 2 * height * width * len(segments.components))
    if len(segments.components) not in _CHANNELS:
        raise not_read(path.name)
    is_ls = segments.kind == JPEG_LS
    try:
        decode = imagecodecs.jpegls_decode if is_ls else imagecodecs.jpeg8_decode
        return np.asarray(decode(content))
    except (imagecodecs.JpeglsError, imagecodecs.Jpeg8Error) as error:
        raise not_read(path.name) from error


def orientation_of(content: bytes) -> object:
    """Find how EXIF says that a JPEG is turned; None where it does not."""
    at = content.find(_EXIF, 0, _LONGEST_SEGMENT)
    if at < 0:
        return None
    exif = Image.Exif()
    exif.load(content[at : at + _LONGEST_SEGMENT])
    return exif.get(ORIENTATION)


def not_read(name: str) -> UnreadableFileError:
    """Say of a JPEG that nothing here decodes it."""
    return UnreadableFileError(
        f"{name} is a JPEG of a kind that is not read, or is damaged: "
        "copy it again, or save it as PNG or TIFF."
    )


def _header_of(content: bytes) -> Segments:
    """Read a JPEG's segments up to its first coded pixels; those that are not damaged."""
    segments = Segments(content)
    try:
        next(segments.ends_of_coded_pixels(), None)
    except (struct.error, IndexError, ValueError):
        return Segments(b"")
    return segments
