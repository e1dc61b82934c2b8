"""A batch of the handed cases: each is read as it is to be, and one picture has one answer."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from napari_multicancer.batch.results import Row
from napari_multicancer.batch.run import BatchOptions, run_batch
from napari_multicancer.batch.worklist import find_files
from tests.handed_cases import OPENED, REFUSED

pytestmark = pytest.mark.slow
TOO_SMALL = "p34_badVR.dcm"
DIAGNOSED = {
    "padding/ref_zero.dcm": ("brain", "tumor", 365, "mm2"),
    "padding/pad_m2000.dcm": ("brain", "tumor", 365, "mm2"),
    "padding/pad_m32768.dcm": ("brain", "tumor", 365, "mm2"),
    "gui/plain.png": ("brain", "tumor", 364, "px"),
    "gui/la.png": ("brain", "tumor", 364, "px"),
    "gui/cmyk.jpg": ("brain", "tumor", 364, "px"),
    "gui/miniswhite.tif": ("brain", "tumor", 364, "px"),
    "gui/palette.tif": ("brain", "tumor", 353, "px"),
    "gui/breast.jpg": ("breast", "malignant", 8642, "px"),
    "gui/exif6_breast.jpg": ("breast", "malignant", 8642, "px"),
    "gui/ij_um_5x2x2mm.tif": ("brain", "tumor", 2372, "mm2"),
    "n01_pixdim1_sform_2_2_5.nii": ("brain", "tumor", 2372, "mm2"),
}
"""Organ, finding and area of the lesion, which another network draws a little otherwise."""
AREA = 0.1
"""Share of an area by which outlines of two versions may differ."""


@pytest.fixture(scope="module")
def rows(cases: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    """Analyze all cases, and give their rows by the names in the table."""
    out = tmp_path_factory.mktemp("handed") / "out"
    run_batch(find_files([cases / name for name in (*OPENED, *REFUSED)]), out, BatchOptions())
    with (out / "results.csv").open(newline="", encoding="utf-8") as file:
        found = {Path(row["path"]): row for row in csv.DictReader(file)}
    return {path.relative_to(cases).as_posix(): row for path, row in found.items()}


def test_each_case_is_analyzed_or_refused_with_its_reason(rows: dict[str, Row]) -> None:
    reasons = REFUSED | {TOO_SMALL: "measures only 10 x 10 pixels"}
    assert set(rows) == {*OPENED, *REFUSED}
    for name, row in rows.items():
        assert (row["status"] == "ok") is (name not in reasons), (name, row["error"])
        assert reasons.get(name, "") in row["error"]


def test_what_is_told_of_a_case_stands_in_its_row(rows: dict[str, Row]) -> None:
    for name, right in OPENED.items():
        assert right.note in rows[name]["notes"], name


@pytest.mark.parametrize("name", DIAGNOSED)
def test_a_case_has_the_answer_of_the_picture_that_it_is(name: str, rows: dict[str, Row]) -> None:
    row = rows[name]
    *told, area, unit = DIAGNOSED[name]
    assert [row["organ"], row["diagnosis"]] == told
    assert float(row["lesion_area"]) == pytest.approx(area, rel=AREA)
    assert row["area_unit"] == unit


def test_padding_changes_nothing(rows: dict[str, Row]) -> None:
    for name in ("padding/pad_m2000.dcm", "padding/pad_m32768.dcm"):
        for column in ("p_brain", "p_tumor", "lesion_area"):
            assert rows[name][column] == rows["padding/ref_zero.dcm"][column]


def test_the_region_of_ultrasound_tells_the_area(rows: dict[str, Row]) -> None:
    in_pixels = float(rows["t08_thumb_first.tif"]["lesion_area"])
    for name in ("d15_us_dummy_pixelspacing_vs_region.dcm", "d17_nominal_scanned.dcm"):
        assert float(rows[name]["lesion_area"]) == pytest.approx(in_pixels * 0.2**2, abs=0.01)
        assert rows[name]["area_unit"] == "mm2"
