"""The folder that a batch writes into: held by one run alone, and what earlier runs left in it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from napari_multicancer.batch.masks import with_end_of
from napari_multicancer.batch.on_disk import DiskNumbers
from napari_multicancer.batch.remote import Source, is_address
from napari_multicancer.batch.results import FILE_NAME, OK, Row, read_columns, read_rows
from napari_multicancer.batch.worklist import MASK_FOLDER, identity, taken
from napari_multicancer.core.errors import OutputError
from napari_multicancer.io.files import not_written
from napari_multicancer.io.formats import mask_formats
from napari_multicancer.io.holding import held

LOCK_NAME = "results.lock"
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
    """

    def __init__(self, table: Path | None) -> None:
        self._table = table
        self._files = DiskNumbers()
        self.masks = DiskNumbers()
        self.skipped = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the earlier table; none where there is none."""
        return read_columns(self._table) if self._table else ()

    def rows(self) -> Iterator[Row]:
        """Give the rows of the files that are done, each once, and take note of them."""
        for row in read_rows(self._table) if self._table else ():
            if row["status"] == OK and self._files.add(_file_of(row)):
                self.masks.add(taken(with_end_of(row["mask"], mask_formats()[0])))
                yield row

    def left_of(self, sources: Iterable[Source]) -> Iterator[Source]:
        """Leave out the files that `rows` gave; paths become absolute, each once."""
        for source in sources:
            if self._files.add(identity(source)):
                yield source if isinstance(source, str) else source.absolute()
            else:
                self.skipped += 1


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
