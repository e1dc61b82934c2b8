"""How the pictures that Pillow reads begin."""

from __future__ import annotations

_MARKS = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"\0\0\0\x0cjP  \r\n\x87\n",
    b"\xff\x4f\xff\x51",
)
"""PNG, JPEG, GIF, JPEG 2000 in its container, and bare."""


def begins_like_a_picture(head: bytes) -> bool:
    """Whether a file begins as the pictures that Pillow reads do."""
    if head.startswith(b"RIFF"):
        return head[8:12] == b"WEBP"
    if head[:1] == b"P" and head[1:2] in b"1234567fF":
        return head[2:3] in (b" ", b"\t", b"\r", b"\n")
    if head.startswith(b"BM"):
        return head[6:10] == bytes(4)
    return head.startswith(_MARKS)
