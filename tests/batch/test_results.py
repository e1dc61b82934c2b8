from __future__ import annotations

import csv
import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_multicancer.batch import flushing
from napari_multicancer.batch.results import (
    COLUMNS,
    NOTES,
    ORGAN_BY_HAND,
    ResultsTable,
    answered,
    failed,
    read_columns,
    read_rows,
)
from napari_multicancer.core.analysis.answer import Analysis, Prediction
from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.masks.measurements import measure_lesion
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.core.scan.views import View
from napari_multicancer.printable import printable

PROMISED = [
    "path",
    "status",
    "error",
    "organ",
    "p_brain",
    "p_breast",
    "p_other",
    "diagnosis",
    "confident",
    "p_tumor",
    "p_no_tumor",
    "p_normal",
    "p_benign",
    "p_malignant",
    "planes",
    "lesion_area",
    "area_unit",
    "mask",
    "seconds",
    "models",
]


def _analysis(mask: np.ndarray | None = None, spacing: tuple | None = None) -> Analysis:
    return Analysis(
        organ=Prediction({"brain": 0.9, "breast": 0.06, "other": 0.04}, 0.5),
        diagnosis=Prediction({"no_tumor": 0.25, "tumor": 0.75}, 0.7),
        mask=mask,
        models=("recognizer 1.0.0", "brain 1.0.0"),
        lesion=None if mask is None else measure_lesion(mask, spacing),
    )


def _scan(voxel_size: tuple | None = None) -> Scan:
    return Scan(np.zeros((20, 20)), "yx", voxel_size)


def test_the_columns_are_those_that_are_promised() -> None:
    assert list(COLUMNS) == PROMISED


def test_a_row_gives_probabilities_only_of_the_classes_that_apply() -> None:
    row = answered(Path("a.png"), _scan(), _analysis(), "", 1.5)
    assert list(row) == [*PROMISED, ORGAN_BY_HAND, NOTES]
    assert (row["p_tumor"], row["p_no_tumor"]) == ("0.750000", "0.250000")
    assert (row["p_normal"], row["p_benign"], row["p_malignant"]) == ("", "", "")
    assert (row["organ"], row["diagnosis"], row["confident"]) == ("brain", "tumor", "true")
    assert (row["lesion_area"], row["area_unit"], row["mask"]) == ("", "", "")
    assert row["models"] == "recognizer 1.0.0; brain 1.0.0"


def test_planes_that_are_not_axial_are_noted_where_the_scan_is_a_brain() -> None:
    sagittal = replace(_scan(), view=View.SAGITTAL)
    brain = _analysis()
    breast = replace(brain, organ=Prediction({"brain": 0.1, "breast": 0.9, "other": 0.0}, 0.5))
    assert "sagittal" in answered(Path("a.png"), sagittal, brain, "", 1)[NOTES]
    assert answered(Path("a.png"), _scan(), brain, "", 1)[NOTES] == ""
    assert answered(Path("a.png"), sagittal, breast, "", 1)[NOTES] == ""


def test_what_is_to_be_known_of_a_file_is_told_with_its_row() -> None:
    scan = replace(_scan(), notes=("Its sizes disagree.", "A thumbnail was left aside."))
    told = answered(Path("a.png"), scan, _analysis(), "", 1)[NOTES]
    assert told == "Its sizes disagree. A thumbnail was left aside."


def test_planes_of_unknown_distance_have_areas_and_it_is_told() -> None:
    scan = Scan(np.zeros((3, 20, 20)), "zyx", (np.nan, 0.5, 0.5))
    row = answered(Path("a.png"), scan, _analysis(np.zeros((3, 20, 20), np.uint8)), "m", 1)
    assert row["area_unit"] == "mm2"
    told = "The file does not say how far apart its planes lie: there is no volume."
    assert row[NOTES] == told


def test_the_area_is_in_mm2_where_the_voxel_size_is_known() -> None:
    mask = np.zeros((20, 20), np.uint8)
    empty = answered(Path("a.png"), _scan(), _analysis(mask), "m", 1)
    assert (empty["lesion_area"], empty["area_unit"]) == ("0", "px")
    mask[:4, :5] = 1
    pixels = answered(Path("a.png"), _scan(), _analysis(mask), "m", 1)
    assert (pixels["lesion_area"], pixels["area_unit"]) == ("20", "px")
    size = (0.5, 0.5)
    mm = answered(Path("a.png"), _scan(size), _analysis(mask, size), "m", 1)
    assert (mm["lesion_area"], mm["area_unit"]) == ("5", "mm2")


def test_rows_are_on_disk_at_once_and_read_back_the_same(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    odd = failed(Path('a "b",\r ü\n.png'), "It is broken, sorry: use another.")
    with ResultsTable(path) as table:
        table.add(odd)
        assert list(read_rows(path)) == [odd]
    with path.open(newline="", encoding="utf-8") as file:
        assert next(csv.reader(file)) == [*PROMISED, ORGAN_BY_HAND, NOTES]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_words_of_a_row_are_a_formula_and_numbers_and_paths_stay(
    start: str, tmp_path: Path
) -> None:
    path = tmp_path / "results.csv"
    row = failed(Path("a.png"), f"{start}cmd.png is no picture.")
    row |= {NOTES: f"{start}note", "lesion_area": "-1", "path": f"/scans/{start}cmd.png"}
    with ResultsTable(path) as table:
        table.add(row)
    (read,) = read_rows(path)
    assert read["error"] == printable(f"'{row['error']}")
    assert read[NOTES] == printable(f"'{start}note")
    assert (read["lesion_area"], read["path"]) == (row["lesion_area"], row["path"])
    with ResultsTable(path, [read]):
        assert list(read_rows(path)) == [read], "once is enough"


def test_a_name_in_a_sentence_neither_commands_a_terminal_nor_ends_a_line(tmp_path: Path) -> None:
    name = "a\x1b[31m\nb\r\u202ec.png"
    with ResultsTable(tmp_path / "results.csv") as table:
        table.add(failed(Path("a.png"), f"{name} is empty.") | {NOTES: name})
    (read,) = read_rows(tmp_path / "results.csv")
    assert read["error"] == "a\\x1b[31m\\nb\\r\\u202ec.png is empty."
    assert read[NOTES] == printable(name)


@pytest.mark.timeout(60)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
@pytest.mark.parametrize("read", [read_columns, lambda path: list(read_rows(path))])
def test_a_pipe_in_place_of_a_table_holds_nobody(read: Callable, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "results.csv")
    with pytest.raises(OutputError, match="choose another folder"):
        read(tmp_path / "results.csv")


def test_masks_reach_the_disk_before_the_rows_that_name_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    monkeypatch.setattr(flushing, "flush", lambda path: flushed.append(path.name))
    mask = tmp_path / "masks/a_mask.tif"
    mask.parent.mkdir()
    mask.touch()
    with ResultsTable(tmp_path / "results.csv") as table:
        table.add(answered(Path("a.png"), _scan(), _analysis(), "masks/a_mask.tif", 1))
        table.add(answered(Path("b.png"), _scan(), _analysis(), "masks/gone_mask.tif", 1))
    assert set(flushed) == {"a_mask.tif", "results.csv"}
    assert flushed[-1] == "results.csv"
    assert flushed.index("a_mask.tif") < len(flushed) - 1


def test_a_disk_that_does_not_take_the_rows_in_the_end_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    table = ResultsTable(tmp_path / "results.csv")
    monkeypatch.setattr(flushing, "flush", refuse)
    table.add(failed(Path("a.png"), "It is broken: use another."))
    with pytest.raises(OutputError, match=r"results\.csv cannot be written \(No space left"):
        table.__exit__(None, None, None)


def test_a_file_name_that_is_no_utf8_does_not_end_the_table(tmp_path: Path) -> None:
    with ResultsTable(tmp_path / "results.csv") as table:
        table.add(failed(Path("\udcff.png"), "It is broken: use another."))
    assert rb"\udcff.png" in (tmp_path / "results.csv").read_bytes()
    (row,) = read_rows(tmp_path / "results.csv")
    assert row["path"] == "\udcff.png"


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_row_that_was_cut_off_is_left_out(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    rows = [answered(Path(name), _scan(), _analysis(), "", 1) for name in ("a.png", "b.png")]
    with ResultsTable(path, rows):
        pass
    path.write_bytes(path.read_bytes()[:-cut])
    assert list(read_rows(path)) == [rows[0]]


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "", "\x00\x01"])
def test_another_table_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_text(content)
    with pytest.raises(OutputError, match="choose another folder"):
        list(read_rows(path))
