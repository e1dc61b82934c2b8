"""Pictures as Pillow opens them: their headers alone, of known formats alone."""

from __future__ import annotations

import warnings
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.io.files import LARGEST_PLANE_AT_ONCE
from napari_multicancer.io.picture.deep_jpeg import not_read

_PACKED = {
    b"\x1f\x8b\x08": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
}
"""First bytes of what programs pack, as far as it is not read here."""
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "JPEG2000", "PPM")


def opened(file: BinaryIO, name: str) -> Image.Image:
    """Read a picture's header.

    Raises
    ------
    UnreadableFileError
        It is no picture of a known format.
    UnsupportedScanError
        It is too large.
    """
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
        if begins_like_jpeg(file):
            raise not_read(name) from error
        if packed := _packed_by(file):
            raise UnreadableFileError(
                f"{name} is packed ({packed}): unpack it, and open what is in it."
            ) from error
        raise UnreadableFileError(
            f"{name} is no picture that can be opened: "
            "use PNG, JPEG, JPEG 2000, WebP, BMP, GIF, PGM, TIFF, DICOM, NIfTI, NRRD, "
            "MetaImage, MGZ, MINC, AVI or MP4."
        ) from error


def _packed_by(file: BinaryIO) -> str:
    """Name the program that packs files so; empty for others."""
    file.seek(0)
    head = file.read(max(map(len, _PACKED)))
    return next((program for mark, program in _PACKED.items() if head.startswith(mark)), "")


def begins_like_jpeg(file: BinaryIO) -> bool:
    """Say whether a file's first bytes are a JPEG's; it is left at its beginning."""
    file.seek(0)
    head = file.read(3)
    file.seek(0)
    return head == b"\xff\xd8\xff"
