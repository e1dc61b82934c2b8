"""How a NIfTI or Analyze file begins, packed by gzip or not."""

from __future__ import annotations

import struct
import zlib

_LENGTH = 348
"""Bytes of a header of Analyze and NIfTI-1, told in its first four."""
_GZIP = b"\x1f\x8b"


def begins_like_nifti(head: bytes) -> bool:
    """Say whether a file begins like NIfTI, header and voxels in one.

    Parameters
    ----------
    head : bytes
        Some hundred of the first.
    """
    head = _unpacked(head)
    return head[344:348] == b"n+1\0" or head[4:8] == b"n+2\0"


def begins_like_header(head: bytes) -> bool:
    """Say whether a file begins like a header by itself (.hdr), of NIfTI or Analyze."""
    head = _unpacked(head)
    if head[344:348] == b"ni1\0" or head[4:8] == b"ni2\0":
        return True
    if len(head) < _LENGTH or begins_like_nifti(head):
        return False
    return any(
        struct.unpack_from(order + "i", head) == (_LENGTH,)
        and 1 <= struct.unpack_from(order + "h", head, 40)[0] <= 7
        for order in "<>"
    )


def _unpacked(head: bytes) -> bytes:
    if not head.startswith(_GZIP):
        return head
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _LENGTH + 4)
    except zlib.error:
        return b""
