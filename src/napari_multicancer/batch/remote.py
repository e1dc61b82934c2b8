"""Files that are not on this machine: addresses that fsspec understands."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from napari_multicancer.batch.on_disk import sorted_on_disk
from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.unread import is_called_a_scan

Source = Path | str
"""A scan of a batch: a path on this machine, or the address of a file elsewhere."""

_MARK = "://"


def is_address(name: str) -> bool:
    """Tell an address, such as "s3://bucket/folder", from a path."""
    return _MARK in name


def name_of(source: Source) -> str:
    """Name of a file without its folder."""
    return source.name if isinstance(source, Path) else PurePosixPath(source).name


def files_at(address: str, *, recursive: bool) -> Iterator[str]:
    """Find the scans at an address.

    Parameters
    ----------
    address : str
        Of a file, or of a folder, whose files with a known suffix are taken; or
        with ``*``, ``?`` or ``[]``.
    recursive : bool
        Whether to go into folders inside a folder.

    Yields
    ------
    str
        Addresses. Files of a series stand each for itself.

    Raises
    ------
    UnreadableFileError
        What stands before "://" is not known or not installed, or the place
        cannot be reached.
    """
    try:
        import fsspec

        disk, root = fsspec.core.url_to_fs(address)
        if any(sign in root for sign in "*?["):
            yield from (disk.unstrip_protocol(path) for path in sorted(disk.glob(root)))
        elif disk.isdir(root):
            yield from _in_folder(disk, root, recursive)
        else:
            yield address
    except (ImportError, OSError, ValueError) as error:
        raise UnreadableFileError(
            f"{address} cannot be reached ({error}): check the address and what it asks for."
        ) from error


def _in_folder(disk: Any, root: str, recursive: bool) -> Iterator[str]:
    for here, _, files in disk.walk(root, maxdepth=None if recursive else 1, on_error="raise"):
        for name in sorted_on_disk(files):
            if is_called_a_scan(name) and not name.startswith("."):
                yield disk.unstrip_protocol(f"{here.rstrip('/')}/{name}")


@contextmanager
def on_this_machine(source: Source) -> Iterator[Path]:
    """Give a path to a file: its own, or that of a copy, which goes afterwards.

    Raises
    ------
    UnreadableFileError
        The address cannot be reached, the file is not there, or the copy does not
        fit into the temporary folder.
    """
    if isinstance(source, Path):
        yield source
        return
    with tempfile.TemporaryDirectory(prefix="napari-multicancer-") as folder:
        copy = Path(folder, name_of(source))
        _fetch(source, copy)
        yield copy


def _fetch(address: str, copy: Path) -> None:
    try:
        import fsspec

        with fsspec.open(address, "rb") as file, copy.open("wb") as here:
            shutil.copyfileobj(file, here)
    except FileNotFoundError as error:
        raise UnreadableFileError(f"There is no file {address}: check its name.") from error
    except (ImportError, OSError, ValueError) as error:
        number = getattr(error, "errno", None)
        reason = os.strerror(number) if number else error
        raise UnreadableFileError(
            f"{address} cannot be read ({reason}): check the address and what it asks for."
        ) from error
