"""The results table: one row a file, on disk as soon as the file is done."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from napari_multicancer.core.answer import Analysis, Prediction
from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.scan import Scan
from napari_multicancer.io.atomic import not_written, replacing

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
OK = "ok"
FAILED = "failed"

Row = dict[str, str]


def answered(path: Path, scan: Scan, analysis: Analysis, mask: str, seconds: float) -> Row:
    """Make the row of a file that was analysed.

    Parameters
    ----------
    path : Path
    scan : Scan
    analysis : Analysis
    mask : str
        Where the mask lies, relative to the table; empty where there is none.
    seconds : float
        From opening the file to its written mask.

    Returns
    -------
    dict of str to str
        By column. Probabilities are empty for classes that were not asked for.
        "confident" is "true" where both organ and diagnosis clear their
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
    }


def failed(path: Path, reason: str, seconds: float = 0.0) -> Row:
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


def read_rows(path: Path) -> list[Row]:
    """Read a table; a last row that was cut off in the middle is left out.

    Raises
    ------
    OutputError
        The file is no results table, or cannot be read.
    """
    try:
        text = path.read_text("utf-8")
        reader = csv.DictReader(io.StringIO(text))
        rows = [row for row in reader if None not in row.values() and None not in row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OutputError(
            f"{path} cannot be read as a results table: choose another folder."
        ) from error
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise OutputError(f"{path} is no results table of this program: choose another folder.")
    return rows if text.endswith("\n") else rows[:-1]


class ResultsTable:
    """A table open for writing; every row is on disk before the next file begins.

    Parameters
    ----------
    path : Path
        Replaced where it exists.
    kept : sequence of dict
        Rows of an earlier run to start with.

    Raises
    ------
    OutputError
        The table cannot be written.
    """

    def __init__(self, path: Path, kept: list[Row] | None = None) -> None:
        self.path = path
        with replacing(path) as beside, _opened(beside, "w") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(kept or [])
        try:
            self._file = _opened(path, "a")
        except OSError as error:
            raise not_written(path, error) from error
        self._writer = csv.DictWriter(self._file, COLUMNS, lineterminator="\n")

    def add(self, row: Mapping[str, Any]) -> None:
        """Append one row; raises OutputError where the disk does not take it."""
        try:
            self._writer.writerow(row)
            self._file.flush()
        except OSError as error:
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


def _opened(path: Path, mode: str) -> TextIO:
    """Open a table as UTF-8; bytes of a file name that are none are written as escapes."""
    return path.open(mode, newline="", encoding="utf-8", errors="backslashreplace")
