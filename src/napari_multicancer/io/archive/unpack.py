"""A zip archive, unpacked for a moment: into a folder of its own, never beyond, never too much."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.io.files import LONGEST_NAME, BoundedReader, check_decoded_size

MOST_FILES = 20_000
"""In one archive."""
MAGIC = b"PK\3\4"
"""How an archive begins."""
_ENCRYPTED = 1
"""Bit of a member's flags."""
_SHOWN = 60
"""Letters of a name in a message."""


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Unpack an archive; what was unpacked is gone afterwards.

    Hidden files, and what macOS adds, are left out.

    Parameters
    ----------
    path : Path

    Yields
    ------
    Path
        A folder with its files, in their folders.

    Raises
    ------
    UnreadableFileError
        It is damaged, promises too much, names a file outside, or is locked by a password.
    UnsupportedScanError
        It holds other archives, links, too many files or too many bytes.
    """
    with tempfile.TemporaryDirectory(prefix="napari-multicancer-") as temporary:
        folder = Path(temporary, path.name)  # as it is called in messages
        folder.mkdir()
        try:
            with BoundedReader(path) as file, ZipFile(file) as archive:
                members = _members(path, archive)
                check_decoded_size(path, sum(one.file_size for one, _ in members))
                for one, name in members:
                    _unpack(path, archive, one, Path(folder, *name.parts))
        except (BadZipFile, NotImplementedError, EOFError, ValueError, zlib.error) as error:
            raise UnreadableFileError(
                f"{path.name} is no zip archive, or is damaged: copy it again, or unpack it first."
            ) from error
        yield folder


def _members(path: Path, archive: ZipFile) -> list[tuple[ZipInfo, PurePosixPath]]:
    """List the files of an archive, each with its name, once all are known to be safe."""
    members = [one for one in archive.infolist() if not one.is_dir()]
    if len(members) > MOST_FILES:
        raise UnsupportedScanError(
            f"{path.name} holds {len(members):,} files, more than {MOST_FILES:,}: unpack it first."
        )
    named = [(one, _checked(path, one)) for one in members]
    return [(one, name) for one, name in named if not _is_hidden(name)]


def _checked(path: Path, one: ZipInfo) -> PurePosixPath:
    """Refuse a member that leads outside, is a link, or cannot be read."""
    # Old programs of Windows part folders by backslashes.
    name, shown = PurePosixPath(one.filename.replace("\\", "/")), _shown(one.filename)
    is_plain = not set(one.filename) & set(":\0") and ".." not in name.parts
    if not is_plain or name.is_absolute() or not name.parts:
        raise UnreadableFileError(
            f"{path.name} names a file outside of it ({shown}): unpack it first, with care."
        )
    if any(len(os.fsencode(part)) > LONGEST_NAME for part in name.parts):
        raise UnreadableFileError(
            f"{path.name} holds a file with too long a name ({shown}): unpack it first."
        )
    if stat.S_ISLNK(one.external_attr >> 16):
        raise UnsupportedScanError(f"{path.name} holds a link ({shown}): unpack it first.")
    if one.flag_bits & _ENCRYPTED:
        raise UnreadableFileError(f"{path.name} is locked by a password: unpack it first.")
    return name


def _unpack(path: Path, archive: ZipFile, one: ZipInfo, to: Path) -> None:
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(one) as packed, to.open("xb") as file:
            head = packed.read(len(MAGIC))
            if head == MAGIC:
                raise UnsupportedScanError(
                    f"{path.name} holds another archive ({_shown(one.filename)}): unpack it first."
                )
            file.write(head)
            shutil.copyfileobj(packed, file)
    except (FileExistsError, NotADirectoryError) as error:
        raise UnreadableFileError(
            f"{path.name} holds {_shown(one.filename)} twice: unpack it first."
        ) from error


def _is_hidden(name: PurePosixPath) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in name.parts)


def _shown(name: str) -> str:
    plain = "".join(letter if letter.isprintable() else "?" for letter in name)
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}..."
