"""What a batch remembers of all its files, kept on disk so that memory does not grow with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import islice

from napari_multicancer.core.errors import OutputError

SORTED_IN_MEMORY = 50_000
_CACHE_KB = 4096


class DiskNumbers:
    """A dict of str to int in a temporary file that ends with the process.

    Keys are told apart by 128 bits of their BLAKE2 hash.

    Raises
    ------
    OutputError
        By any method, where the temporary folder is full or cannot be written.
    """

    def __init__(self) -> None:
        self._disk = _temporary_database()
        _run(self._disk, "CREATE TABLE n (key BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID")

    def add(self, key: str, number: int = 0) -> bool:
        """Put in a key that is not there yet; False, and nothing changes, where it is."""
        put = "INSERT OR IGNORE INTO n VALUES (?, ?)"
        return _run(self._disk, put, (_hash(key), number)).rowcount > 0

    def get(self, key: str, default: int) -> int:
        """Look up a key."""
        found = _run(self._disk, "SELECT number FROM n WHERE key = ?", (_hash(key),)).fetchone()
        return default if found is None else int(found[0])

    def bytes_on_disk(self) -> int:
        """Tell the size of the temporary file, once all of it is there."""
        pages, size = (
            _run(self._disk, f"PRAGMA {what}").fetchone()[0] for what in ("page_count", "page_size")
        )
        return int(pages) * int(size)

    def __setitem__(self, key: str, number: int) -> None:
        _run(self._disk, "INSERT OR REPLACE INTO n VALUES (?, ?)", (_hash(key), number))


def sorted_on_disk(names: Iterable[str]) -> Iterator[str]:
    """Sort any number of names; beyond `SORTED_IN_MEMORY` of them in a temporary file.

    Raises
    ------
    OutputError
        The temporary folder is full or cannot be written.
    """
    names = iter(names)
    first = list(islice(names, SORTED_IN_MEMORY))
    if len(first) < SORTED_IN_MEMORY:
        yield from sorted(first)
        return
    disk = _temporary_database()
    _run(disk, "CREATE TABLE names (name BLOB)")
    for some in (first, names):
        for name in some:
            _run(disk, "INSERT INTO names VALUES (?)", (name.encode("utf-8", "surrogatepass"),))
    for (name,) in _run(disk, "SELECT name FROM names ORDER BY name"):
        yield name.decode("utf-8", "surrogatepass")


def _temporary_database() -> sqlite3.Connection:
    disk = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    disk.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
    disk.execute("PRAGMA journal_mode = OFF")
    disk.execute("BEGIN")
    return disk


def _run(disk: sqlite3.Connection, command: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
    try:
        return disk.execute(command, values)
    except sqlite3.OperationalError as error:
        raise OutputError(
            f"The list of files cannot be kept in the temporary folder ({error}): free some space "
            "there, or name another one by the environment variable SQLITE_TMPDIR."
        ) from error


def _hash(key: str) -> bytes:
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()
