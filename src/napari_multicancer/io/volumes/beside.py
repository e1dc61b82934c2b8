"""The file that a header says its voxels lie in: from the header's own folder, or none."""

from __future__ import annotations

from pathlib import Path

from napari_multicancer.core.errors import UnreadableFileError

_LONGEST_NAME = 100
"""Letters of a name that are shown."""


def file_beside(header: Path, name: str) -> Path:
    """Find a file by the name that a header has for it.

    Parameters
    ----------
    header : Path
    name : str
        Of a file in the header's own folder, maybe after "./".

    Raises
    ------
    UnreadableFileError
        It lies elsewhere, behind a link as well, or is missing.
    """
    plain = name.removeprefix("./").removeprefix(".\\")
    is_plain = plain not in ("", ".", "..") and not set(plain) & set("/\\:\0")
    if not is_plain or (header.parent / plain).resolve().parent != header.parent.resolve():
        raise UnreadableFileError(
            f"{header.name} refers to {_shown(name)}, which is not in its own folder: put both "
            "files into one folder and export it again."
        )
    found = header.parent / plain
    if not found.is_file():
        raise UnreadableFileError(
            f"{header.name} has its voxels in {_shown(plain)}, which is missing: put it beside "
            f"{header.name}."
        )
    return found


def _shown(name: str) -> str:
    plain = "".join(letter if letter.isprintable() else "?" for letter in name)
    return plain if len(plain) <= _LONGEST_NAME else f"{plain[:_LONGEST_NAME]}..."
