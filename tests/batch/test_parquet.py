from __future__ import annotations

import sys
from pathlib import Path

import pytest

from napari_multicancer.batch import parquet
from napari_multicancer.batch.parquet import write_parts
from napari_multicancer.batch.results import COLUMNS, ResultsTable, failed
from napari_multicancer.batch.run import BatchOptions, run_batch
from napari_multicancer.core.errors import OutputError

ANSWERED = dict.fromkeys(COLUMNS, "") | {
    "path": "/a,\n.png",
    "status": "ok",
    "organ": "brain",
    "p_brain": "0.900000",
    "confident": "false",
    "planes": "3",
    "lesion_area": "12.5",
    "seconds": "0.250",
}


def test_parts_hold_the_table_in_its_order_with_types(tmp_path: Path) -> None:
    read_table = pytest.importorskip("pyarrow.parquet").read_table
    table = tmp_path / "results.csv"
    with ResultsTable(table, [ANSWERED, failed(Path("/b.png"), "It is broken.")]):
        pass
    (part,) = write_parts(table)
    assert part == tmp_path / "parquet/part-00000.parquet"
    content = read_table(part)
    assert tuple(content.column_names) == (*COLUMNS, "organ_by_hand", "notes")
    first, second = content.to_pylist()
    assert first["path"] == "/a,\n.png"
    assert (first["p_brain"], first["lesion_area"], first["seconds"]) == (0.9, 12.5, 0.25)
    assert (first["planes"], first["confident"], first["p_tumor"]) == (3, False, None)
    assert (second["error"], second["organ"], second["confident"]) == ("It is broken.", None, None)


@pytest.mark.slow
def test_a_long_table_makes_several_parts_and_old_ones_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_table = pytest.importorskip("pyarrow.parquet").read_table
    monkeypatch.setattr(parquet, "PART_ROWS", 1)
    table = tmp_path / "results.csv"
    (tmp_path / "parquet").mkdir()
    (tmp_path / "parquet/part-00009.parquet").touch()
    names = [f"/{number:06}.png" for number in range(30_000)]  # more than one block of CSV
    with ResultsTable(table, (ANSWERED | {"path": name} for name in names)):
        pass
    parts = write_parts(table)
    assert len(parts) > 1
    assert sorted((tmp_path / "parquet").iterdir()) == parts
    assert read_table(tmp_path / "parquet")["path"].to_pylist() == names


def test_a_batch_without_files_makes_no_parts(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    run_batch([], tmp_path, BatchOptions(parquet=True), work=lambda job: ANSWERED)
    assert list((tmp_path / "parquet").iterdir()) == []
    run_batch([Path("/a")], tmp_path, BatchOptions(parquet=True), work=lambda job: ANSWERED)
    assert [part.name for part in (tmp_path / "parquet").iterdir()] == ["part-00000.parquet"]


def test_pyarrow_that_is_not_installed_is_named_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(OutputError, match="pip install"):
        run_batch([], tmp_path / "out", BatchOptions(parquet=True), work=lambda job: ANSWERED)
    assert not (tmp_path / "out").exists()
