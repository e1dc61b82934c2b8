"""Whether a PNG or BMP holds the rows that its header promises, before there is room for them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from napari_multicancer.core.errors import UnreadableFileError

_PNG_SIGNATURE, _CHUNK_ENDS = 8, 12
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By the color type of a PNG (its specification, 11.2.2)."""
_PASSES = ((0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2))
_LAST_PASS = (0, 1, 1, 2)
"""First column and step, first row and step of Adam7's passes."""
_PIECE = 2**20
_FEWER, _OTHER = "fewer rows than it promises", "other pixels than its width and height promise"
_BMP_HEADER, _INFO_HEADER, _WITH_PROFILE, _BIT_FIELDS = 14, 40, 124, 3
_PLAIN = (0, _BIT_FIELDS)
"""Compressions of a BMP whose rows are stored as they are."""


def check_left_over(file: BinaryIO, kind: str, name: str) -> None:
    """Refuse a picture that goes on behind its last row, and a PNG that ends before it.

    Parameters
    ----------
    file : binary file
        That Pillow has opened; left where it was.
    kind : str
        As Pillow calls its format; other ones than PNG and BMP are not looked at.
    name : str
        How the file is called in the message.

    Raises
    ------
    UnreadableFileError
    """
    checks = {"PNG": _wrong_in_png, "BMP": _wrong_in_bmp}
    if kind not in checks:
        return
    at = file.tell()
    file.seek(0)
    content = file.read()
    file.seek(at)
    if wrong := checks[kind](content):
        raise UnreadableFileError(f"{name} holds {wrong}: export or copy it again.")


def _wrong_in_png(content: bytes) -> str:
    width, height, bits, color, _, _, interlaced = struct.unpack_from(">IIBBBBB", content, 16)
    bits *= _CHANNELS[color]
    passes = (*_PASSES, _LAST_PASS) if interlaced else ((0, 1, 0, 1),)
    row = 1 + -(-width * bits // 8)
    promised = 0
    for left, right, top, down in passes:
        columns, rows = -(-(width - left) // right), -(-(height - top) // down)
        promised += rows * (1 + -(-columns * bits // 8)) if min(columns, rows) > 0 else 0
    too_many = promised + min(row, height)
    try:
        found = _unfolded(content, too_many)
    except zlib.error:  # which the decoder tells
        return ""
    return _FEWER if found < promised else _OTHER if found >= too_many else ""


def _unfolded(content: bytes, at_most: int) -> int:
    """Count the bytes that the pixels of a PNG unfold to."""
    unpack = zlib.decompressobj()
    found = 0
    for piece in _png_pixels(content):
        while piece and found < at_most:
            found += len(unpack.decompress(piece, _PIECE))
            piece = unpack.unconsumed_tail
    return found


def _png_pixels(content: bytes) -> Iterator[bytes]:
    at = _PNG_SIGNATURE
    while at + _CHUNK_ENDS <= len(content):
        (length,) = struct.unpack_from(">I", content, at)
        if content[at + 4 : at + 8] == b"IDAT":
            yield content[at + 8 : at + 8 + length]
        at += length + _CHUNK_ENDS


def _wrong_in_bmp(content: bytes) -> str:
    """Say whether the rows of a BMP leave pixels behind them, or begin within its header."""
    start, header = struct.unpack_from("<II", content, 10)
    if not _INFO_HEADER <= header < _WITH_PROFILE:
        return ""
    width, height, _, bits, compression = struct.unpack_from("<iiHHI", content, 18)
    (colors,) = struct.unpack_from("<I", content, 46)
    masks = 12 if compression == _BIT_FIELDS and header == _INFO_HEADER else 0
    palette = 4 * (colors or 1 << bits) if bits <= 8 else 0
    if start < _BMP_HEADER + header + masks + palette:
        return _OTHER
    row = (width * bits + 31) // 32 * 4
    left = len(content) - start - row * abs(height)
    return _OTHER if compression in _PLAIN and left >= row else ""
