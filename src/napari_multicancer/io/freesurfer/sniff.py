"""How a volume of FreeSurfer begins, packed by gzip or not."""

from __future__ import annotations

import struct
import zlib

_LENGTH = 24
_GZIP = b"\x1f\x8b"
_TYPES = range(11)
_LARGEST = 2**20


def begins_like_mgh(head: bytes) -> bool:
    """Say whether a file begins with the version, four sizes and a type of values."""
    if head.startswith(_GZIP):
        try:
            head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _LENGTH)
        except zlib.error:
            return False
    if len(head) < _LENGTH:
        return False
    version, *sizes, kind = struct.unpack_from(">6i", head)
    return version == 1 and all(0 < size < _LARGEST for size in sizes) and kind in _TYPES
