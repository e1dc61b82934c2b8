"""Frames of DICOM's RLE: how many bytes each of their segments holds (PS3.5, annex G)."""

from __future__ import annotations

import struct
from itertools import pairwise

import imagecodecs

_HEADER, _MOST_SEGMENTS = 64, 15
_PADDING = 8
"""Bytes that filling up a segment may add."""


def holds_more(frame: bytes, sides: tuple[int, int]) -> bool:
    """Say whether a frame holds more pixels than its header promises.

    Decoders leave what is too much away, so that pixels stand in rows of a wrong length, or rows
    are lost. What is damaged otherwise they find out themselves.

    Parameters
    ----------
    frame : bytes
    sides : (int, int)
        Rows and columns.
    """
    if len(frame) < _HEADER:
        return False
    count, *starts = struct.unpack("<16L", frame[:_HEADER])
    starts = [*starts[: min(count, _MOST_SEGMENTS)], len(frame)]
    most = sides[0] * sides[1] + max(_PADDING, min(sides))
    return any(_decoded(frame[start:end]) >= most for start, end in pairwise(starts))


def _decoded(segment: bytes) -> int:
    try:
        return len(imagecodecs.packbits_decode(segment))
    except imagecodecs.PackbitsError:
        return 0
