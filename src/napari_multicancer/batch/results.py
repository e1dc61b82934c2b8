"""The results table: one row a file, on disk as soon as the file is done."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.scan.views import caution
from napari_multicancer.io.files import not_written, replacing

if TYPE_CHECKING:
    from napari_multicancer.batch.remote import Source
    from napari_multicancer.core.analysis.answer import Analysis, Prediction
    from napari_multicancer.core.scan.scan import Scan

FILE_NAME = "results.csv"
ORGAN_COLUMNS = {"brain": "p_brain", "breast": "p_breast", "other": "p_other"}
DIAGNOSIS_COLUMNS = {
    "tumor": "p_tumor",
    "no_tumor": "p_no_tumor",
    "normal": "p_normal",
    "benign": "p_benign",
    "malignant": "p_malignant",
}
COLUMNS = (
    "path",
    "status",
    "error",
    "organ",
    *ORGAN_COLUMNS.values(),
    "diagnosis",
    "confident",
    *DIAGNOSIS_COLUMNS.values(),
    "planes",
    "lesion_area",
    "area_unit",
    "mask",
    "seconds",
    "models",
)
NOTE = "note"
"""What a row may say to the user besides: it is told, but stands in no column."""
OK = "ok"
FAILED = "failed"

Row = dict[str, str]


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
        By column, and `NOTE`. Probabilities are empty for classes that were not asked
        for. "confident" is "true" where both organ and diagnosis clear their
        thresholds. "lesion_area" is 0 for an empty mask, and empty for none.
    """
    row = dict.fromkeys(COLUMNS, "")
    row |= {"path": str(path), "status": OK, "organ": analysis.organ.label, "mask": mask}
    row |= _probabilities(analysis.organ, ORGAN_COLUMNS)
    confident = analysis.organ.confident
    if analysis.diagnosis is not None:
        row["diagnosis"] = analysis.diagnosis.label
        row |= _probabilities(analysis.diagnosis, DIAGNOSIS_COLUMNS)
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
        NOTE: _note(scan, analysis),
    }


def _note(scan: Scan, analysis: Analysis) -> str:
    """What is doubtful of the answer, and of the side that the planes are seen from."""
    is_brain = not analysis.refused and analysis.organ.label == "brain"
    view = caution(scan.view, scan.is_volume) if is_brain else ""
    return " ".join(filter(None, (analysis.note, view)))


def failed(path: Source, reason: str, seconds: float = 0.0) -> Row:
    """Make the row of a file that could not be analysed, with one sentence why."""
    row = dict.fromkeys(COLUMNS, "")
    return row | {
        "path": str(path),
        "status": FAILED,
        "error": reason,
        "seconds": f"{seconds:.3f}",
    }


def _probabilities(prediction: Prediction, columns: Mapping[str, str]) -> Row:
    return {columns[name]: f"{p:.6f}" for name, p in prediction.probabilities.items()}


def read_rows(path: Path) -> Iterator[Row]:
    """Read a table row by row; a last one that was cut off in the middle is left out.

    Raises
    ------
    OutputError
        The file is no results table, or cannot be read.
    """
    try:
        with path.open(newline="\n", encoding="utf-8") as file:
            reader = csv.DictReader(line for line in file if line.endswith("\n"))
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise OutputError(
                    f"{path} is no results table of this program: choose another folder."
                )
            for row in reader:
                if None not in row.values() and None not in row:
                    yield row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OutputError(
            f"{path} cannot be read as a results table: choose another folder."
        ) from error


class ResultsTable:
    """A table open for writing; every row is on disk before the next file begins.

    Parameters
    ----------
    path : Path
        Replaced where it exists, once all of `kept` is written.
    kept : iterable of dict
        Rows of an earlier run to start with.

    Raises
    ------
    OutputError
        The table cannot be written.
    """

    def __init__(self, path: Path, kept: Iterable[Row] = ()) -> None:
        self.path = path
        with replacing(path) as beside, beside.open("wb") as file:
            file.write(_line(COLUMNS))
            file.writelines(map(_row_line, kept))
        try:
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise not_written(path, error) from error

    def add(self, row: Row) -> None:
        """Append one row.

        Raises
        ------
        OutputError
            The disk does not take it; the table ends with the row before.
        """
        line = _row_line(row)
        end = self._file.tell()
        try:
            written = self._file.write(line)
            if written < len(line):
                self._file.write(line[written:])  # which says why not all of it was
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(end)
            raise not_written(self.path, error) from error

    def __enter__(self) -> ResultsTable:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()


def _row_line(row: Mapping[str, str]) -> bytes:
    return _line(row[column] for column in COLUMNS)


def _line(fields: Iterable[str]) -> bytes:
    """Format a line of CSV as UTF-8; bytes of a file name that are none become escapes."""
    text = io.StringIO()
    # A carriage return in a name is only quoted where one ends the lines.
    csv.writer(text, lineterminator="\r\n").writerow(fields)
    return text.getvalue()[:-2].encode("utf-8", "backslashreplace") + b"\n"
