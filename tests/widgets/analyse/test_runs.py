"""Whose turn it is: several scans one after the other, one scan as the user knows it."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest
from napari.layers import Labels
from qtpy.QtCore import Qt

from napari_multicancer.core.models import cards as registry
from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.models.runtime import Model, unload_models
from napari_multicancer.training.export.cards import write_card
from napari_multicancer.widgets.analyse.findings import (
    NOT_OUTLINED,
    NOTHING_YET,
    OUTLINED_ALL_THE_SAME,
)
from napari_multicancer.widgets.common.lesions import lesions_of

from ..conftest import add_sample, speckle, weights_copy


def press(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def all_done(qtbot, panel):
    qtbot.waitUntil(lambda: not panel.is_working)


def test_all_selected_scans_are_analyzed_one_after_the_other(qtbot, viewer, panel, told):
    panel.organ.setCurrentIndex(panel.organ.findData("breast"))
    scans = [viewer.add_image(speckle(60, 60), name=name) for name in "abc"]
    viewer.add_image(np.zeros((2, 2, 2, 2, 2)), name="no scan")
    viewer.layers.selection = {*scans, viewer.layers["no scan"]}
    panel.ui.layer.choose(scans[0])
    ended = []
    panel.finished.connect(ended.append)
    press(qtbot, panel.ui.button)
    all_done(qtbot, panel)
    assert sorted(ended) == [False, True, True, True]
    assert [len(lesions_of(viewer, scan)) for scan in scans] == [1, 1, 1]
    assert len(told) == 1


def test_cancel_ends_all_turns_and_a_deleted_scan_loses_its_own(qtbot, viewer, panel):
    panel.organ.setCurrentIndex(panel.organ.findData("breast"))
    scans = [viewer.add_image(speckle(60, 60), name=name) for name in "abc"]
    panel.run_all(scans)
    viewer.layers.remove(scans[0])
    viewer.layers.remove(scans[1])
    all_done(qtbot, panel)
    assert [layer.name for layer in viewer.layers] == ["c", "c lesion"]
    panel.run_all(scans[2:] * 2)
    press(qtbot, panel.ui.button)
    assert not panel.is_working
    qtbot.let_threads_end()
    assert not panel.is_working


def test_nobody_is_told_to_press_a_button_that_says_cancel(qtbot, viewer, panel):
    scans = [viewer.add_image(speckle(60, 60), name=name) for name in "ab"]
    note = panel.ui.findings.note
    assert note.text() == NOTHING_YET
    panel.run_all(scans)
    assert note.text() == "Being analyzed (scan 1 of 2): the answer comes here."
    panel.ui.layer.choose(scans[1])
    assert note.text() == "Not analyzed yet: a is being analyzed now."
    panel.cancel()
    assert note.text() == NOTHING_YET


def saying(monkeypatch, label):
    """Let the recognizer be sure of one of its classes."""
    classes = find_model("recognizer").classes
    logits = np.where(np.array(classes) == label, 9.0, 0.0).astype(np.float32)
    asked = Model.__call__

    def answer(model, square):
        if model.card.name == "recognizer":
            return {"organ": logits}
        return asked(model, square)

    monkeypatch.setattr(Model, "__call__", answer)


def test_beside_a_refusal_one_scan_can_be_treated_as_what_it_is(
    qtbot, viewer, panel, breast, monkeypatch
):
    treat = panel.ui.findings.treat
    saying(monkeypatch, "other")
    with qtbot.waitSignal(panel.finished):
        panel.run(breast)
    assert not treat.isHidden()
    assert treat.buttons["breast"].text() == "Treat as breast ultrasound"
    with qtbot.waitSignal(panel.finished):
        treat.buttons["breast"].click()
    assert len(lesions_of(viewer, breast)) == 1
    assert panel.organ.currentData() == "automatic"
    assert "your choice" in panel.ui.findings.organ.answer.text()
    assert "looks like something else" in panel.ui.findings.note.text()
    other = add_sample(viewer, "breast_benign.png")
    assert panel.organ_of(other) == "automatic"
    assert panel.organ_of(breast) == "breast"
    assert treat.isHidden()


def test_an_organ_chosen_for_all_says_so_and_is_doubted_where_the_recognizer_differs(
    qtbot, viewer, panel, breast, monkeypatch
):
    assert panel.ui.organ_holds.isHidden()
    panel.organ.setCurrentIndex(panel.organ.findData("breast"))
    assert not panel.ui.organ_holds.isHidden()
    saying(monkeypatch, "brain")
    with qtbot.waitSignal(panel.finished):
        panel.run(breast)
    note = panel.ui.findings.note.text()
    assert "Read as a breast ultrasound, as you chose, but it looks like a brain MRI" in note
    treat = panel.ui.findings.treat
    assert [organ for organ, button in treat.buttons.items() if not button.isHidden()] == ["brain"]
    saying(monkeypatch, "breast")
    with qtbot.waitSignal(panel.finished):
        panel.run(breast)
    assert "looks like" not in panel.ui.findings.note.text()
    assert treat.isHidden()


@pytest.fixture
def two_models(tmp_path, monkeypatch):
    folder = weights_copy(tmp_path / "weights")
    card = tomllib.loads((folder / "breast.toml").read_text("utf-8"))
    own = {"name": "breast_own", "default": False, "version": "3.0.0", "file": "own.tflite"}
    (folder / "own.tflite").write_bytes((folder / card["file"]).read_bytes())
    write_card(card | own, folder / "breast_own.toml")
    monkeypatch.setenv(registry.WEIGHTS_VARIABLE, str(folder))
    registry.forget_models()
    yield find_model("breast"), find_model("breast", "breast_own")
    registry.forget_models()
    unload_models()


def test_a_second_models_mask_stands_beside_the_first_each_named_by_its_model(
    two_models, viewer, panel, breast, analyse
):
    first = analyse(breast)
    assert first.name == f"{breast.name} lesion"
    combo = panel.ui.models._combos["breast"]
    combo.setCurrentIndex(combo.findData("breast_own"))
    second = analyse(breast)
    assert second is not first
    assert second.name == f"{breast.name} lesion, own 3.0.0"
    assert first.name == f"{breast.name} lesion, standard {two_models[0].version}"
    assert analyse(breast) is second
    combo.setCurrentIndex(combo.findData("breast"))
    assert analyse(breast) is first


@pytest.mark.parametrize("made", ["opened", "drawn"])
def test_save_and_report_are_there_for_every_mask_on_the_scan(viewer, panel, breast, made):
    ui = panel.ui
    assert not ui.save.isEnabled()
    assert "no mask" in ui.save.toolTip()
    labels = Labels(np.zeros(breast.data.shape[:2], np.uint8), name="own")
    viewer.add_layer(labels)
    if made == "opened":
        viewer.layers.selection.active = breast
    assert ui.save.isEnabled()
    assert ui.report.isEnabled()
    assert panel._lesion() is labels
    viewer.layers.remove(labels)
    assert not ui.save.isEnabled()


def test_the_scan_of_the_mask_that_becomes_active_is_shown(viewer, panel, analyse):
    first = add_sample(viewer, "breast_benign.png")
    mask = analyse(first)
    second = add_sample(viewer, "breast_malignant.png")
    assert panel.ui.layer.layer is second
    viewer.layers.selection.active = mask
    assert panel.ui.layer.layer is first
    assert panel._lesion() is mask


def heads(monkeypatch, diagnosis, lesion):
    """Let the organ's model be sure of a class, and outline all or nothing."""
    card = find_model("breast")
    logits = np.where(np.array(card.classes) == diagnosis, 30.0, 0.0).astype(np.float32)
    outline = np.full((card.input_size, card.input_size), lesion, np.float32)
    answer = {"diagnosis": logits, "lesion": outline, "organ": np.zeros(3, np.float32)}
    monkeypatch.setattr(Model, "__call__", lambda model, square: answer)


def test_a_finding_without_an_outline_is_explained(viewer, panel, breast, analyse, monkeypatch):
    heads(monkeypatch, "malignant", -9)
    analyse(breast)
    assert NOT_OUTLINED in panel.ui.findings.size.text()


def test_an_outline_without_a_finding_is_explained(viewer, panel, breast, analyse):
    from napari_multicancer.core.analysis.answer import Analysis, Prediction
    from napari_multicancer.core.masks.measurements import LesionSize
    from napari_multicancer.widgets.common.measuring import Measured

    normal = Prediction({"normal": 0.9, "benign": 0.1}, negative="normal")
    findings = panel.ui.findings
    findings.show_analysis(Analysis(Prediction({"breast": 1.0}), normal))
    size = LesionSize(123.44, 15.06, "mm2", "mm", 0)
    findings.show_size(Measured(size, 1, edited=False))
    assert OUTLINED_ALL_THE_SAME in findings.size.text()
    findings.show_size(Measured(size, 1, edited=True))
    assert OUTLINED_ALL_THE_SAME not in findings.size.text()
