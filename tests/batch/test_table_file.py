from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from napari_multicancer.batch import table_file
from napari_multicancer.batch.results import ResultsTable, Row, failed
from napari_multicancer.batch.table_file import TableFile
from napari_multicancer.core.errors import OutputError

ROWS = 20_000


def _row(name: str) -> Row:
    return failed(Path(f"/scans/{name}.png"), "No.")


def _names(table: TableFile) -> list[str]:
    return [Path(table.row(number)["path"]).stem for number in range(len(table))]


def test_rows_appear_as_they_are_written(tmp_path: Path) -> None:
    table = TableFile(tmp_path / "results.csv")
    assert not table.update()
    assert len(table) == 0
    with ResultsTable(table.path) as written:
        table.update()
        assert len(table) == 0
        for count, name in enumerate(('a "1", b', "line\nfeed", "return\rhere", "ä"), 1):
            written.add(_row(name))
            table.update()
            assert len(table) == count
            assert table.row(count - 1) == _row(name)


def test_half_a_row_is_none_yet(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    with ResultsTable(path) as written:
        written.add(_row("line\nfeed"))
    whole = path.read_bytes()
    table = TableFile(path)
    for cut in range(1, len(whole) - whole.index(b"\n")):
        path.write_bytes(whole[:-cut])
        table.update()
        assert len(table) == 0
    path.write_bytes(whole)
    table.update()
    assert _names(table) == ["line\nfeed"]


def test_a_table_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    table = TableFile(tmp_path / "results.csv")
    ResultsTable(table.path, [_row("a"), _row("b")]).__exit__(None, None, None)
    table.update()
    assert _names(table) == ["a", "b"]
    ResultsTable(table.path, [_row("c"), _row("d"), _row("e")]).__exit__(None, None, None)
    table.update()
    assert _names(table) == ["c", "d", "e"]
    os.unlink(table.path)
    table.update()
    assert len(table) == 0


def test_a_long_table_is_found_piece_by_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_file, "READ_BYTES", 1000)
    table = TableFile(tmp_path / "results.csv")
    names = [f"scan{number}" for number in range(300)]
    ResultsTable(table.path, map(_row, names)).__exit__(None, None, None)
    pieces = 1
    while table.update():
        pieces += 1
    assert pieces > 5
    assert _names(table) == names


@pytest.mark.slow
def test_what_is_in_memory_is_8_bytes_a_row(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    ResultsTable(path, (_row(f"{number}") for number in range(ROWS))).__exit__(None, None, None)
    table = TableFile(path)
    tracemalloc.start()
    try:
        while table.update():
            pass
        assert all(table.row(number)["status"] == "failed" for number in range(0, ROWS, 100))
        assert tracemalloc.get_traced_memory()[0] < 2_400_000
    finally:
        tracemalloc.stop()
    assert len(table) == ROWS


@pytest.mark.parametrize("content", [b"name,age\nx,3\n", b"\xff\xfe\x00"])
def test_another_file_is_no_results_table(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_bytes(content)
    with pytest.raises(OutputError, match="cannot be read as a results table"):
        TableFile(tmp_path / "results.csv").update()


def test_a_row_of_a_table_that_went_away_is_an_error(tmp_path: Path) -> None:
    table = TableFile(tmp_path / "results.csv")
    ResultsTable(table.path, [_row("a")]).__exit__(None, None, None)
    table.update()
    os.unlink(table.path)
    with pytest.raises(OutputError):
        table.row(0)
