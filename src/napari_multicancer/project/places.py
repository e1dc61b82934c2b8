"""Where a list's scans are now: here, moved, changed, or gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from napari_multicancer.batch.remote import Source
from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.project.adding import absolute, change, moved_from, print_columns
from napari_multicancer.project.database import Database
from napari_multicancer.project.fingerprint import Fingerprint, Fingerprinter
from napari_multicancer.project.paths import columns_of, is_there, key_of, unpacked
from napari_multicancer.project.records import Condition, Located


def locate(database: Database, folder: Path, scan: int) -> Located:
    """Look where a scan is, and take note where it has moved; see `Project.locate`."""
    row = database.row(
        "SELECT path, relative, size, modified, fingerprint FROM scans WHERE id = ?", [scan]
    )
    if row is None:
        raise UnreadableFileError(f"The list has no scan {scan}: open the list again.")
    path = unpacked(row["path"])
    if isinstance(path, str):
        return Located(path, Condition.HERE)
    before = None
    if row["fingerprint"] is not None:
        before = Fingerprint(row["size"], row["modified"], row["fingerprint"])
    ways = [path] + [Path(folder, unpacked(way)).resolve() for way in [row["relative"]] if way]
    there = [way for way in dict.fromkeys(ways) if is_there(way)]
    prints = [Fingerprinter().of(way) for way in there]
    for way, now in zip(there, prints, strict=True):
        if now is not None and (before is None or now.content == before.content):
            condition = Condition.HERE if way == path else Condition.MOVED
            if now != before or way != path:
                _note(database, folder, scan, way, now)
            return Located(way, condition, now.content)
    for way, now in zip(there, prints, strict=True):
        return Located(way, Condition.CHANGED, None if now is None else now.content)
    return Located(path, Condition.GONE)


def sentence(located: Located) -> str:
    """Say what became of a scan, and what to do; empty where nothing did."""
    name = Path(located.path).name
    if located.condition is Condition.GONE:
        return (
            f"{located.path} is gone: put it back, or let the list look for it in the folder "
            "where it is now, by List > Look for moved scans or project find."
        )
    if located.condition is Condition.CHANGED:
        return (
            f"{name} has changed since it was listed: open it in the list, look whether its mask "
            "still fits, and accept it there, or by project changed --accept."
        )
    return ""


def find_moved(
    database: Database,
    folder: Path,
    sources: Iterable[Source],
    progress: Callable[[int], None],
    proceed: Callable[[], None],
) -> int:
    """Find scans again that are gone from where they were; see `Project.find_moved`."""
    look, found = Fingerprinter(), 0
    for seen, source in enumerate(map(absolute, sources), start=1):
        proceed()
        now = look.of(source)
        if now is not None:
            with database.changing() as disk:
                scan = moved_from(disk, source, now)
            found += scan is not None and _note(database, folder, scan, source, now)
        progress(seen)
    return found


def accept_change(database: Database, folder: Path, scan: int) -> None:
    """Take the scan's content as it is now for the right one."""
    located = locate(database, folder, scan)
    now = Fingerprinter().of(located.path)
    if now is not None:
        _note(database, folder, scan, located.path, now)


def _note(database: Database, folder: Path, scan: int, path: Source, now: Fingerprint) -> bool:
    """Take note of where a scan is, unless the list has another one there or cannot be changed."""
    if database.read_only:
        return False
    with database.changing() as disk:
        other = disk.execute("SELECT id FROM scans WHERE key = ?", [key_of(path)]).fetchone()
        if other is not None and other[0] != scan:
            return False
        change(disk, scan, columns_of(path, folder) | print_columns(now))
    return True
