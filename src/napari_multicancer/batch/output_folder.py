"""The folder that a batch writes into: held by one run alone, and what earlier runs left in it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from napari_multicancer.batch.lists import Entry, listed
from napari_multicancer.batch.masks import with_end_of
from napari_multicancer.batch.on_disk import DiskNumbers
from napari_multicancer.batch.remote import is_address
from napari_multicancer.batch.results import (
    FILE_NAME,
    OK,
    ORGAN_BY_HAND,
    ResultsTable,
    Row,
    read_columns,
    read_rows,
)
from napari_multicancer.batch.worklist import MASK_FOLDER, identity, taken
from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.options import AUTOMATIC
from napari_multicancer.io.files import not_written
from napari_multicancer.io.formats import mask_formats
from napari_multicancer.io.holding import held

LOCK_NAME = "results.lock"
_SEEN = ""
"""In place of an organ: the file is not done again, whichever is asked of it."""
_HALF_WRITTEN = re.compile(r"\..+\.[0-9a-f]{8}\.part")


@contextmanager
def prepared(out: Path) -> Iterator[None]:
    """Make the output folder, hold it for this run alone, and clear up what a stopped one left.

    Raises
    ------
    OutputError
        It cannot be written, or another run works in it.
    """
    _make(out)
    with only_run_in(out):
        _make(out / MASK_FOLDER)
        _clear_up(out)
        try:
            yield
        except BaseException:
            _clear_up(out)
            raise


@contextmanager
def only_run_in(folder: Path) -> Iterator[None]:
    """Hold an output folder for this process alone.

    Parameters
    ----------
    folder : Path
        Must exist.

    Raises
    ------
    OutputError
        Another run works in it, or it cannot be written.
    """

    def refused(holder: str) -> OutputError:
        return OutputError(
            f"Another run ({holder}) is writing into {folder}: wait until it ends, "
            "or choose another folder."
        )

    with held(folder / LOCK_NAME, refused):
        yield


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(folder, error) from error


def _clear_up(out: Path) -> None:
    for folder in (out, out / MASK_FOLDER):
        _remove_half_written(folder)


def _remove_half_written(folder: Path) -> None:
    """Delete what `io.files.replacing` could not put in its place."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if _HALF_WRITTEN.fullmatch(entry.name):
                with suppress(OSError):
                    os.unlink(entry)


class EarlierRuns:
    """The files that are done.

    Parameters
    ----------
    table : Path, optional
        Of the earlier runs; without one nothing is done yet.

    Attributes
    ----------
    masks : DiskNumbers
        The masks of `rows`, as `worklist.plan_jobs` takes them.
    skipped : int
        Files that `left_of` has left out so far.
    again : int
        Files with a row that it has not left out, as another organ is asked of them.
    """

    def __init__(self, table: Path | None) -> None:
        self._table = table
        self._files = DiskNumbers()
        self._asked = [_SEEN]
        self.masks = DiskNumbers()
        self.skipped = self.again = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the earlier table; none where there is none."""
        return read_columns(self._table) if self._table else ()

    def rows(self) -> Iterator[Row]:
        """Give the rows of the files that are done, each once, and take note of them."""
        for row in last_rows(self._table) if self._table else ():
            if row["status"] == OK and self._files.add(_file_of(row), self._number(_asked_of(row))):
                self.masks.add(taken(with_end_of(row["mask"], mask_formats()[0])))
                yield row

    def left_of(self, entries: Iterable[Entry], organ: str = AUTOMATIC) -> Iterator[Entry]:
        """Leave out the files that `rows` gave; paths become absolute, each once.

        Parameters
        ----------
        entries : iterable of Path, str or Listed
        organ : str
            Asked of those that name none. Where a row is known to answer for another one, the
            file is done again.
        """
        for one in map(listed, entries):
            if not self._is_to_be_done(identity(one.source), one.organ or organ):
                self.skipped += 1
            else:
                source = one.source
                yield one.at(source if isinstance(source, str) else source.absolute())

    def _is_to_be_done(self, file: str, organ: str) -> bool:
        if self._files.add(file):
            return True
        before = self._asked[self._files.get(file, 0)]
        if before in (_SEEN, organ):
            return False
        self._files[file] = 0
        self.again += 1
        return True

    def _number(self, asked: str) -> int:
        if asked not in self._asked:
            self._asked.append(asked)
        return self._asked.index(asked)


def last_rows(table: Path) -> Iterator[Row]:
    """Read a table; of several rows for one path the last alone."""
    last = DiskNumbers()
    for number, row in enumerate(read_rows(table)):
        last[row["path"]] = number
    for number, row in enumerate(read_rows(table)):
        if last.get(row["path"], number) == number:
            yield row


@contextmanager
def table_after(earlier: EarlierRuns, out: Path) -> Iterator[ResultsTable]:
    """Open the table of a run that goes on with earlier ones.

    Their rows for files that are done again stay until there are new ones.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    path = out / FILE_NAME
    try:
        with ResultsTable(path, earlier.rows(), earlier.columns) as table:
            yield table
    finally:
        if earlier.again:
            with ResultsTable(path, last_rows(path), read_columns(path)):
                pass


def _asked_of(row: Row) -> str:
    """Tell which organ was asked of a file; `_SEEN` in a table that does not say it."""
    by_hand = row.get(ORGAN_BY_HAND)
    if by_hand == "true":
        return row["organ"]
    return AUTOMATIC if by_hand == "false" else _SEEN


def _file_of(row: Row) -> str:
    path = row["path"]
    return identity(path if is_address(path) else Path(path))


def earlier_runs(out: Path, *, resume: bool, overwrite: bool) -> EarlierRuns:
    """Look at what an output folder holds.

    Raises
    ------
    OutputError
        It holds the results of another run, and it was not said what to do with
        them; or its table cannot be read.
    """
    table = out / FILE_NAME
    if overwrite or not table.exists():
        return EarlierRuns(None)
    if not resume and next(read_rows(table), None) is not None:
        raise OutputError(
            f"{out} holds the results of another run: go on with it by --resume, "
            "or choose another folder."
        )
    return EarlierRuns(table)
