"""What a batch is asked to analyze, also as a text file: a scan a line, maybe with its organ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from napari_multicancer.batch.remote import Source, is_address
from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.core.models.organs import organs
from napari_multicancer.core.options import AUTOMATIC

LIST_SUFFIX = ".txt"
_SEPARATOR = "\t"


@dataclass(frozen=True)
class Listed:
    """A scan that is to be analyzed, and what it is said to be.

    Attributes
    ----------
    source : Path or str
        A file, a folder, a pattern or an address.
    organ : str
        As `analyze` takes it; empty where what is said of the whole batch counts.
    """

    source: Source
    organ: str = ""

    def at(self, source: Source) -> Entry:
        """Say the same of another source: one of those that are meant by this one."""
        return replace(self, source=source) if self.organ else source


Entry = Source | Listed
"""A scan of a batch, with or without what it is said to be."""


def listed(entry: Entry) -> Listed:
    """Take an entry with what it is said to be: nothing, where it is a path or an address."""
    return entry if isinstance(entry, Listed) else Listed(entry)


def read_list(path: Path) -> Iterator[Listed]:
    """Read a list: a path, pattern or address a line, behind a tab maybe an organ.

    Parameters
    ----------
    path : Path
        Of a text file in UTF-8; paths in it are relative to its folder. Empty lines and those
        that begin with "#" say nothing. All lines are looked at before the first is given.

    Yields
    ------
    Listed

    Raises
    ------
    UnreadableFileError
        It cannot be read, or a line ends with a tab and what is no organ.
    """
    for _ in _lines(path):
        pass
    yield from _lines(path)


def _lines(path: Path) -> Iterator[Listed]:
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
            for number, line in enumerate(file, 1):
                text = line.strip()
                if text and not text.startswith("#"):
                    name, organ = _split(text, f"Line {number} of {path}")
                    yield Listed(name if is_address(name) else str(path.parent / name), organ)
    except OSError as error:
        raise UnreadableFileError(
            f"The list {path} cannot be read ({error.strerror}): check its permissions."
        ) from error


def _split(text: str, where: str) -> tuple[str, str]:
    """Split a line at its last tab into a path and an organ."""
    name, tab, said = text.rpartition(_SEPARATOR)
    if not tab:
        return text, ""
    organ, known = said.strip().lower(), (AUTOMATIC, *organs())
    if organ not in known:
        raise UnreadableFileError(
            f"{where} has {said.strip()!r} behind its last tab, which is no organ: write one of "
            f"{', '.join(known)} there."
        )
    return name.rstrip(), organ
