"""How a film begins, and by which of FFmpeg's readers it is read.

The reader is named, not guessed, because some of FFmpeg's read lists of other files and addresses.
"""

from __future__ import annotations

HEAD = 400
"""Bytes by which a film is told."""
_STILL = (b"heic", b"heix", b"avif", b"mif1", b"msf1")
"""Pictures that are kept as MP4."""
_MARKS = {
    b"\x1a\x45\xdf\xa3": "matroska",
    b"\0\0\1\xba": "mpeg",
    b"\0\0\1\xb3": "mpegvideo",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "asf",
}
_PACKET = 188
"""Bytes from one mark of an MPEG transport stream to the next."""
_SYNC = 0x47
_STARTS = (b"\0\0\0\1", b"\0\0\1")
_HEVC = (0x40, 0x42, 0x46)
"""Parameter sets and delimiters, by which a stream of H.265 begins."""
_H264 = (7, 9)
"""The same of H.264, in the last five bits."""


def container_of(head: bytes) -> str | None:
    """Name the reader of a film's file; None for other files."""
    if head.startswith(b"RIFF"):
        return "avi" if head[8:12] == b"AVI " else None
    if head[4:8] == b"ftyp":
        return None if head[8:12] in _STILL else "mov"
    if head[4:8] in (b"moov", b"mdat", b"wide"):
        return "mov"
    return next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)


def stream_of(head: bytes) -> str | None:
    """Name the reader of a film that lies within another file, where it may be a bare stream."""
    if len(head) > _PACKET and head[0] == head[_PACKET] == _SYNC:
        return "mpegts"
    if (name := container_of(head)) is not None:
        return name
    for start in _STARTS:
        if head.startswith(start) and len(head) > len(start):
            first = head[len(start)]
            return "hevc" if first in _HEVC else "h264" if first & 0x1F in _H264 else None
    return None


def begins_like_film(head: bytes) -> bool:
    """Say whether a file begins like a film."""
    return container_of(head) is not None
