"""The other files that an OME-TIFF says its planes lie in: from its own folder, or none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from tifffile import TiffFile, TiffFileError

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.tiff.checks import check_chain

_LONGEST_NAME = 100
"""Letters of a name that are shown."""


def check_companions(tiff: TiffFile, path: Path) -> None:
    """Refuse a file that names others which it must not choose, or which are not there.

    Raises
    ------
    UnreadableFileError
        A plane lies outside the file's own folder, in no file, or in none that is a TIFF.
    """
    for name in dict.fromkeys(_named(tiff)):
        companion = path.parent / name
        if not _is_plain(name) or companion.resolve().parent != path.parent.resolve():
            raise UnreadableFileError(
                f"{path.name} refers to {_shown(name)}, which is not in its own folder: put all "
                "files of the scan into one folder and export it again."
            )
        if not companion.is_file():
            raise UnreadableFileError(
                f"{path.name} has planes in {_shown(name)}, which is missing: put it beside "
                f"{path.name}."
            )
        _check(companion)


def _check(companion: Path) -> None:
    try:
        with TiffFile(companion) as tiff:
            check_chain(tiff, companion)
    except TiffFileError as error:
        raise UnreadableFileError(
            f"{companion.name} is no TIFF file, or is damaged: export or copy it again."
        ) from error


def _named(tiff: TiffFile) -> Iterator[str]:
    """List the files that the description names, but for the file itself, which may be renamed."""
    try:
        root = ElementTree.fromstring(tiff.ome_metadata or "") if tiff.is_ome else None
    except ElementTree.ParseError:
        return
    if root is None:
        return
    own = root.get("UUID")
    for item in root.iter():
        name = item.get("FileName")
        if item.tag.endswith("UUID") and name is not None:
            is_own = item.text == own if own else name.lower() == tiff.filename.lower()
            if not is_own:
                yield name


def _is_plain(name: str) -> bool:
    """Say whether a name is that of a file, without folders, on whatever system."""
    return name not in ("", ".", "..") and not set(name) & set("/\\:\0")


def _shown(name: str) -> str:
    plain = "".join(letter if letter.isprintable() else "?" for letter in name)
    return plain if len(plain) <= _LONGEST_NAME else f"{plain[:_LONGEST_NAME]}..."
