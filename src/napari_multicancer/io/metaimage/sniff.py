"""How a MetaImage's header begins."""

from __future__ import annotations


def begins_like_metaimage(head: bytes) -> bool:
    """Whether a file begins with lines of MetaImage's keys."""
    key, equals, _ = head.partition(b"=")
    return bool(equals) and key.strip() in (b"ObjectType", b"NDims") and b"\0" not in head[:40]
