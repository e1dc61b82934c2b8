"""What a list of scans is asked for: a page of it, one scan, its neighbors, its numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path, PurePath
from typing import Any

from napari_multicancer.batch.remote import Source
from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.formats import stem as stem_of
from napari_multicancer.project import moments
from napari_multicancer.project.database import Database, Row
from napari_multicancer.project.paths import shown, unpacked
from napari_multicancer.project.query import Page, ScanFilter, Sorting, Standing, beyond, name_key
from napari_multicancer.project.records import LEFT, ListedScan, Person, State, VersionKind, Work


def page(database: Database, wanted: ScanFilter, sorting: Sorting, part: Page) -> list[ListedScan]:
    """Read a part of the list."""
    where, values = wanted.clause()
    rows = database.rows(
        f"SELECT * FROM scans WHERE {where} ORDER BY {sorting.clause()} LIMIT ? OFFSET ?",
        [*values, part.size, part.start],
    )
    return [listed(row) for row in rows]


def one(database: Database, scan: int) -> ListedScan:
    """Read one scan.

    Raises
    ------
    UnreadableFileError
        There is none of this number.
    """
    row = database.row("SELECT * FROM scans WHERE id = ?", [scan])
    if row is None:
        raise _no_scan(scan)
    return listed(row)


def _no_scan(scan: int) -> UnreadableFileError:
    return UnreadableFileError(f"The list has no scan {scan}: open the list again.")


def neighbors(
    database: Database,
    at: Standing,
    wanted: ScanFilter,
    *,
    backward: bool = False,
    most: int = 1,
) -> list[ListedScan]:
    """Read the scans that come next, or before, the nearest first; none at the end."""
    where, values = wanted.clause()
    place, stood = beyond(at.sorting, at.values, backward)
    rows = database.rows(
        f"SELECT * FROM scans WHERE {where} AND {place} "
        f"ORDER BY {at.sorting.clause(backward)} LIMIT ?",
        [*values, *stood, most],
    )
    return [listed(row) for row in rows]


def position(database: Database, scan: int, wanted: ScanFilter, sorting: Sorting) -> int:
    """Tell how many scans come before one, whether or not the filter lets it through."""
    where, values = wanted.clause()
    place, at = beyond(sorting, standing(database, scan, sorting).values, backward=True)
    return database.number(f"SELECT count(*) FROM scans WHERE {where} AND {place}", [*values, *at])


def count(database: Database, wanted: ScanFilter) -> int:
    """Count scans."""
    where, values = wanted.clause()
    return database.number(f"SELECT count(*) FROM scans WHERE {where}", values)


def holds(database: Database, scan: int, wanted: ScanFilter) -> bool:
    """Whether a filter lets a scan through."""
    where, values = wanted.clause()
    found = f"SELECT count(*) FROM scans WHERE {where} AND id = ?"
    return database.number(found, [*values, scan]) > 0


def counts(database: Database) -> dict[State, int]:
    """Count the scans of each state; 0 where there are none."""
    found = {row[0]: int(row[1]) for row in database.rows(_COUNTS)}
    return {state: found.get(state.value, 0) for state in State}


_COUNTS = "SELECT state, count(*) FROM scans GROUP BY state"


def standing(database: Database, scan: int, sorting: Sorting) -> Standing:
    """Tell where a scan stands in an order now.

    Raises
    ------
    UnreadableFileError
        There is none of this number.
    """
    row = database.row(f"SELECT {', '.join(sorting.terms())} FROM scans WHERE id = ?", [scan])
    if row is None:
        raise _no_scan(scan)
    return Standing(sorting, tuple(row))


def makers(
    database: Database, kinds: Collection[VersionKind], wanted: ScanFilter, fewest: int
) -> dict[int, int]:
    """Count who made masks of each scan; see `OpenList.makers`."""
    where, values = wanted.clause()
    rows = database.rows(
        "SELECT versions.scan, count(DISTINCT maker) AS people FROM versions "
        "JOIN scans ON scans.id = versions.scan "
        f"WHERE kind IN ({', '.join('?' * len(kinds))}) "
        f"AND versions.scan IN (SELECT id FROM scans WHERE {where}) "
        "GROUP BY versions.scan HAVING people >= ? ORDER BY name_key, versions.scan",
        [*kinds, *values, fewest],
    )
    return {row["scan"]: row["people"] for row in rows}


def people(database: Database) -> dict[str, Person]:
    """Count what is each person's; see `OpenList.people`."""
    left = ", ".join(f"'{state}'" for state in LEFT)
    asked = {
        "assigned": "SELECT assigned, count(*) FROM scans WHERE assigned <> '' GROUP BY 1",
        "left": f"SELECT assigned, count(*) FROM scans WHERE assigned <> '' AND state IN ({left}) "
        "GROUP BY 1",
        "done": "SELECT done_by, count(*) FROM scans WHERE done_by <> '' AND state IN "
        "('done', 'reviewed') GROUP BY 1",
        "reviewed": "SELECT state_by, count(*) FROM scans WHERE state = 'reviewed' GROUP BY 1",
        "seconds": "SELECT who, sum(seconds) FROM work GROUP BY 1",
    }
    found: dict[str, dict[str, Any]] = {}
    for name, command in asked.items():
        for who, number in database.rows(command):
            found.setdefault(who, {})[name] = number
    return {who: Person(**found[who]) for who in sorted(found)}


def called(database: Database, stem: str, folders: Sequence[str]) -> list[ListedScan]:
    """Find the scans of a name; see `OpenList.called`."""
    rows = database.rows(
        "SELECT * FROM scans WHERE name_key = ? OR name_key BETWEEN ? AND ? ORDER BY id",
        [name_key(stem), name_key(f"{stem}."), name_key(f"{stem}.\uffff")],
    )
    found = [listed(row) for row in rows]
    found = [one for one in found if stem_of(Path(one.name)).casefold() == stem.casefold()]
    there = [one for one in found if _lies_in(one.path, folders)] if folders else []
    return there or found


def of_content(database: Database, fingerprint: bytes) -> list[ListedScan]:
    """Find the scans of a fingerprint, in the order in which they were added."""
    rows = database.rows("SELECT * FROM scans WHERE fingerprint = ? ORDER BY id", [fingerprint])
    return [listed(row) for row in rows]


def folder_of_scans(database: Database, folders: Collection[Path]) -> Path | None:
    """Find one of some folders in which scans lie."""
    by_name = {shown(str(folder)): folder for folder in folders}
    row = database.row(
        f"SELECT folder FROM scans WHERE folder IN ({', '.join('?' * len(by_name))}) LIMIT 1",
        [*by_name],
    )
    return None if row is None else by_name[row[0]]


def _lies_in(path: Source, folders: Sequence[str]) -> bool:
    above = PurePath(path).parts[:-1]
    return list(above[-len(folders) :]) == list(folders)


def listed(row: Row) -> ListedScan:
    """Make a record of a row."""
    return ListedScan(
        id=row["id"],
        path=unpacked(row["path"]),
        name=row["name"],
        state=state_of(row["state"]),
        state_by=row["state_by"],
        state_at=moments.read(row["state_at"]),
        done_by=row["done_by"],
        assigned=row["assigned"],
        organ=row["organ"],
        treated_as=row["treated_as"],
        finding=row["finding"],
        said_finding=row["said_finding"],
        confident=None if row["confident"] is None else bool(row["confident"]),
        doubt=row["doubt"],
        area=row["area"],
        area_unit=row["area_unit"],
        mask_area=row["mask_area"],
        mask_area_unit=row["mask_area_unit"],
        mask_finding=row["mask_finding"],
        planes=row["planes"],
        error=row["error"],
        failures=row["failures"],
        notes=row["notes"],
        comment=row["comment"],
        group=row["patient"],
        models=row["models"],
        work=Work(row["seconds"], row["clicks"], row["strokes"]),
        fingerprint=row["fingerprint"],
    )


def state_of(text: str) -> State:
    """Read a state; what was edited by hand and is none counts as new."""
    return State(text) if text in set(State) else State.NEW
