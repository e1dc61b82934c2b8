"""The results table: one row a file, written as soon as the file is done."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from importlib.resources import files
from math import isfinite
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from napari_multicancer.batch.flushing import Flusher
from napari_multicancer.batch.written_paths import as_it_was, written
from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.models.organs import known_cards, organ_card
from napari_multicancer.io.files import not_written, replacing
from napari_multicancer.printable import printable

if TYPE_CHECKING:
    from napari_multicancer.batch.remote import Source
    from napari_multicancer.core.analysis.answer import Analysis
    from napari_multicancer.core.scan.scan import Scan

FILE_NAME = "results.csv"
COLUMNS = tuple(
    files("napari_multicancer.batch")
    .joinpath("results_header.csv")
    .read_text("utf-8")
    .strip()
    .split(",")
)
"""What every results table begins with, whatever organs there are."""
ORGAN_BY_HAND = "organ_by_hand"
"""The column before the last: whether the organ was said, not recognized."""
NOTES = "notes"
"""The last column: what is to be heeded of an answer, and how the file was read."""
SENTENCES = frozenset({"error", "models", NOTES})
"""Columns of words, which no spreadsheet may take for a formula."""
NO_DISTANCE = "The file does not say how far apart its planes lie: there is no volume."
OK = "ok"
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
FAILED = "failed"

Row = dict[str, str]


def all_columns() -> tuple[str, ...]:
    """List the columns of a new table: `COLUMNS`, those of other classes, then the last ones."""
    named = (card.column(name) for card in known_cards() for name in card.classes)
    return tuple(dict.fromkeys([*COLUMNS, *named, ORGAN_BY_HAND, NOTES]))


def is_probability(column: str) -> bool:
    """Whether a column holds probabilities: its name begins with ``p_``."""
    return column.startswith("p_")


def organ_column(organ: str) -> str:
    """Name the column with the probability that a scan shows an organ, or none of them."""
    cards = [card for card in known_cards() if not card.organ and organ in card.classes]
    return cards[0].column(organ) if cards else f"p_{organ}"


def diagnosis_column(organ: str, diagnosis: str) -> str:
    """Name the column with the probability of a diagnosis of an organ."""
    card = organ_card(organ)
    return card.column(diagnosis) if card else f"p_{diagnosis}"


def winning_column(row: Mapping[str, str]) -> str:
    """Name the column with the probability of what a row says."""
    if row["diagnosis"]:
        return diagnosis_column(row["organ"], row["diagnosis"])
    return organ_column(row["organ"])


def organ_probabilities(row: Mapping[str, str]) -> dict[str, float]:
    """Read from a row how probable each organ, and none of them, is."""
    names = dict.fromkeys(name for card in known_cards() if not card.organ for name in card.classes)
    columns = {name: organ_column(name) for name in [*names, row["organ"]]}
    return {name: float(row[column]) for name, column in columns.items() if row.get(column)}


def answered(path: Source, scan: Scan, analysis: Analysis, mask: str, seconds: float) -> Row:
    """Make the row of a file that was analysed.

    Parameters
    ----------
    path : Path or str
    scan : Scan
    analysis : Analysis
    mask : str
        Where the mask lies, relative to the table; empty where there is none.
    seconds : float
        From opening the file to its written mask.

    Returns
    -------
    dict of str to str
        By column. Probabilities are empty for classes that were not asked
        for. "confident" is "true" where both organ and diagnosis clear their
        thresholds. "lesion_area" is 0 for an empty mask, and empty for none.
    """
    organ = analysis.organ.label
    row = dict.fromkeys(all_columns(), "")
    row |= {"path": str(path), "status": OK, "organ": organ, "mask": mask}
    row |= {organ_column(name): f"{p:.6f}" for name, p in analysis.organ.probabilities.items()}
    confident = analysis.organ.confident
    if analysis.diagnosis is not None:
        row["diagnosis"] = analysis.diagnosis.label
        for name, p in analysis.diagnosis.probabilities.items():
            row[diagnosis_column(organ, name)] = f"{p:.6f}"
        confident = confident and analysis.diagnosis.confident
    if analysis.mask is not None:
        area = 0.0 if analysis.lesion is None else analysis.lesion.area
        row["lesion_area"] = f"{area:.2f}".rstrip("0").rstrip(".")
        row["area_unit"] = "px" if scan.plane_spacing is None else "mm2"
    return row | {
        "confident": str(confident).lower(),
        "planes": str(scan.n_planes),
        "seconds": f"{seconds:.3f}",
        "models": "; ".join(analysis.models),
        ORGAN_BY_HAND: str(analysis.organ_chosen).lower(),
        NOTES: _note(scan, analysis),
    }


def _note(scan: Scan, analysis: Analysis) -> str:
    """What is doubtful of answer and file, and what the organ's card says of such planes."""
    card = None if analysis.refused else organ_card(analysis.organ.label)
    heeded = card.heed(scan.view, scan.is_volume) if card else ""
    unknown = NO_DISTANCE if scan.is_volume and _has_areas_alone(scan) else ""
    return " ".join(filter(None, (analysis.note, *scan.notes, unknown, heeded)))


def _has_areas_alone(scan: Scan) -> bool:
    """Whether the size of a pixel is known, and the distance of planes is not."""
    return scan.voxel_size is not None and not isfinite(scan.voxel_size[-3])


def failed(path: Source, reason: str, seconds: float = 0.0) -> Row:
    """Make the row of a file that could not be analysed, with one sentence why."""
    row = dict.fromkeys(all_columns(), "")
    return row | {
        "path": str(path),
        "status": FAILED,
        "error": reason,
        "seconds": f"{seconds:.3f}",
    }


def read_columns(path: Path) -> tuple[str, ...]:
    """Read which columns a table has.

    Raises
    ------
    OutputError
        The file is no results table, or cannot be read.
    """
    _check_kind(path)
    try:
        with path.open(newline="\n", encoding="utf-8-sig") as file:
            columns = tuple(csv.DictReader(file).fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _no_table(path) from error
    if columns[: len(COLUMNS)] != COLUMNS:
        raise _no_table(path)
    return columns


def with_path(row: Row) -> Row:
    """Give a row of a table's text the path as the disk has it."""
    return row | {"path": as_it_was(row["path"])}


def _check_kind(path: Path) -> None:
    """Refuse a pipe or a device, which would hold whoever opens it."""
    if path.exists() and not path.is_file():
        raise _no_table(path)


def _no_table(path: Path) -> OutputError:
    return OutputError(f"{path} is no results table of this program: choose another folder.")


def read_rows(path: Path) -> Iterator[Row]:
    """Read a table row by row; a last one that was cut off in the middle is left out.

    Raises
    ------
    OutputError
        The file is no results table, or cannot be read.
    """
    _check_kind(path)
    try:
        with path.open(newline="\n", encoding="utf-8-sig") as file:
            reader = csv.DictReader(line for line in file if line.endswith("\n"))
            if tuple(reader.fieldnames or ())[: len(COLUMNS)] != COLUMNS:
                raise _no_table(path)
            for row in reader:
                if None not in row.values() and None not in row:
                    yield with_path(row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OutputError(
            f"{path} cannot be read as a results table: choose another folder."
        ) from error


class ResultsTable:
    """A table open for writing; every row is written before the next file begins.

    A second later, it and its mask are on the disk itself, so that a power cut loses no more.

    Parameters
    ----------
    path : Path
        Replaced where it exists, once all of `kept` is written.
    kept : iterable of dict
        Rows of an earlier run to start with.
    columns : sequence of str, optional
        Of an earlier run; those that this one has not come last.

    Raises
    ------
    OutputError
        The table cannot be written.
    """

    def __init__(self, path: Path, kept: Iterable[Row] = (), columns: Sequence[str] = ()) -> None:
        self.path = path
        self._columns = tuple(dict.fromkeys([*all_columns(), *columns]))
        with replacing(path) as beside, beside.open("wb") as file:
            file.write(_line(self._columns))
            file.writelines(map(self._line_of, kept))
        try:
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise not_written(path, error) from error
        self._flusher = Flusher(path)

    def add(self, row: Row) -> None:
        """Append one row.

        Raises
        ------
        OutputError
            The disk does not take it; the table ends with the row before.
        """
        line = self._line_of(row)
        end = self._file.tell()
        try:
            written = self._file.write(line)
            if written < len(line):
                self._file.write(line[written:])  # which says why not all of it was
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(end)
            raise not_written(self.path, error) from error
        self._flusher.note(row.get("mask", ""))

    def _line_of(self, row: Mapping[str, str]) -> bytes:
        return _line(_cell(column, row.get(column, "")) for column in self._columns)

    def __enter__(self) -> ResultsTable:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        with suppress(OutputError) if error else nullcontext():
            self._flusher.close()


def _cell(column: str, text: str) -> str:
    """Make words harmless: no commands to a terminal, nothing that a spreadsheet calculates."""
    if column == "path":
        return written(text)
    if column not in SENTENCES:
        return text
    return printable(f"'{text}" if text.startswith(_FORMULA) else text)


def _line(fields: Iterable[str]) -> bytes:
    """Format a line of CSV as UTF-8."""
    text = io.StringIO()
    # A carriage return in a name is only quoted where one ends the lines.
    csv.writer(text, lineterminator="\r\n").writerow(fields)
    return text.getvalue()[:-2].encode("utf-8", "backslashreplace") + b"\n"
