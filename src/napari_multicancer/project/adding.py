"""Scans put into a list: each once, under however many names it is given."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from napari_multicancer.batch.lists import Listed
from napari_multicancer.batch.remote import Source, is_address, name_of
from napari_multicancer.core.models.organs import require_organ
from napari_multicancer.core.options import AUTOMATIC
from napari_multicancer.project import moments
from napari_multicancer.project.database import Database
from napari_multicancer.project.fingerprint import Fingerprint, Fingerprinter
from napari_multicancer.project.paths import columns_of, is_there, key_of, shown, unpacked

AT_ONCE = 500
"""So many scans are one change of the file."""
MOST_COPIES = 100
Thing = TypeVar("Thing")


def absolute(path: Source) -> Source:
    """Make a path absolute; an address stays."""
    if isinstance(path, str) and is_address(path):
        return path
    return Path(os.path.abspath(path))


def in_portions(things: Iterable[Thing], size: int = AT_ONCE) -> Iterator[list[Thing]]:
    """Take things so many at a time."""
    rest = iter(things)
    while portion := list(islice(rest, size)):
        yield portion


def add(
    database: Database,
    folder: Path,
    entries: Iterable[Listed],
    progress: Callable[[int], None],
    proceed: Callable[[], None],
) -> int:
    """Put scans into the list; see `Project.add`."""
    look, new, seen = Fingerprinter(), 0, 0
    for portion in in_portions(entries):
        proceed()
        for entry in portion:
            if entry.organ:
                require_organ(entry.organ, [AUTOMATIC])
        found = [(absolute(entry.source), entry.organ) for entry in portion]
        wanted = [(p, organ) for p, organ in found if organ or find(database, p) is None]
        prints = [(path, organ, look.of(path)) for path, organ in wanted]
        with database.changing() as disk:
            for path, organ, known in prints:
                scan, is_new = put(disk, folder, path, known)
                new += is_new
                _say_organ(disk, scan, organ)
        seen += len(portion)
        progress(seen)
    return new


def _say_organ(disk: sqlite3.Connection, scan: int, organ: str) -> None:
    """Take note of what a scan is said to be, unless a person has said so before."""
    if organ not in ("", AUTOMATIC):
        say = "UPDATE scans SET treated_as = ? WHERE id = ? AND treated_as = ''"
        disk.execute(say, [organ, scan])


def find(database: Database, path: Source) -> int | None:
    """Find a scan by its path."""
    row = database.row("SELECT id FROM scans WHERE key = ?", [key_of(path)])
    return None if row is None else int(row[0])


def put(
    disk: sqlite3.Connection, folder: Path, path: Source, known: Fingerprint | None
) -> tuple[int, bool]:
    """Find a scan, or put it into the list, within a change.

    A scan that was gone from where it was, and is of the same content, is the same scan.

    Returns
    -------
    scan : int
    is_new : bool
    """
    columns = columns_of(path, folder)
    row = disk.execute("SELECT id FROM scans WHERE key = ?", [columns["key"]]).fetchone()
    if row is not None:
        return int(row[0]), False
    if known is not None:
        columns |= print_columns(known)
        moved = moved_from(disk, path, known)
        if moved is not None:
            change(disk, moved, columns)
            return moved, False
    columns["state_at"] = moments.now()
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    done = disk.execute(f"INSERT INTO scans ({names}) VALUES ({marks})", [*columns.values()])
    return int(done.lastrowid or 0), True


def moved_from(disk: sqlite3.Connection, path: Source, known: Fingerprint) -> int | None:
    """Find the scan of the same content that is gone; of several, one of the same name first.

    Of many copies of one scan, only the first `MOST_COPIES` are looked for on the disk.
    """
    rows = disk.execute(
        "SELECT id, path FROM scans WHERE size = ? AND fingerprint = ? "
        "ORDER BY name <> ?, id LIMIT ?",
        [known.size, known.content, shown(name_of(path)), MOST_COPIES],
    )
    return next((int(row[0]) for row in rows if not is_there(unpacked(row[1]))), None)


def print_columns(known: Fingerprint) -> dict[str, Any]:
    """Give the columns of the list that a fingerprint says."""
    return {"size": known.size, "modified": known.modified, "fingerprint": known.content}


def change(disk: sqlite3.Connection, scan: int, columns: Mapping[str, Any]) -> None:
    """Change columns of a scan, within a change."""
    assignments = ", ".join(f"{name} = ?" for name in columns)
    disk.execute(f"UPDATE scans SET {assignments} WHERE id = ?", [*columns.values(), scan])
