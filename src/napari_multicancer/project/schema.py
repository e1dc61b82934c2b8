"""The tables of a project's file, and how an older file becomes a newer one."""

from __future__ import annotations

from collections.abc import Callable
from sqlite3 import Connection

APPLICATION = 0x6E6D6370
"""Says in a SQLite file that it is a project of this program."""

_FIRST = (
    """
    CREATE TABLE scans (
        id INTEGER PRIMARY KEY,
        key BLOB NOT NULL UNIQUE,
        path BLOB NOT NULL,
        relative BLOB NOT NULL DEFAULT x'',
        name TEXT NOT NULL,
        name_key TEXT NOT NULL,
        folder TEXT NOT NULL DEFAULT '',
        size INTEGER,
        modified INTEGER,
        fingerprint BLOB,
        state TEXT NOT NULL DEFAULT 'new',
        state_by TEXT NOT NULL DEFAULT '',
        state_at TEXT NOT NULL,
        done_by TEXT NOT NULL DEFAULT '',
        assigned TEXT NOT NULL DEFAULT '',
        organ TEXT NOT NULL DEFAULT '',
        treated_as TEXT NOT NULL DEFAULT '',
        finding TEXT NOT NULL DEFAULT '',
        confident INTEGER,
        doubt REAL,
        area REAL,
        area_unit TEXT NOT NULL DEFAULT '',
        planes INTEGER,
        error TEXT NOT NULL DEFAULT '',
        failures INTEGER NOT NULL DEFAULT 0,
        notes TEXT NOT NULL DEFAULT '',
        comment TEXT NOT NULL DEFAULT '',
        patient TEXT NOT NULL DEFAULT '',
        models TEXT NOT NULL DEFAULT '',
        seconds REAL NOT NULL DEFAULT 0,
        clicks INTEGER NOT NULL DEFAULT 0,
        strokes INTEGER NOT NULL DEFAULT 0,
        row_digest BLOB
    )
    """,
    "CREATE INDEX scans_by_name ON scans (name_key, id)",
    "CREATE INDEX scans_by_state ON scans (state, name_key, id)",
    "CREATE INDEX scans_by_content ON scans (fingerprint)",
    """
    CREATE TABLE changes (
        id INTEGER PRIMARY KEY,
        scan INTEGER NOT NULL REFERENCES scans (id),
        at TEXT NOT NULL,
        who TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        note TEXT NOT NULL DEFAULT ''
    )
    """,
    "CREATE INDEX changes_by_scan ON changes (scan)",
    """
    CREATE TABLE work (
        scan INTEGER NOT NULL REFERENCES scans (id),
        who TEXT NOT NULL,
        seconds REAL NOT NULL DEFAULT 0,
        clicks INTEGER NOT NULL DEFAULT 0,
        strokes INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (scan, who)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE versions (
        id INTEGER PRIMARY KEY,
        scan INTEGER NOT NULL REFERENCES scans (id),
        number INTEGER NOT NULL,
        file TEXT NOT NULL,
        maker TEXT NOT NULL,
        kind TEXT NOT NULL,
        at TEXT NOT NULL,
        fingerprint BLOB,
        finding TEXT NOT NULL DEFAULT '',
        note TEXT NOT NULL DEFAULT '',
        UNIQUE (scan, number),
        UNIQUE (scan, file)
    )
    """,
    """
    CREATE TABLE readings (
        id INTEGER PRIMARY KEY,
        scan INTEGER NOT NULL REFERENCES scans (id),
        rater TEXT NOT NULL,
        blind INTEGER NOT NULL,
        asked_at TEXT NOT NULL,
        version INTEGER REFERENCES versions (id),
        UNIQUE (scan, rater)
    )
    """,
    """
    CREATE TABLE comparisons (
        first INTEGER NOT NULL REFERENCES versions (id),
        second INTEGER NOT NULL REFERENCES versions (id),
        dice REAL NOT NULL,
        distance REAL,
        first_size REAL NOT NULL,
        second_size REAL NOT NULL,
        length_unit TEXT NOT NULL,
        size_unit TEXT NOT NULL,
        PRIMARY KEY (first, second)
    ) WITHOUT ROWID
    """,
    "CREATE TABLE splits (name TEXT PRIMARY KEY, split TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)


def _run(*commands: str) -> Callable[[Connection], None]:
    def step(disk: Connection) -> None:
        for command in commands:
            disk.execute(command)

    return step


_SAID_FINDING = "ALTER TABLE scans ADD COLUMN said_finding TEXT NOT NULL DEFAULT ''"

_AT = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
_MASKS = """
    state = 'new' AND state_by = '' AND (
        error LIKE '% is a mask, not a scan: name the scan that it lies on.'
        OR error LIKE '%: rename it if it is a scan.'
    )
"""
_MASKS_ARE_SKIPPED = (
    "INSERT INTO changes (scan, at, who, before, after, note) "
    f"SELECT id, {_AT}, '', state, 'skipped', error FROM scans WHERE {_MASKS}",
    "UPDATE scans SET state = 'skipped', "
    "state_at = (SELECT max(at) FROM changes WHERE changes.scan = scans.id) "
    f"WHERE {_MASKS}",
)

_MASK_THAT_COUNTS = (
    "ALTER TABLE versions ADD COLUMN area REAL",
    "ALTER TABLE versions ADD COLUMN area_unit TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE scans ADD COLUMN mask_area REAL",
    "ALTER TABLE scans ADD COLUMN mask_area_unit TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE scans ADD COLUMN mask_finding TEXT NOT NULL DEFAULT ''",
)

_BEGINNINGS = (
    "DELETE FROM comparisons",  # they are made again, and tell it
    "ALTER TABLE comparisons ADD COLUMN first_beginning TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE comparisons ADD COLUMN second_beginning TEXT NOT NULL DEFAULT ''",
)

STEPS: tuple[Callable[[Connection], None], ...] = (
    _run(*_FIRST),
    _run(_SAID_FINDING),
    _run(*_MASKS_ARE_SKIPPED),
    _run(*_MASK_THAT_COUNTS),
    _run(*_BEGINNINGS),
)
"""Each takes a file from one version to the next; the first from an empty one. Never changed."""


def version_of(disk: Connection) -> int:
    """Give the version of an open file; 0 for an empty one."""
    return int(disk.execute("PRAGMA user_version").fetchone()[0])


def bring_up_to_date(disk: Connection) -> None:
    """Take the steps that a file lacks, within a transaction of the caller's."""
    for number in range(version_of(disk), len(STEPS)):
        STEPS[number](disk)
        disk.execute(f"PRAGMA user_version = {number + 1}")
    disk.execute(f"PRAGMA application_id = {APPLICATION}")


def is_foreign(disk: Connection) -> bool:
    """Whether a SQLite file belongs to another program."""
    application = int(disk.execute("PRAGMA application_id").fetchone()[0])
    tables = int(disk.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    return application != APPLICATION and (tables > 0 or application != 0)
