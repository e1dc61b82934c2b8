"""What earlier runs did in an output folder, and what they left to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from napari_multicancer.batch.masks import with_end_of
from napari_multicancer.batch.on_disk import DiskNumbers
from napari_multicancer.batch.remote import Source, is_address
from napari_multicancer.batch.results import FILE_NAME, OK, Row, read_rows
from napari_multicancer.batch.worklist import identity, taken
from napari_multicancer.core.errors import OutputError
from napari_multicancer.io.formats import LabelFormat


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

    def rows(self) -> Iterator[Row]:
        """Give the rows of the files that are done, each once, and take note of them."""
        for row in read_rows(self._table) if self._table else ():
            if row["status"] == OK and self._files.add(_file_of(row)):
                self.masks.add(taken(with_end_of(row["mask"], LabelFormat.TIFF)))
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
