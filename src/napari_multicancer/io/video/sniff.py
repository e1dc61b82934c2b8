"""How a film begins, and by which of FFmpeg's readers it is read.

The reader is named, not guessed, because some of FFmpeg's read lists of other files and addresses.
"""

from __future__ import annotations

_STILL = (b"heic", b"heix", b"avif", b"mif1", b"msf1")
"""Pictures that are kept as MP4."""
_MARKS = {
    b"\x1a\x45\xdf\xa3": "matroska",
    b"\0\0\1\xba": "mpeg",
    b"\0\0\1\xb3": "mpegvideo",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "asf",
}


def container_of(head: bytes) -> str | None:
    """Name the reader of a film; None for other files."""
    if head.startswith(b"RIFF"):
        return "avi" if head[8:12] == b"AVI " else None
    if head[4:8] == b"ftyp":
        return None if head[8:12] in _STILL else "mov"
    if head[4:8] in (b"moov", b"mdat", b"wide"):
        return "mov"
    return next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)


def begins_like_film(head: bytes) -> bool:
    """Say whether a file begins like a film."""
    return container_of(head) is not None
