"""A size of a pixel entered in a terminal: in row, notes and mask."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from napari_multicancer.batch.results import NOTES, read_rows
from napari_multicancer.cli import app
from napari_multicancer.core.scan.pixel_size import ENTERED, NOT_HEEDED
from napari_multicancer.io import load_scan, read_label_tiff, write_label_tiff
from napari_multicancer.samples import SAMPLES

BREAST = next(sample.path for sample in SAMPLES if sample.file == "breast_malignant.png")


def test_files_without_a_size_get_the_one_that_was_entered_and_others_keep_theirs(
    tmp_path: Path,
) -> None:
    named, out = tmp_path / "named.tif", tmp_path / "out"
    write_label_tiff(named, load_scan(BREAST).plane(0), spacing=(0.5, 0.25))
    given = ["analyze", str(BREAST), str(named), "--out", str(out), "--pixel-size", "0.1"]
    assert CliRunner().invoke(app, [*given, "--organ", "breast"]).exit_code == 0
    entered, kept = read_rows(out / "results.csv")
    assert (entered["area_unit"], kept["area_unit"]) == ("mm2", "mm2")
    assert ENTERED in entered[NOTES]
    assert ENTERED not in kept[NOTES]
    assert NOT_HEEDED in kept[NOTES]
    _, spacing, unit, record = read_label_tiff(out / entered["mask"])
    assert (spacing, unit) == ((0.1, 0.1), "mm")
    assert record["pixel_size_by_hand"] is True
    _, spacing, _, record = read_label_tiff(out / kept["mask"])
    assert spacing == (0.5, 0.25)
    assert record["pixel_size_by_hand"] is False


@pytest.mark.parametrize("size", ["0", "-1", "200", "nan"])
def test_what_is_no_size_of_a_pixel_is_a_wrong_command(tmp_path: Path, size: str) -> None:
    given = ["analyze", str(BREAST), "--out", str(tmp_path / "out"), "--pixel-size", size]
    answer = CliRunner().invoke(app, given)
    assert answer.exit_code == 2
    assert not (tmp_path / "out").exists()
