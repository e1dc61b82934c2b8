"""Paths as a project keeps them: any name that a disk knows, and from wherever the folder lies."""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path

from napari_multicancer.batch.remote import Source, is_address, name_of
from napari_multicancer.batch.worklist import identity
from napari_multicancer.io.files import SERIES_MARK
from napari_multicancer.project.query import name_key


def packed(path: Source) -> bytes:
    """Write a path as bytes; `unpacked` reads it, whatever its name holds."""
    return str(path).encode("utf-8", "surrogatepass")


def unpacked(path: bytes) -> Source:
    """Read a path or an address."""
    text = path.decode("utf-8", "surrogatepass")
    return text if is_address(text) else Path(text)


def key_of(path: Source) -> bytes:
    """Give what is the same for two names of one file, in 16 bytes."""
    return blake2b(packed(identity(path)), digest_size=16).digest()


def relative(path: Source, folder: Path) -> bytes:
    """Write a path as seen from a folder, with forward slashes; empty where there is no such way.

    A scan that moves together with the project's folder is found by it.
    """
    if isinstance(path, str):
        return b""
    try:
        return packed(Path(os.path.relpath(path, folder)).as_posix())
    except ValueError:  # on another drive of Windows
        return b""


def shown(text: str) -> str:
    """Write a name so that it can be searched and shown: bytes that are no letters become "_"."""
    return "".join("_" if "\ud800" <= letter <= "\udfff" else letter for letter in text)


def columns_of(path: Source, folder: Path) -> dict[str, object]:
    """Give the columns of the list that a path says.

    Parameters
    ----------
    path : Path or str
        Absolute, or an address.
    folder : Path
        The project's, absolute.
    """
    name = shown(name_of(path))
    above = path.rpartition("/")[0] if isinstance(path, str) else str(path.parent)
    return {
        "key": key_of(path),
        "path": packed(path),
        "relative": relative(path, folder),
        "name": name,
        "name_key": name_key(name),
        "folder": shown(above),
    }


def is_there(path: Source) -> bool:
    """Whether something lies where a scan was; of a folder's or an archive's series, whether that.

    Of an address nothing is asked.
    """
    if isinstance(path, str):
        return True
    folder, mark, _ = path.name.rpartition(SERIES_MARK)
    return os.path.lexists(path) or (bool(mark and folder) and path.with_name(folder).exists())
