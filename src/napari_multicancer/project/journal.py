"""States and work noted in a list: what is, and how it came about."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.project import moments
from napari_multicancer.project.adding import change
from napari_multicancer.project.database import Database
from napari_multicancer.project.listing import state_of
from napari_multicancer.project.records import State, StateChange, Work

_AT_ONCE = 1000


def set_state(disk: sqlite3.Connection, scan: int, state: State, who: str, note: str = "") -> None:
    """Set a scan's state and take note of it, within a change; one that it has already stays.

    A scan that is done is so once more where it is somebody else who stands for its mask now.

    Raises
    ------
    UnreadableFileError
        The list has no such scan.
    """
    row = disk.execute("SELECT state, done_by FROM scans WHERE id = ?", [scan]).fetchone()
    if row is None:
        raise UnreadableFileError(f"The list has no scan {scan}: open the list again.")
    if row[0] == state.value and (state is not State.DONE or row[1] == who):
        return
    at = moments.now()
    columns: dict[str, Any] = {"state": state.value, "state_by": who, "state_at": at}
    if state is State.DONE:
        columns["done_by"] = who
    change(disk, scan, columns)
    disk.execute(
        "INSERT INTO changes (scan, at, who, before, after, note) VALUES (?, ?, ?, ?, ?, ?)",
        [scan, at, who, row[0], state.value, note],
    )


def note_work(disk: sqlite3.Connection, scan: int, who: str, work: Work) -> None:
    """Add work to that of a person and of the scan, within a change."""
    values = [max(0.0, work.seconds), max(0, work.clicks), max(0, work.strokes)]
    disk.execute(
        "INSERT INTO work (scan, who, seconds, clicks, strokes) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (scan, who) DO UPDATE SET seconds = seconds + excluded.seconds, "
        "clicks = clicks + excluded.clicks, strokes = strokes + excluded.strokes",
        [scan, who, *values],
    )
    disk.execute(
        "UPDATE scans SET seconds = seconds + ?, clicks = clicks + ?, strokes = strokes + ? "
        "WHERE id = ?",
        [*values, scan],
    )


def work_by(database: Database, scan: int) -> dict[str, Work]:
    """Read who worked how much on a scan."""
    rows = database.rows("SELECT * FROM work WHERE scan = ? ORDER BY who", [scan])
    return {row["who"]: Work(row["seconds"], row["clicks"], row["strokes"]) for row in rows}


def changes(database: Database, scan: int | None) -> Iterator[StateChange]:
    """Read the changes of states, oldest first, a part at a time."""
    last = 0
    of = "" if scan is None else "AND scan = ?"
    while rows := database.rows(
        f"SELECT * FROM changes WHERE id > ? {of} ORDER BY id LIMIT {_AT_ONCE}",
        [last] if scan is None else [last, scan],
    ):
        for row in rows:
            yield StateChange(
                scan=row["scan"],
                at=moments.read(row["at"]),
                who=row["who"],
                before=state_of(row["before"]),
                after=state_of(row["after"]),
                note=row["note"],
            )
        last = rows[-1]["id"]
