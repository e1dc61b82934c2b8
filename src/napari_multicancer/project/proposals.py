"""The rows of a batch's table taken into the list: what the models say of each scan."""

from __future__ import annotations

import csv
import os
import sqlite3
from collections.abc import Callable, Iterator
from hashlib import blake2b
from math import isfinite
from pathlib import Path
from typing import Any

from napari_multicancer.batch.masks import names_a_mask
from napari_multicancer.batch.remote import Source, is_address
from napari_multicancer.batch.results import (
    FAILED,
    FILE_NAME,
    NOTES,
    OK,
    Row,
    read_columns,
    winning_column,
    with_path,
)
from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.project import versions
from napari_multicancer.project.adding import (
    absolute,
    change,
    find,
    in_portions,
    print_columns,
    put,
)
from napari_multicancer.project.database import Database
from napari_multicancer.project.fingerprint import Fingerprint, Fingerprinter
from napari_multicancer.project.journal import set_state
from napari_multicancer.project.records import State, VersionKind

_END, _BEFORE_END = "results_end", "results_before_end"
_LOOKED_AT = 4096


def take(
    database: Database,
    folder: Path,
    progress: Callable[[int], None],
    proceed: Callable[[], None],
) -> int:
    """Take the rows that were added since they were last taken; see `Project.take_results`."""
    table = folder / FILE_NAME
    if not table.is_file():
        return 0
    columns = read_columns(table)
    look, taken = Fingerprinter(), 0
    for portion in in_portions(_rows_from(table, columns, _start(database, table))):
        proceed()
        new = [(row, end) for row, end in portion if _is_new(database, folder, row)]
        prints = [look.of(path_of(row, folder)) for row, _ in new]
        with database.changing() as disk:
            for (row, _), known in zip(new, prints, strict=True):
                _take_row(disk, folder, row, known, {"row_digest": _digest(row)})
            _note_end(disk, table, portion[-1][1])
        taken += len(new)
        progress(taken)
    return taken


def take_one(database: Database, folder: Path, row: Row) -> None:
    """Take what the models say of one scan when asked anew; see `Project.take_answer`."""
    known = Fingerprinter().of(path_of(row, folder))
    with database.changing() as disk:
        _take_row(disk, folder, row, known, {})


def path_of(row: Row, folder: Path) -> Source:
    """Read which scan a row is about; a path without a folder counts from the table's."""
    path = row["path"]
    return path if is_address(path) else absolute(folder / path)


def _is_new(database: Database, folder: Path, row: Row) -> bool:
    if not row.get("path") or row.get("status") not in (OK, FAILED):
        return False  # what somebody made of the table is no row any more
    scan = find(database, path_of(row, folder))
    if scan is None:
        return True
    known = database.row("SELECT row_digest FROM scans WHERE id = ?", [scan])
    return known is None or known[0] != _digest(row)


def _take_row(
    disk: sqlite3.Connection,
    folder: Path,
    row: Row,
    known: Fingerprint | None,
    noted: dict[str, Any],
) -> None:
    scan, _ = put(disk, folder, path_of(row, folder), known)
    failed = row["status"] == FAILED
    state, by, failures, said = disk.execute(
        "SELECT state, state_by, failures, treated_as FROM scans WHERE id = ?", [scan]
    ).fetchone()
    if said and not failed and row["organ"] != said:
        if noted:
            change(disk, scan, noted)
        return  # a person said otherwise, maybe while the models were at it
    columns = {"error": row["error"], "failures": failures + 1} if failed else _answer(row)
    if known is not None and not failed:
        columns |= print_columns(known)  # which the models saw, whatever it was before
    change(disk, scan, columns | noted)
    if failed:
        if state == State.NEW.value and names_a_mask(row["error"]):
            set_state(disk, scan, State.SKIPPED, who="", note=row["error"])
        return
    versions.renew(disk, scan)
    if row["mask"]:
        told: dict[str, Any] = {"finding": row["diagnosis"]}
        told |= {"area": _number(row["lesion_area"]), "area_unit": row["area_unit"]}
        told["fingerprint"] = None if known is None else known.content
        versions.note(disk, scan, row["mask"], row["models"], VersionKind.PROPOSAL, told)
    if state == State.NEW.value or (state == State.SKIPPED.value and not by):
        set_state(disk, scan, State.PROPOSED, who="")


def _answer(row: Row) -> dict[str, Any]:
    """Read what the models say; a cell that somebody made unreadable counts as empty."""
    probability = _number(row.get(winning_column(row), ""))
    planes = _number(row["planes"])
    return {
        "organ": row["organ"],
        "finding": row["diagnosis"],
        "confident": {"true": 1, "false": 0}.get(row["confident"].lower()),
        "doubt": None if probability is None else 1 - probability,
        "area": _number(row["lesion_area"]),
        "area_unit": row["area_unit"],
        "planes": None if planes is None else int(planes),
        "error": "",
        "failures": 0,
        "notes": row.get(NOTES, ""),
        "models": row["models"],
    }


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None


def _digest(row: Row) -> bytes:
    return blake2b(repr(sorted(row.items())).encode(), digest_size=8).digest()


def _rows_from(table: Path, columns: tuple[str, ...], start: int) -> Iterator[tuple[Row, int]]:
    """Read rows from a byte on, each with the byte at which it ends; the last one must be whole.

    Raises
    ------
    UnreadableFileError
        It cannot be read.
    """
    try:
        with table.open("rb") as file:
            file.seek(start)
            end = start

            def lines() -> Iterator[str]:
                nonlocal end
                for line in file:
                    if not line.endswith(b"\n"):
                        return
                    end += len(line)
                    yield line.decode("utf-8", "replace")

            reader = csv.reader(lines())
            if start == 0:
                next(reader, None)
            for cells in reader:
                if len(cells) == len(columns):
                    yield with_path(dict(zip(columns, cells, strict=True))), end
    except (OSError, csv.Error) as error:
        raise UnreadableFileError(
            f"{table} cannot be read as a results table ({error}): the list stays as it was."
        ) from error


def _start(database: Database, table: Path) -> int:
    """Find where the rows begin that were not taken; 0 where another table took the place."""
    facts = dict(map(tuple, database.rows("SELECT name, value FROM facts")))
    end = int(facts.get(_END, 0))
    if end > os.path.getsize(table) or facts.get(_BEFORE_END) != _before(table, end):
        return 0
    return end


def _note_end(disk: sqlite3.Connection, table: Path, end: int) -> None:
    put_fact = "INSERT OR REPLACE INTO facts VALUES (?, ?)"
    disk.executemany(put_fact, [(_END, str(end)), (_BEFORE_END, _before(table, end))])


def _before(table: Path, end: int) -> str:
    """Recognize a table by what stands before a byte."""
    with table.open("rb") as file:
        head = file.read(min(_LOOKED_AT, end))
        file.seek(max(0, end - _LOOKED_AT))
        tail = file.read(min(_LOOKED_AT, end))
    return blake2b(head + tail, digest_size=16).hexdigest()
