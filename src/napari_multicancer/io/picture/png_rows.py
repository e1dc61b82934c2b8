"""Whether a PNG holds all the rows that its header promises: decoders leave those black."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples a pixel by colour type."""
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
_ADAM7 += ((0, 1, 1, 2),)
"""First column, first row, and steps of both, of the passes of an interlaced picture."""
_WHOLE = ((0, 0, 1, 1),)
_PIECE = 2**18


def holds_all_rows(file: BinaryIO) -> bool:
    """Count the bytes that the image data unfold to (PNG specification, 7.2 and 8.2).

    Parameters
    ----------
    file : binary file
        A PNG that a decoder has already taken for sound; left anywhere.
    """
    file.seek(16)
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", file.read(13))
    bits = depth * _CHANNELS[colour]
    expected = 0
    for left, top, across, down in _ADAM7 if interlaced else _WHOLE:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            expected += rows * (1 + -(-columns * bits // 8))
    return _unfolded(file, expected) >= expected


def _unfolded(file: BinaryIO, enough: int) -> int:
    """Count unfolded bytes up to `enough`, holding a piece of them at a time."""
    inflater, count = zlib.decompressobj(), 0
    for packed in _image_data(file):
        while packed and count < enough:
            count += len(inflater.decompress(packed, _PIECE))
            packed = inflater.unconsumed_tail
    return count


def _image_data(file: BinaryIO) -> Iterator[bytes]:
    """Go through the IDAT chunks."""
    file.seek(8)
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IDAT":
            yield file.read(length)
            file.seek(4, 1)
        else:
            file.seek(length + 4, 1)
