"""What the panel says: names in words, the winner marked, no confident guess."""

from __future__ import annotations

import gettext
from dataclasses import replace

import pytest
from qtpy.QtWidgets import QLabel

from napari_multicancer import translation
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
        full = findings.belief.toolTip()
        sources = {"Test": card.metrics["test"]}
        sources |= {f"Trained without {one['source']}": one["without"] for one in card.left_out}
        asked = {name: one for name, one in sources.items() if "confident_share" in one}
        assert full.count("(scans: ") == len(asked)  # outlines alone tell nothing of answers
        for name, figures in asked.items():
            right, sure = figures["confident_accuracy"], figures["confident_share"]
            answers = f"{right['n']:,} sure answers, {percent(right['value'])} right."
            assert f"{name} (scans: {sure['n']:,}): {answers}" in full
    findings.show_analysis(Analysis(ORGAN, note="Choose the organ by hand."))
    assert findings.belief.isHidden()


def source(name, scans, sure, right):
    figures = {"confident_share": {"value": sure / scans, "n": scans}}
    if sure:
        figures["confident_accuracy"] = {"value": right / sure, "n": sure}
    return {"source": name, "without": figures}


MANY, FEW, NONE = source("a", 50, 30, 24), source("b", 16, 10, 10), source("c", 900, 0, 0)
NOT_ASKED = {"source": "x", "without": {}}
TESTED = {"confident_accuracy": {"value": 0.98, "n": 1457}}
TESTED_ON_FEW = {"confident_accuracy": {"value": 0.75, "n": 4}}
FEW_SURE = "On sources left out of training {} sure: too few to tell how often they are right."


@pytest.mark.parametrize(
    ("left_out", "tested", "says"),
    [
        ((MANY,), TESTED, "Sure answers right: 80 % of 30 on sources left out of training."),
        ((MANY,), {}, "Sure answers right: 80 % of 30 on sources left out of training."),
        (
            (MANY, FEW, NONE, NOT_ASKED),
            TESTED,
            "Sure answers right: 85 % of 40 on sources left out of training.",
        ),
        ((FEW, FEW), TESTED, "Sure answers right: 100 % of 20 on sources left out of training."),
        ((FEW, NONE), TESTED, FEW_SURE.format("10 answers of 916 were")),
        ((source("d", 5, 1, 0),), TESTED, FEW_SURE.format("1 answer of 5 was")),
        ((NONE,), TESTED, FEW_SURE.format("0 answers of 900 were")),
        ((NOT_ASKED,), TESTED, "Sure answers right: 98 % on test scans; elsewhere not measured."),
        ((), TESTED, "Sure answers right: 98 % on test scans; elsewhere not measured."),
        (
            (),
            TESTED_ON_FEW,
            "Only 4 sure answers on test scans are known, too few to tell how often they are "
            "right; elsewhere not measured.",
        ),
    ],
)
def test_in_short_stands_what_enough_sure_answers_tell(monkeypatch, left_out, tested, says):
    card = replace(find_model("brain"), metrics={"test": tested}, left_out=left_out)
    monkeypatch.setattr(belief, "card_labeled", lambda label: card)
    assert belief.belief(card.label)[0] == f"Model: {model_name(card)}. {says}"


def test_each_source_stands_in_the_tooltip_with_its_scans(monkeypatch):
    metrics = {"test": TESTED_ON_FEW, "val": TESTED}
    card = replace(find_model("brain"), metrics=metrics, left_out=(FEW, NONE, NOT_ASKED))
    monkeypatch.setattr(belief, "card_labeled", lambda label: card)
    assert belief.belief(card.label)[1].splitlines() == [
        "Trained without b (scans: 16): 10 sure answers, 100 % right.",
        "Trained without c (scans: 900): no sure answer.",
        "Test (scans: 4): 4 sure answers, 75 % right.",
        belief.RULE,
    ]
    assert "fewer than 20" in belief.RULE


@pytest.mark.parametrize("metrics", [{}, {"val": TESTED}])
def test_no_figure_is_told_that_nobody_has_measured(monkeypatch, metrics):
    card = replace(find_model("brain"), metrics=metrics, left_out=())
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


def test_not_sure_is_said_in_the_users_language(findings, monkeypatch):
    class Shouting(gettext.NullTranslations):
        def gettext(self, message):
            return message.upper()

    monkeypatch.setattr(translation, "catalog", Shouting)
    findings.show_analysis(Analysis(ORGAN, UNSURE))
    assert "NOT SURE" in findings.finding.answer.text()


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
