"""Whether a file is an archive."""

from __future__ import annotations

from pathlib import Path

_MAGICS = (b"PK\3\4", b"PK\5\6")
"""Of one with files, and of an empty one."""


def is_archive(path: Path) -> bool:
    """Say whether a file is an archive; False for what cannot be read."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(4) in _MAGICS
    except OSError:
        return False
