"""The files of a NIfTI or Analyze volume: one, or a header (.hdr) and its pixels (.img)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.files import BoundedReader

_GZIP = b"\x1f\x8b"
_HEADER, _PIXELS = ".hdr", ".img"


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, unpacked where its first bytes say that it is packed by gzip.

    Parameters
    ----------
    path : Path
        Its name may say otherwise.

    Yields
    ------
    file object
        Of the content.
    """
    with BoundedReader(path) as file:
        is_packed = file.peek(2)[:2] == _GZIP
        yield gzip.GzipFile(fileobj=file, mode="rb") if is_packed else file  # type: ignore[misc]


def header_file(path: Path) -> Path:
    """Find the file that holds the header: of a pair, whichever of the two is named."""
    return _sibling(path, _HEADER) if _ends(path, _PIXELS) else path


def pixel_file(path: Path) -> Path:
    """Find the file that holds the pixels."""
    return _sibling(path, _PIXELS) if _ends(path, _HEADER) else path


def _ends(path: Path, end: str) -> bool:
    return path.name.lower().removesuffix(".gz").endswith(end)


def _sibling(path: Path, end: str) -> Path:
    """Find the other file of a pair, in upper or lower case, packed or not.

    Raises
    ------
    UnreadableFileError
        There is none.
    """
    packed = path.name[-3:] if path.name.lower().endswith(".gz") else ""
    stem = path.name[: len(path.name) - len(packed) - len(end)]
    names = [stem + other + gz for other in (end, end.upper()) for gz in (packed, "", ".gz")]
    for name in names:
        if (file := path.with_name(name)).is_file():
            return file
    raise UnreadableFileError(
        f"{path.name} is one of two files, and {names[1]} is not beside it: copy both."
    )
