"""What a JPEG says of itself, and whether it holds it: decoders fill up what is missing."""

from __future__ import annotations

import re
import struct
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

_FRAMES = frozenset((*range(0xC0, 0xD0), 0xF7)) - {0xC4, 0xC8, 0xCC}
"""SOF markers (ITU-T T.81, table B.1, and T.87 for JPEG-LS)."""
_PROGRESSIVE = (0xC2, 0xC6)
_ARITHMETIC = frozenset(range(0xC9, 0xD0)) - {0xCC}
_START_OF_SCAN, _END = 0xDA, 0xD9
_ALONE = frozenset((0x01, *range(0xD0, 0xD9)))
"""Markers without a segment behind them."""
_RESTARTS = frozenset(range(0xD0, 0xD8))
_MARKER = re.compile(rb"\xff+([\x01-\xfe])")
_STRAY = bytes.fromhex("b6db6d") * 22
"""Bytes that a decoder passes over where it is done, and takes for pixels where it is not.

Where it runs out of data it goes on with zeros, and stops a block at codes of ones alone.
"""
_COEFFICIENTS = 64


@dataclass
class _Scan:
    """What one scan of a JPEG brings."""

    components: tuple[int, ...]
    coefficients: range
    is_last_bit: bool


class _Walk:
    """Goes through the segments of a JPEG, up to the end of its picture."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.kind, self.sides = 0, (0, 0)
        self.components: tuple[int, ...] = ()
        self.scans: list[_Scan] = []

    def ends_of_coded_pixels(self) -> Iterator[int]:
        """Give where coded pixels end, before each marker behind them."""
        at, is_coded = 2, False
        while (found := _MARKER.search(self._content, at)) is not None:
            marker, at = found[1][0], found.end()
            if is_coded:
                yield found.start()
            is_coded &= marker in _RESTARTS
            if marker == _END:
                return
            if marker not in _ALONE:
                (length,) = struct.unpack_from(">H", self._content, at)
                self._note(marker, self._content[at + 2 : at + length])
                at += length
                is_coded = marker == _START_OF_SCAN

    def _note(self, marker: int, segment: bytes) -> None:
        if marker in _FRAMES:
            self.kind, self.components = marker, tuple(segment[6::3])
            self.sides = struct.unpack_from(">HH", segment, 1)
        elif marker == _START_OF_SCAN:
            count = segment[0]
            first, last, approximation = segment[1 + 2 * count : 4 + 2 * count]
            components = tuple(segment[1 : 1 + 2 * count : 2])
            if self.kind not in _PROGRESSIVE:
                first, last, approximation = 0, _COEFFICIENTS - 1, 0
            is_last_bit = approximation & 0x0F == 0
            self.scans.append(_Scan(components, range(first, last + 1), is_last_bit))


def is_complete(content: bytes, pixels: bytes, decode: Callable[[bytes], bytes]) -> bool:
    """Say whether a JPEG brings all components to the last bit, and its data last to the end.

    A decoder that runs out of data fills up what is left. So the picture is decoded once more,
    with stray bytes at the end of each scan and restart interval, which change nothing
    but pixels that are not there. Arithmetic coding may leave out its last bytes, and is believed.

    Parameters
    ----------
    content : bytes
        A JPEG that the decoder takes for sound; what follows its end does not count.
    pixels : bytes
        What the decoder has made of it.
    decode : callable
        A JPEG to its pixels.
    """
    walk, begin = _Walk(content), 0
    parts: list[bytes] = []
    for end in walk.ends_of_coded_pixels():
        parts += content[begin:end], _STRAY
        begin = end
    if walk.kind in _ARITHMETIC:
        return True
    if not _brings_all(walk):
        return False
    return decode(b"".join((*parts, content[begin:]))) == pixels


def sides_of(content: bytes) -> tuple[int, int] | None:
    """Read rows and columns of a JPEG or JPEG-LS; None where it does not say both."""
    walk = _Walk(content)
    with suppress(struct.error, IndexError, ValueError):  # the decoder tells what is wrong
        next(walk.ends_of_coded_pixels(), None)
    return walk.sides if all(walk.sides) else None


def _brings_all(walk: _Walk) -> bool:
    """Say whether scans bring each component, of progressive ones every coefficient wholly."""
    brought: dict[int, set[int]] = defaultdict(set)
    for scan in walk.scans:
        for component in scan.components if scan.is_last_bit else ():
            brought[component].update(scan.coefficients)
    return all(len(brought[component]) == _COEFFICIENTS for component in walk.components)
