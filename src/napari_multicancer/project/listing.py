"""What a list of scans is asked for: a page of it, one scan, its neighbors, its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.project import moments
from napari_multicancer.project.database import Database, Row
from napari_multicancer.project.paths import unpacked
from napari_multicancer.project.query import Page, ScanFilter, Sorting, beyond
from napari_multicancer.project.records import ListedScan, State, Work


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
        raise UnreadableFileError(f"The list has no scan {scan}: open the list again.")
    return listed(row)


def neighbor(
    database: Database, scan: int, wanted: ScanFilter, sorting: Sorting, backward: bool
) -> ListedScan | None:
    """Read the scan that comes next, or before; None at the end."""
    where, values = wanted.clause()
    place, at = beyond(sorting, _terms(database, scan, sorting), backward)
    row = database.row(
        f"SELECT * FROM scans WHERE {where} AND {place} "
        f"ORDER BY {sorting.clause(backward)} LIMIT 1",
        [*values, *at],
    )
    return None if row is None else listed(row)


def position(database: Database, scan: int, wanted: ScanFilter, sorting: Sorting) -> int:
    """Tell how many scans come before one, whether or not the filter lets it through."""
    where, values = wanted.clause()
    place, at = beyond(sorting, _terms(database, scan, sorting), backward=True)
    return database.number(f"SELECT count(*) FROM scans WHERE {where} AND {place}", [*values, *at])


def count(database: Database, wanted: ScanFilter) -> int:
    """Count scans."""
    where, values = wanted.clause()
    return database.number(f"SELECT count(*) FROM scans WHERE {where}", values)


def counts(database: Database) -> dict[State, int]:
    """Count the scans of each state; 0 where there are none."""
    found = {row[0]: int(row[1]) for row in database.rows(_COUNTS)}
    return {state: found.get(state.value, 0) for state in State}


_COUNTS = "SELECT state, count(*) FROM scans GROUP BY state"


def _terms(database: Database, scan: int, sorting: Sorting) -> Sequence[Any]:
    one(database, scan)
    row = database.row(f"SELECT {', '.join(sorting.terms())} FROM scans WHERE id = ?", [scan])
    return () if row is None else tuple(row)


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
        confident=None if row["confident"] is None else bool(row["confident"]),
        doubt=row["doubt"],
        area=row["area"],
        area_unit=row["area_unit"],
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
