"""The rows of a results table on disk by their number, while it grows, however many there are."""

from __future__ import annotations

import csv
import io
import os
from array import array
from collections import OrderedDict
from pathlib import Path

from napari_multicancer.batch.results import COLUMNS, Row
from napari_multicancer.core.errors import OutputError

PAGE_ROWS = 64
PAGES = 32
READ_BYTES = 1 << 20


class TableFile:
    """A results table that somebody may be writing.

    In memory are the rows' places in the file, 8 bytes a row, and the few pages of
    rows that were asked for last. The file is open only while it is read.

    Parameters
    ----------
    path : Path
        Of ``results.csv``; it need not be there yet.

    Attributes
    ----------
    times_replaced : int
        Changes when the rows so far count no more, as another table took the place.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.times_replaced = 0
        self._file: tuple[int, int] | None = None
        self._columns: list[str] = []
        self._starts = array("Q", [0])
        self._pages: OrderedDict[int, list[Row]] = OrderedDict()

    def __len__(self) -> int:
        return max(0, len(self._starts) - 2)  # the first line names the columns

    def update(self) -> bool:
        """Look for rows that were added since; of a table that was replaced, all from the start.

        Returns
        -------
        bool
            Whether there may be more at once: only `READ_BYTES` are looked at a time.

        Raises
        ------
        OutputError
            The file is no results table, or cannot be read.
        """
        if self.path.exists() and not self.path.is_file():
            raise _no_table(self.path)
        try:
            with self.path.open("rb") as file:
                self._recognize(file)
                file.seek(self._starts[-1])
                return self._find_rows(file.read(READ_BYTES))
        except FileNotFoundError:
            self._forget()
            return False
        except OSError as error:
            raise _no_table(self.path) from error

    def row(self, number: int) -> Row:
        """Read a row; 0 is the first.

        Raises
        ------
        OutputError
            The file went away or was altered.
        """
        page, line = divmod(number, PAGE_ROWS)
        rows = self._pages.get(page)
        if rows is None or len(rows) <= line:
            rows = self._pages[page] = self._read(page)
            while len(self._pages) > PAGES:
                self._pages.popitem(last=False)
        self._pages.move_to_end(page)
        if len(rows) <= line:
            raise _no_table(self.path)
        return rows[line]

    def _recognize(self, file: io.BufferedReader) -> None:
        """Start anew where another file has taken the place of the one that was read."""
        state = os.fstat(file.fileno())
        if (state.st_dev, state.st_ino) != self._file or state.st_size < self._starts[-1]:
            self._forget()
            header, begins = file.readline(), ",".join(COLUMNS).encode()
            if not (header.startswith(begins) or begins.startswith(header.rstrip())):
                raise _no_table(self.path)
            if header.endswith(b"\n"):
                self._columns = header.decode("utf-8", "replace").rstrip().split(",")
                self._file = (state.st_dev, state.st_ino)

    def _forget(self) -> None:
        self.times_replaced += len(self) > 0
        self._file, self._starts = None, array("Q", [0])
        self._pages.clear()

    def _find_rows(self, text: bytes) -> bool:
        """Take note of where rows end; a quoted field may hold the end of a line."""
        place, quotes = self._starts[-1], 0
        for line in io.BytesIO(text):
            place += len(line)
            quotes += line.count(b'"')
            if quotes % 2 == 0 and line.endswith(b"\n"):
                self._starts.append(place)
                quotes = 0
        return len(text) == READ_BYTES

    def _read(self, page: int) -> list[Row]:
        first = 1 + page * PAGE_ROWS
        last = min(first + PAGE_ROWS, len(self._starts) - 1)
        start, end = self._starts[first], self._starts[last]
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                text = file.read(end - start).decode("utf-8", "replace")
        except OSError as error:
            raise _no_table(self.path) from error
        lines = csv.reader(io.StringIO(text, newline="\n"))
        return [dict(zip(self._columns, fields, strict=False)) for fields in lines]


def _no_table(path: Path) -> OutputError:
    return OutputError(f"{path} cannot be read as a results table: choose another folder.")
