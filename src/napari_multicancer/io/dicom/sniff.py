"""How a DICOM file begins, with its preamble or, from old archives, without one."""

from __future__ import annotations

import struct

_PREAMBLE = 128
_MARK = b"DICM"
_FIRST_GROUPS = (0x0002, 0x0008)
"""A file begins with its meta header, or with what identifies the picture."""
_LAST_GROUP = 0x7FE0
_PIXELS = (_LAST_GROUP, 0x0010)
_LONGEST = 4096
"""Bytes of an element that stands so early; a value of text has at most some hundreds."""
_UNDEFINED = 0xFFFFFFFF
_VRS = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN "
    b"UR US UT UV".split()
)
_LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
"""Their length stands in four bytes, after two that are not used."""


def begins_like_dicom(head: bytes) -> bool:
    """Say whether a file begins like DICOM.

    Without a preamble there is no mark to go by: then the first elements have to follow
    each other as a dataset's do, with tags that rise and lengths that make sense.

    Parameters
    ----------
    head : bytes
        Some hundred of the first.
    """
    if head[_PREAMBLE:].startswith(_MARK):
        return True
    return any(_is_dataset(head, order) for order in "<>")


def _is_dataset(head: bytes, order: str) -> bool:
    at, last, count = 0, (0, -1), 0
    while at + 8 <= len(head):
        tag = struct.unpack_from(f"{order}HH", head, at)
        follows = last < tag and tag[0] <= _LAST_GROUP
        if not follows or (not count and tag[0] not in _FIRST_GROUPS):
            return False
        start, length = _value(head, at, order)
        if length == _UNDEFINED:
            return count > 0
        if length > _LONGEST:
            return count > 1 and tag == _PIXELS
        last, at, count = tag, start + length, count + 1
    return count > 1


def _value(head: bytes, at: int, order: str) -> tuple[int, int]:
    """Say where an element's value begins, and how long it is."""
    vr = head[at + 4 : at + 6]
    if vr not in _VRS:
        return at + 8, int(struct.unpack_from(f"{order}I", head, at + 4)[0])
    if vr in _LONG_VRS:
        stored = head[at + 8 : at + 12].ljust(4, b"\xff")
        return at + 12, int(struct.unpack(f"{order}I", stored)[0])
    return at + 8, int(struct.unpack_from(f"{order}H", head, at + 6)[0])
