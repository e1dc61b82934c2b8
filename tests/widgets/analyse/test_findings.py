"""What the panel says: names in words, the winner marked, no confident guess."""

from __future__ import annotations

from dataclasses import replace

import pytest
from qtpy.QtWidgets import QLabel

from napari_multicancer.core.analysis.answer import EMPTY, UNLIKE, Analysis, PlaneResult, Prediction
from napari_multicancer.core.masks.measurements import LesionSize
from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.words import class_name, model_name, percent
from napari_multicancer.widgets.analyse import belief
from napari_multicancer.widgets.analyse.belief import NOT_MEASURED
from napari_multicancer.widgets.analyse.findings import (
    NO_LESION,
    NO_PLANE_DISTANCE,
    NO_VOXEL_SIZE,
    NOTHING_YET,
    Findings,
    lesion_curve,
)
from napari_multicancer.widgets.common.bars import WINNER_MARK
from napari_multicancer.widgets.common.measuring import Measured

ORGAN = Prediction(
    {"brain": 0.98, "breast": 0.015, "other": 0.005}, threshold=0.6, negative="other"
)
SURE = Prediction({"no_tumor": 0.1, "tumor": 0.9}, threshold=0.7, negative="no_tumor")
UNSURE = Prediction({"no_tumor": 0.45, "tumor": 0.55}, threshold=0.7, negative="no_tumor")


@pytest.fixture
def findings(qtbot):
    widget = Findings()
    qtbot.addWidget(widget)
    return widget


def texts(widget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if not label.isHidden()]


def test_a_confident_answer_is_said_and_marked(findings):
    findings.show_analysis(Analysis(ORGAN, SURE))
    assert "Tumor" in findings.finding.answer.text()
    shown = texts(findings.finding.bars)
    assert f"Tumor {WINNER_MARK}" in shown
    assert "No tumor" in shown
    assert "90 %" in shown


def test_an_answer_names_its_model_and_how_often_that_was_right_where_it_was_sure(findings):
    for task in ("brain", "breast"):
        card = find_model(task)
        findings.show_analysis(Analysis(ORGAN, SURE, models=("recognizer 2.0.0", card.label)))
        assert findings.belief.text().startswith(f"Model: {model_name(card)}. Sure answers right: ")
        figure, full = card.metrics["test"]["confident_accuracy"], findings.belief.toolTip()
        share = percent(figure["value"])
        assert f"Of {figure['n']:,} sure answers on test scans {share} were right." in full
        for entry in card.left_out:
            elsewhere = entry["without"]["confident_accuracy"]
            share = (
                f"{elsewhere['n']:,} sure answers on it {percent(elsewhere['value'])} were right"
            )
            assert f"Trained without {entry['source']}: of {share}." in full
    findings.show_analysis(Analysis(ORGAN, note="Choose the organ by hand."))
    assert findings.belief.isHidden()


def left_out(*shares):
    figures = [{"value": share, "n": 20} for share in shares]
    return tuple(
        {"source": f"source {n}", "without": {"confident_accuracy": figure}}
        for n, figure in enumerate(figures)
    )


@pytest.mark.parametrize(
    ("left_out", "is_tested", "says"),
    [
        (left_out(0.9, 0.7, 0.8), True, "70 % to 90 % on sources left out of training."),
        (left_out(0.8), True, "80 % on sources left out of training."),
        (left_out(0.8), False, "80 % on sources left out of training."),
        (({"source": "x", "without": {}},), True, "98 % on test scans; elsewhere not measured."),
        ((), True, "98 % on test scans; elsewhere not measured."),
    ],
)
def test_the_figure_on_sources_left_out_stands_first(monkeypatch, left_out, is_tested, says):
    metrics = {"test": {"confident_accuracy": {"value": 0.98, "n": 1457}}} if is_tested else {}
    card = replace(find_model("brain"), metrics=metrics, left_out=left_out)
    monkeypatch.setattr(belief, "card_labeled", lambda label: card)
    assert belief.belief(card.label)[0] == f"Model: {model_name(card)}. Sure answers right: {says}"


def test_no_figure_is_told_that_nobody_has_measured(monkeypatch):
    card = replace(find_model("brain"), metrics={}, left_out=())
    monkeypatch.setattr(belief, "card_labeled", lambda label: card)
    assert belief.belief(card.label) == (f"Model: {model_name(card)}. {NOT_MEASURED}", "")


def test_a_model_that_is_not_here_any_more_is_named(findings):
    findings.show_analysis(Analysis(ORGAN, SURE, models=("brain 0.1.0",)))
    assert findings.belief.text() == "Model: brain 0.1.0."


def test_not_sure_is_never_a_guess(findings):
    findings.show_analysis(Analysis(ORGAN, UNSURE))
    assert "Not sure" in findings.finding.answer.text()
    shown = texts(findings.finding.bars)
    assert "55 %" in shown
    assert not any(WINNER_MARK in text for text in shown)


def test_the_next_answer_replaces_the_last(findings):
    for _ in range(3):
        findings.show_analysis(Analysis(ORGAN, SURE))
    assert len(texts(findings.finding.bars)) == 4
    findings.show_analysis(None)
    assert findings.organ.isHidden()
    assert findings.note.text() == NOTHING_YET


def test_the_note_is_shown(findings):
    findings.show_analysis(Analysis(ORGAN, note="Choose the organ by hand."))
    assert findings.note.text() == "Choose the organ by hand."
    assert findings.finding.isHidden()


def test_sizes_have_units_and_say_where_they_come_from(findings):
    findings.show_size(Measured(LesionSize(123.44, 15.06, "mm2", "mm", 6), 24, edited=False))
    for part in ("123.4 mm²", "15.1 mm", "plane 7 of 24"):
        assert part in findings.size.text()
    assert findings.hint.isHidden()
    findings.show_size(Measured(LesionSize(1234, 56.2, "px", "px", 0), 1, edited=True))
    for part in ("1,234 px", "56 px", "corrected by you"):
        assert part in findings.size.text()
    assert "plane" not in findings.size.text()
    assert findings.hint.text() == NO_VOXEL_SIZE
    findings.show_size(Measured(None, 1, edited=False))
    assert findings.size.text() == NO_LESION
    findings.show_size(None)
    assert findings.size.isHidden()


@pytest.mark.parametrize(
    ("probability", "text"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.9999, "> 99 %"), (0.0001, "< 1 %"), (0.5, "50 %")],
)
def test_percentages_never_round_to_certainty(probability, text):
    assert percent(probability) == text


def test_unknown_classes_read_well_too():
    assert class_name("no_tumor") == "No tumor"
    assert class_name("benign") == "Benign"


def test_a_stack_says_what_was_skipped_and_draws_a_curve(findings):
    planes = (
        PlaneResult(0, None, skipped=EMPTY),
        PlaneResult(1, SURE),
        PlaneResult(2, None, skipped=UNLIKE),
        PlaneResult(3, None, skipped=UNLIKE),
    )
    analysis = Analysis(ORGAN, SURE, planes=planes)
    findings.show_analysis(analysis)
    assert findings.planes.text() == "4 planes, 1 empty and 2 unlike a brain MRI skipped"
    assert lesion_curve(analysis) == [None, pytest.approx(0.9), None, None]
    assert not findings.curve.isHidden()
    findings.show_analysis(Analysis(ORGAN, SURE, planes=(PlaneResult(0, SURE),)))
    assert findings.curve.isHidden()
    assert findings.planes.isHidden()


def test_a_volume_is_said_with_its_unit_or_why_there_is_none(findings):
    size = LesionSize(123.44, 15.06, "mm2", "mm", 6, 5000)
    findings.show_size(Measured(size, 24, edited=False), (12.34, "ml"))
    assert "Volume: 12.3 ml" in findings.size.text()
    assert findings.hint.isHidden()
    findings.show_size(Measured(size, 24, edited=False), (5000, "px"))
    assert "Volume: 5,000 voxels" in findings.size.text()
    assert findings.hint.text() == NO_PLANE_DISTANCE
    findings.show_size(Measured(size, 24, edited=False))
    assert "Volume" not in findings.size.text()
