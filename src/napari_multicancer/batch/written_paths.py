r"""Paths as a table in UTF-8 writes them: bytes of a name that are no UTF-8 as codes, ``\udcff``.

A name in which such a code stands as text has another backslash, ``\x5cudcff``, so that no two
paths are written alike, and each is read as it was.
"""

from __future__ import annotations

import re

_TEXT_LIKE_A_CODE = re.compile(r"\\(?=(?:x5c)*ud[89a-f][0-9a-f]{2})")
_WRITTEN = re.compile(r"\\(?:x5c((?:x5c)*ud[89a-f][0-9a-f]{2})|u(d[89a-f][0-9a-f]{2}))")


def written(path: str) -> str:
    r"""Write a path.

    Examples
    --------
    >>> print(written("a\udcff.png"), written(r"a\udcff.png"))
    a\udcff.png a\x5cudcff.png
    """
    return _TEXT_LIKE_A_CODE.sub(r"\\x5c", path).encode("utf-8", "backslashreplace").decode("utf-8")


def as_it_was(text: str) -> str:
    """Read a path that `written` wrote."""
    return _WRITTEN.sub(lambda found: "\\" + found[1] if found[1] else chr(int(found[2], 16)), text)
