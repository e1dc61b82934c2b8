"""Whether a GIF's pictures have the sides that their headers tell; Pillow fills up, or cuts."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from napari_multicancer.core.errors import UnreadableFileError

LARGEST_COUNTED = 4 * 2**20
"""Bytes of compressed pixels that are counted, a second or two; those behind them are believed."""
_EXTENSION, _PICTURE = 0x21, 0x2C
_HAS_COLORS, _COLORS = 0x80, 0x07
_FULL, _WIDEST = 4096, 12
"""Entries of a full table of LZW, and bits of its codes (GIF 89a, appendix F)."""


@dataclass(frozen=True)
class _Picture:
    """One picture of a GIF as it is stored."""

    left: int
    top: int
    width: int
    height: int
    smallest_code: int
    data: bytes

    @property
    def sides(self) -> tuple[int, int]:
        """Height and width."""
        return self.height, self.width

    def __str__(self) -> str:
        return f"{_text(self.sides)} pixels"


def check_sides(file: BinaryIO, name: str) -> tuple[str, ...]:
    """Compare the sides of a GIF's pictures with their pixels and with its screen.

    Parameters
    ----------
    file : binary file
        A GIF that Pillow has opened; left where it was.
    name : str
        How the file is called in a message.

    Returns
    -------
    tuple of str
        That the first picture leaves a part of the screen empty; nothing where it does not.

    Raises
    ------
    UnreadableFileError
        A picture holds more or fewer pixels than its sides promise, or lies beside the screen.
    """
    at = file.tell()
    file.seek(0)
    content = file.read()
    file.seek(at)
    screen = struct.unpack_from("<HH", content, 6)[::-1]
    counted = 0
    notes: tuple[str, ...] = ()
    for number, picture in enumerate(_pictures(content), 1):
        called = f"Picture {number} of {name}"
        _check_place(picture, screen, called)
        if number == 1 and picture.sides != screen:
            notes = (
                f"The first picture, of {picture}, fills its screen of {_text(screen)} partly.",
            )
        counted += len(picture.data)
        if counted <= LARGEST_COUNTED:
            _check_pixels(picture, called)
    return notes


def _check_place(picture: _Picture, screen: tuple[int, ...], called: str) -> None:
    height, width = screen
    if picture.left + picture.width > width or picture.top + picture.height > height:
        raise UnreadableFileError(
            f"{called}, of {picture}, lies beside its screen of {_text(screen)}: export it again."
        )


def _check_pixels(picture: _Picture, called: str) -> None:
    held = count_pixels(picture.data, picture.smallest_code)
    if held != picture.height * picture.width:
        raise UnreadableFileError(
            f"{called} holds {held} pixels, and its sides promise {picture}: "
            "export or copy it again."
        )


def _text(sides: tuple[int, ...]) -> str:
    return f"{sides[0]} x {sides[1]}"


def count_pixels(data: bytes, smallest_code: int) -> int:
    """Count the pixels that LZW codes stand for, up to their end or the first that has no meaning.

    Parameters
    ----------
    data : bytes
    smallest_code : int
        Bits of a pixel, as they stand before the data.
    """
    if smallest_code >= _WIDEST:
        return 0
    clear, end = 1 << smallest_code, (1 << smallest_code) + 1
    lengths = [1] * clear + [0, 0]
    bits = held = total = last = 0
    width, known, mask = smallest_code + 1, end + 1, 2 * clear - 1
    for byte in data:
        bits |= byte << held
        held += 8
        while held >= width:
            code = bits & mask
            bits >>= width
            held -= width
            if code == clear:
                del lengths[end + 1 :]
                width, known, mask, last = smallest_code + 1, end + 1, 2 * clear - 1, 0
                continue
            if code == end or code > known or (code == known and not last):
                return total
            new = lengths[code] if code < known else last + 1
            if last and known < _FULL:
                lengths.append(last + 1)
                known += 1
                if known > mask and width < _WIDEST:
                    width, mask = width + 1, 2 * mask + 1
            total += new
            last = new
    return total


def _pictures(content: bytes) -> Iterator[_Picture]:
    at = 13 + _colors(content[10])
    while at < len(content):
        if content[at] == _EXTENSION:
            _, at = _blocks(content, at + 2)
        elif content[at] == _PICTURE:
            left, top, width, height, flags = struct.unpack_from("<4HB", content, at + 1)
            at += 10 + _colors(flags)
            smallest = content[at] if at < len(content) else 0
            data, at = _blocks(content, at + 1)
            yield _Picture(left, top, width, height, smallest, data)
        else:
            return


def _colors(flags: int) -> int:
    """Say how many bytes a table of colors takes."""
    return 3 << ((flags & _COLORS) + 1) if flags & _HAS_COLORS else 0


def _blocks(content: bytes, at: int) -> tuple[bytes, int]:
    """Join the blocks that begin somewhere, each behind its length; say where they end."""
    found = []
    while at < len(content) and (length := content[at]):
        found.append(content[at + 1 : at + 1 + length])
        at += 1 + length
    return b"".join(found), at + 1
