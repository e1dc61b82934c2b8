"""A project's SQLite file: opened, read and changed; what goes wrong becomes a sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any

from napari_multicancer.batch.results import FILE_NAME as RESULTS
from napari_multicancer.core.errors import MulticancerError, OutputError, UnreadableFileError
from napari_multicancer.project import schema

WAIT_SECONDS = 10.0
"""So long a reader waits for a writer to finish a change, and the other way round."""
_CACHE_KB = 16 * 1024

Row = sqlite3.Row


class Database:
    """The file of a project, for all threads of this process.

    Its journal is a file beside it that is rolled back after a crash. (SQLite's other kind, the
    write-ahead log, needs shared memory, which network shares do not have.) Each change is on
    the disk itself before the next one.

    Parameters
    ----------
    path : Path
    read_only : bool
        Change nothing, and bring no older file up to date.

    Raises
    ------
    MulticancerError
        By any method: the file is damaged, of another program or of a newer version, or its disk
        is full, read-only or gone. What was changed before is kept; after the disk is back, the
        next call goes on.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self.read_only = read_only
        self._lock = RLock()
        self._disk: sqlite3.Connection | None = None
        self._depth = 0
        self._was_open = False
        with self._lock, self._in_words():
            self._connect()
        self._seen = self.number("PRAGMA data_version")

    def rows(self, command: str, values: Sequence[Any] = ()) -> list[Row]:
        """Ask for rows, all at once."""
        with self._lock, self._in_words():
            return self._connect().execute(command, values).fetchall()

    def row(self, command: str, values: Sequence[Any] = ()) -> Row | None:
        """Ask for one row."""
        with self._lock, self._in_words():
            found: Row | None = self._connect().execute(command, values).fetchone()
            return found

    def number(self, command: str, values: Sequence[Any] = ()) -> int:
        """Ask for a single whole number."""
        found = self.row(command, values)
        return 0 if found is None or found[0] is None else int(found[0])

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """Make several changes that count as one: all of them, or none where an error is raised."""
        self.require_writable()
        with self._lock, self._in_words():
            disk = self._connect()
            if self._depth == 0:
                disk.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield disk
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    with suppress(sqlite3.Error):
                        disk.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                _commit(disk)

    @contextmanager
    def noting(self) -> Iterator[sqlite3.Connection]:
        """Make a change as `changing` does, also beside another process that works on the file.

        It is for what takes away nothing that such a process knows; SQLite lets one after the
        other write.
        """
        if not self.read_only:
            with self.changing() as disk:
                yield disk
            return
        if not self.path.is_file():
            raise _not_reached(self.path, "the file is gone")
        with closing(Database(self.path)) as beside, beside.changing() as disk:
            yield disk

    def require_writable(self) -> None:
        """Refuse where the file is open for looking only.

        Raises
        ------
        OutputError
        """
        if self.read_only:
            raise OutputError(
                f"{self.path.parent} is open for looking only: open it for writing to change it."
            )

    def changed_by_others(self) -> bool:
        """Whether another connection changed the file since this was last asked."""
        before, self._seen = self._seen, self.number("PRAGMA data_version")
        return before != self._seen

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._disk is not None:
                with suppress(sqlite3.Error):
                    self._disk.close()
            self._disk = None

    def _connect(self) -> sqlite3.Connection:
        if self._disk is None:
            if (self._was_open or self.read_only) and not self.path.is_file():
                raise _not_reached(self.path, "the file is gone")  # and none is begun in its place
            disk = sqlite3.connect(
                self.path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                self._set_up(disk)
            except BaseException:
                disk.close()
                raise
            self._disk, self._was_open = disk, True
        return self._disk

    def _set_up(self, disk: sqlite3.Connection) -> None:
        disk.row_factory = sqlite3.Row
        disk.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
        self._check(disk)
        if self.read_only:
            disk.execute("PRAGMA query_only = ON")
            return
        disk.execute("PRAGMA journal_mode = TRUNCATE")
        disk.execute("PRAGMA synchronous = FULL")
        if schema.version_of(disk) < len(schema.STEPS):
            disk.execute("BEGIN IMMEDIATE")
            schema.bring_up_to_date(disk)
            _commit(disk)

    def _check(self, disk: sqlite3.Connection) -> None:
        """Refuse what this version of the program does not know."""
        version = schema.version_of(disk)
        if schema.is_foreign(disk):
            raise _not_ours(self.path)
        if version > len(schema.STEPS):
            raise UnreadableFileError(
                f"{self.path} was written by a newer version of this program: update it by "
                "pip install -U napari-multicancer."
            )
        if self.read_only and version < len(schema.STEPS):
            raise UnreadableFileError(
                f"{self.path} was written by an older version of this program: open it for "
                "writing once."
            )

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise
        except sqlite3.Error as error:
            if self._depth == 0:
                self.close()  # a disk that comes back is opened anew
            raise in_words(self.path, error) from error


def in_words(path: Path, error: sqlite3.Error) -> MulticancerError:
    """Put into a sentence why a project's file cannot be used."""
    kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if kind in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return _not_ours(path)
    if kind == sqlite3.SQLITE_FULL:
        return OutputError(
            f"{path} cannot be written, as its disk is full: free some space there; what was "
            "done before is kept."
        )
    if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY_DBMOVED:
        return _not_reached(path, "its folder was moved")
    if kind == sqlite3.SQLITE_READONLY:
        return OutputError(
            f"{path} cannot be written: get permission to write there, or copy the folder."
        )
    if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return OutputError(
            f"{path} is being changed by another process for long: try again in a moment."
        )
    return _not_reached(path, error)


def _not_reached(path: Path, reason: object) -> OutputError:
    return OutputError(
        f"{path} cannot be reached ({reason}): check its disk or share, then try again; what was "
        "done before is kept."
    )


def _not_ours(path: Path) -> UnreadableFileError:
    anew = (
        "a new one is made from results.csv"
        if (path.parent / RESULTS).is_file()
        else "a new list of the same scans can be begun there"
    )
    return UnreadableFileError(
        f"{path} is damaged or no project of this program: move it elsewhere, or put a copy of it "
        f"back; {anew}, without what was said of the scans, and masks stay in the folder."
    )


def _commit(disk: sqlite3.Connection) -> None:
    try:
        disk.execute("COMMIT")
    except sqlite3.Error:
        with suppress(sqlite3.Error):
            disk.execute("ROLLBACK")
        raise
