"""A second person's word on a scan: reviews, and outlines drawn a second time."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from hashlib import blake2b
from math import ceil

from napari_multicancer.core.errors import OutputError
from napari_multicancer.project import moments
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.database import Database
from napari_multicancer.project.journal import set_state
from napari_multicancer.project.query import ScanFilter
from napari_multicancer.project.records import (
    FINISHED,
    ListedScan,
    MaskVersion,
    SecondReading,
    State,
    Verdict,
)

_AFTER = {
    Verdict.APPROVE: State.REVIEWED,
    Verdict.SEND_BACK: State.IN_WORK,
    Verdict.FLAG: State.FLAGGED,
}


def review(
    disk: sqlite3.Connection, scan: ListedScan, verdict: Verdict, who: str, note: str
) -> None:
    """Note what a second person says; see `Project.review`."""
    if scan.state not in FINISHED:
        raise OutputError(
            f"{scan.name} is {scan.state.value}, not done: it can be reviewed when it is."
        )
    if scan.done_by == who:
        raise OutputError(own(scan, who))
    set_state(disk, scan.id, _AFTER[verdict], who, note)


def own(scan: ListedScan, who: str) -> str:
    """Say that somebody cannot review a scan, as its mask is theirs."""
    return f"{scan.name} is {who}'s own: a second person reviews it."


def ask(disk: sqlite3.Connection, scan: int, rater: str, blind: bool) -> bool:
    """Ask for a second outline; False where that was asked before."""
    put = "INSERT OR IGNORE INTO readings (scan, rater, blind, asked_at) VALUES (?, ?, ?, ?)"
    return disk.execute(put, [scan, rater, int(blind), moments.now()]).rowcount > 0


def asked(database: Database, rater: str) -> list[SecondReading]:
    """List the second outlines that are still to be drawn, in the order of the scans' names."""
    rows = database.rows(
        "SELECT readings.* FROM readings JOIN scans ON scans.id = readings.scan "
        "WHERE rater = ? AND version IS NULL ORDER BY name_key, scan",
        [rater],
    )
    return [SecondReading(row["scan"], row["rater"], bool(row["blind"])) for row in rows]


def answer(disk: sqlite3.Connection, made: MaskVersion) -> None:
    """Note that a second outline was drawn, whether or not it was asked for."""
    ask(disk, made.scan, made.maker, blind=False)
    put = "UPDATE readings SET version = ? WHERE scan = ? AND rater = ?"
    disk.execute(put, [made.id, made.scan, made.maker])


def shown(
    database: Database, who: str, scan: int, versions: Sequence[MaskVersion]
) -> list[MaskVersion]:
    """Leave out the masks that somebody is not to see before a blind outline is drawn."""
    blind = (
        "SELECT count(*) FROM readings WHERE scan = ? AND rater = ? AND blind AND version IS NULL"
    )
    return [] if database.number(blind, [scan, who]) else list(versions)


def was_blind(database: Database, who: str, scan: int) -> bool:
    """Say whether somebody was asked for a blind outline of a scan, and has drawn it."""
    blind = "SELECT count(*) FROM readings WHERE scan = ? AND rater = ? AND blind AND version > 0"
    return database.number(blind, [scan, who]) > 0


def sample(project: OpenList, share: float, most: int | None = None) -> list[int]:
    """Choose a part of the scans that are done or reviewed, by lot and always the same.

    Parameters
    ----------
    project : OpenList
    share : float
        0..1 of them, rounded up.
    most : int, optional
        No more than so many.
    """
    scans = [scan.id for scan in project.each(ScanFilter(FINISHED))]
    drawn = sorted(scans, key=lambda scan: blake2b(b"%d" % scan, digest_size=8).digest())
    return sorted(drawn[: ceil(share * len(drawn))][:most])
