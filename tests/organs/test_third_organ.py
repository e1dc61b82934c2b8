"""An organ is data: a card and a network in the user's folder, and no line of code."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.data import get_testdata_file
from rich.console import Console
from typer.testing import CliRunner

from napari_multicancer import analyze, load_scan
from napari_multicancer.batch.results import (
    COLUMNS,
    NOTES,
    ORGAN_BY_HAND,
    read_rows,
    winning_column,
)
from napari_multicancer.cli import app
from napari_multicancer.cli.model_table import model_table
from napari_multicancer.core.analysis.box import segment_box
from napari_multicancer.core.analysis.explanation import explain
from napari_multicancer.core.errors import ModelError
from napari_multicancer.core.masks.measurements import measure_labels
from napari_multicancer.core.models.cards import find_model, forget_models, list_models
from napari_multicancer.core.models.organs import organs
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.core.words import class_name
from napari_multicancer.io.provenance import provenance
from napari_multicancer.report.content import report_content
from napari_multicancer.report.page import html
from napari_multicancer.report.picture import outlined
from napari_multicancer.samples import SAMPLES

NODULE = (slice(40, 60), slice(30, 60))


def picture() -> np.ndarray:
    pixels = np.random.default_rng(0).integers(20, 60, (100, 100)).astype(np.uint8)
    pixels[NODULE] = 250
    return pixels


@pytest.fixture
def scan(thyroid: Path) -> Scan:
    return Scan(picture(), "yx", name="neck")


def test_it_is_recognized_diagnosed_and_outlined(scan: Scan) -> None:
    answer = analyze(scan)
    assert organs() == ("brain", "breast", "thyroid")
    assert (answer.organ.label, answer.organ_chosen, answer.refused) == ("thyroid", False, False)
    assert answer.diagnosis is not None
    assert answer.diagnosis.label == "nodule"
    assert answer.diagnosis.negative == "normal"
    assert answer.mask is not None
    assert answer.mask[NODULE].mean() > 0.8
    assert answer.mask.sum() < 2 * answer.mask[NODULE].size
    assert answer.models == ("recognizer 9.0.0", "thyroid 0.1.0")


def test_its_healthy_class_need_not_be_the_first_one(scan: Scan) -> None:
    card = find_model("thyroid")
    assert (card.classes, card.negative_index) == (("nodule", "normal"), 1)


@pytest.mark.slow
def test_it_can_be_chosen_by_hand_and_the_shipped_organs_still_work(scan: Scan) -> None:
    assert analyze(scan, organ="thyroid").organ_chosen
    brain = analyze(load_scan(SAMPLES[0].path), organ="brain")
    assert brain.diagnosis is not None
    assert brain.diagnosis.label == SAMPLES[0].diagnosis


def test_a_box_and_an_explanation_ask_its_network(scan: Scan) -> None:
    box = segment_box(scan, (slice(30, 70), slice(20, 70)), "thyroid", (0,))
    assert box.mask[0][NODULE].mean() > 0.8
    told = explain(scan, "thyroid")
    assert told.label == "nodule"
    assert np.asarray(told.activation)[NODULE].mean() > np.asarray(told.activation).mean()


@pytest.fixture
def folder(thyroid: Path, tmp_path: Path) -> Path:
    scans = tmp_path / "scans"
    scans.mkdir()
    Image.fromarray(picture()).save(scans / "neck.png")
    return scans


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.stderr


@pytest.mark.slow
def test_the_terminal_appends_its_columns_behind_those_of_the_contract(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    told = run("analyze", folder, "--out", out)
    assert "neck.png: A thyroid is looked at with care." in told
    with (out / "results.csv").open(newline="", encoding="utf-8") as file:
        header = next(csv.reader(file))
    assert header == [*COLUMNS, "p_thyroid", "p_nodule", "p_thyroid_normal", ORGAN_BY_HAND, NOTES]
    (row,) = read_rows(out / "results.csv")
    assert (row["status"], row["organ"], row["diagnosis"]) == ("ok", "thyroid", "nodule")
    assert float(row["p_thyroid"]) > 0.9
    assert float(row["p_nodule"]) + float(row["p_thyroid_normal"]) == pytest.approx(1)
    assert row["p_normal"] == row["p_tumor"] == ""
    assert winning_column(row) == "p_nodule"
    assert (out / row["mask"]).is_file()


@pytest.mark.slow
def test_a_table_with_its_columns_is_gone_on_with_where_the_organ_is_gone(
    folder: Path, tmp_path: Path, thyroid: Path
) -> None:
    out = tmp_path / "out"
    run("analyze", folder, "--out", out)
    for file in thyroid.iterdir():
        file.unlink()
    forget_models()
    run("analyze", folder, SAMPLES[0].path, "--out", out, "--resume")
    first, second = read_rows(out / "results.csv")
    assert (first["organ"], second["organ"]) == ("thyroid", SAMPLES[0].organ)
    assert float(first["p_nodule"]) > 0.5
    assert second["p_nodule"] == ""


@pytest.mark.slow
def test_the_report_and_the_list_of_models_speak_of_it(scan: Scan) -> None:
    answer = analyze(scan)
    assert answer.mask is not None
    record = provenance(scan, answer)
    content = report_content("neck", "a picture", record, measure_labels(answer.mask, None))
    encoded = io.BytesIO()
    Image.fromarray(picture()).save(encoded, "PNG")
    page = html(content, encoded.getvalue())
    assert "Thyroid ultrasound" in page
    assert "A nodule" in page
    assert json.dumps(content)
    assert outlined(scan, answer.mask)
    output = io.StringIO()
    Console(file=output, width=200).print(model_table(list_models()))
    assert "thyroid 0.1.0 (default)" in output.getvalue()
    assert class_name("normal", "thyroid") == "Normal"


def test_dicom_segmentations_say_where_it_lies_in_codes(thyroid: Path, tmp_path: Path) -> None:
    source = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    pixels = np.full((128, 128), 40, np.uint16)
    pixels[NODULE] = 250
    source.PixelData = pixels.tobytes()
    source.save_as(tmp_path / "neck.dcm")
    run("analyze", tmp_path / "neck.dcm", "--out", tmp_path / "out", "--format", "dicom-seg")
    (file,) = (tmp_path / "out" / "masks").glob("*.dcm")
    (segment,) = pydicom.dcmread(file).SegmentSequence
    assert segment.SegmentLabel == "Nodule 1"
    (region,), (finding,) = (
        segment.AnatomicRegionSequence,
        segment.SegmentedPropertyTypeCodeSequence,
    )
    assert (region.CodeValue, region.CodeMeaning) == ("69748006", "Thyroid")
    assert (finding.CodeValue, finding.CodeMeaning) == ("27925004", "Nodule")


def test_without_its_card_the_organ_is_refused_in_a_sentence(scan: Scan, thyroid: Path) -> None:
    (thyroid / "thyroid.toml").unlink()
    forget_models()
    with pytest.raises(ModelError, match="no model for 'thyroid'"):
        analyze(scan)
    with pytest.raises(ModelError, match="no organ 'thyroid'; choose one of: automatic, brain"):
        analyze(scan, organ="thyroid")
