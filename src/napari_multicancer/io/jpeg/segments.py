"""The segments of a JPEG, and what they say of its picture."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

JPEG_LS = 0xF7
_FRAMES = frozenset((*range(0xC0, 0xD0), JPEG_LS)) - {0xC4, 0xC8, 0xCC}
"""SOF markers (ITU-T T.81, table B.1, and T.87 for JPEG-LS)."""
PROGRESSIVE = (0xC2, 0xC6)
_START_OF_SCAN, _END, _RESTART_INTERVAL = 0xDA, 0xD9, 0xDD
_ALONE = frozenset((0x01, *range(0xD0, 0xD9)))
"""Markers without a segment behind them."""
RESTARTS = frozenset(range(0xD0, 0xD8))
_MARKER = re.compile(rb"\xff+([\x01-\xfe])")
COEFFICIENTS = 64


@dataclass
class Pass:
    """What one scan of a JPEG brings."""

    components: tuple[int, ...]
    coefficients: range
    is_last_bit: bool


class Segments:
    """Goes through the segments of a JPEG, up to the end of its picture.

    Attributes
    ----------
    kind : int
        The marker of its frame; 0 where it has none.
    frame_at : int
        Byte at which what this says begins: bits, rows, columns.
    bits : int
        A sample has.
    sides : (int, int)
        Rows and columns.
    components : dict of int to (int, int)
        How often each is sampled across and down.
    interval : int
        Units from one restart to the next; 0 without restarts.
    scans : list of Pass
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.kind, self.frame_at, self.bits, self.sides = 0, 0, 0, (0, 0)
        self.components: dict[int, tuple[int, int]] = {}
        self.interval = 0
        self.scans: list[Pass] = []

    def ends_of_coded_pixels(self) -> Iterator[tuple[int, int]]:
        """Give where coded pixels end, and the marker that follows."""
        at, is_coded = 2, False
        while (found := _MARKER.search(self._content, at)) is not None:
            marker, at = found[1][0], found.end()
            if is_coded:
                yield found.start(), marker
            is_coded &= marker in RESTARTS
            if marker == _END:
                return
            if marker not in _ALONE:
                (length,) = struct.unpack_from(">H", self._content, at)
                self._note(marker, at + 2, self._content[at + 2 : at + length])
                at += length
                is_coded = marker == _START_OF_SCAN

    def _note(self, marker: int, at: int, segment: bytes) -> None:
        if marker in _FRAMES:
            self.kind, self.frame_at, self.bits = marker, at, segment[0]
            sampled = ((both >> 4, both & 0x0F) for both in segment[7::3])
            self.components = dict(zip(segment[6::3], sampled, strict=False))
            self.sides = struct.unpack_from(">HH", segment, 1)
        elif marker == _RESTART_INTERVAL:
            (self.interval,) = struct.unpack_from(">H", segment)
        elif marker == _START_OF_SCAN:
            count = segment[0]
            first, last, approximation = segment[1 + 2 * count : 4 + 2 * count]
            components = tuple(segment[1 : 1 + 2 * count : 2])
            if self.kind not in PROGRESSIVE:
                first, last, approximation = 0, COEFFICIENTS - 1, 0
            is_last_bit = approximation & 0x0F == 0
            self.scans.append(Pass(components, range(first, last + 1), is_last_bit))


def bits_of(content: bytes) -> int:
    """Read how many bits a sample of a JPEG or JPEG-LS has; 0 where it does not say it."""
    segments = Segments(content)
    with suppress(struct.error, IndexError, ValueError):  # the decoder tells what is wrong
        next(segments.ends_of_coded_pixels(), None)
    return segments.bits


def sides_of(content: bytes) -> tuple[int, int] | None:
    """Read rows and columns of a JPEG or JPEG-LS; None where it does not say both."""
    segments = Segments(content)
    with suppress(struct.error, IndexError, ValueError):  # the decoder tells what is wrong
        next(segments.ends_of_coded_pixels(), None)
    return segments.sides if all(segments.sides) else None
