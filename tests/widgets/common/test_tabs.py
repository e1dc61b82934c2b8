"""The panel's tabs, made when they are needed, and its report."""

from __future__ import annotations

import json

import numpy as np
import pytest
from qtpy.QtWidgets import QFileDialog

from napari_multicancer.core.models.cards import find_model
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.compare.panel import ComparisonPanel
from napari_multicancer.widgets.correct.panel import CorrectionPanel
from napari_multicancer.widgets.explain.panel import ExplainPanel
from napari_multicancer.widgets.measure.panel import MeasurementsPanel
from napari_multicancer.widgets.prepare.panel import PreparePanel
from napari_multicancer.widgets.scans.panel import ScansPanel

from ..conftest import add_sample

SAMPLE = {"brain": "brain_tumor.jpg", "breast": "breast_malignant.png"}
TABS = {
    "Correct": CorrectionPanel,
    "Measure": MeasurementsPanel,
    "Why": ExplainPanel,
    "Compare": ComparisonPanel,
    "Prepare": PreparePanel,
    "Scans": ScansPanel,
}


def open_tab(panel, title):
    tabs = panel.ui.tabs
    index = next(i for i in range(tabs.count()) if tabs.tabText(i) == title)
    tabs.setCurrentIndex(index)
    return tabs.page(index)


@pytest.mark.parametrize("title", TABS)
def test_a_tab_is_made_when_it_is_first_looked_at(panel, title):
    assert panel.ui.tabs.made() == []
    page = open_tab(panel, title)
    assert isinstance(page, TABS[title])
    assert open_tab(panel, title) is page
    assert panel.ui.tabs.made() == [page]


def test_explaining_follows_the_panels_organ(panel, breast):
    page = open_tab(panel, "Why")
    panel.organ.setCurrentIndex(panel.organ.findData("breast"))
    assert page._organ(breast) == "breast"


def test_a_result_keeps_its_first_outline_and_its_probabilities(breast, analyse):
    labels = analyse(breast)
    mask = np.array(labels.data)
    labels.fill((0, 0), 1)
    np.testing.assert_array_equal(record_of(labels).first, mask)
    assert record_of(labels).probability[mask > 0].min() > 0.05


def test_a_tool_stands_in_the_history_by_its_name(breast, analyse, panel):
    from napari_multicancer.widgets.correct.tools import OUTLINE_TOOLS

    labels = analyse(breast)
    grow = next(tool for tool in OUTLINE_TOOLS if tool.title == "Grow")
    open_tab(panel, "Correct").use(grow)
    assert [change.tool for change in record_of(labels).mask.history] == ["segmentation", "grow"]
    assert record_of(labels).mask.history[-1].added > 0


def test_the_report_is_saved_where_the_user_says(tmp_path, monkeypatch, breast, analyse, panel):
    labels = analyse(breast)
    labels.data_setitem((np.array([0]), np.array([0])), 1)
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *args: (str(tmp_path / "patient"), "")
    )
    panel.ui.report.click()
    content = json.loads((tmp_path / "patient.json").read_text("utf-8"))
    assert content["diagnosis"]["label"] == "malignant"
    assert content["edited_by_hand"]
    assert content["measurements"][0]["area (px)"] == np.count_nonzero(labels.data)
    assert "data:image/png;base64," in (tmp_path / "patient.html").read_text("utf-8")


def test_a_folder_that_cannot_be_written_is_said(
    tmp_path, monkeypatch, breast, analyse, panel, told
):
    analyse(breast)
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *args: (str(tmp_path / "gone" / "x.html"), "")
    )
    panel.ui.report.click()
    assert len(told) == 1
    assert "cannot be written" in told[0]


@pytest.mark.parametrize("task", ["breast", "brain"])
def test_the_threshold_begins_where_the_model_cut_its_outline(panel, viewer, analyse, task):
    page = open_tab(panel, "Correct")
    labels = analyse(add_sample(viewer, SAMPLE[task]), task)
    card = find_model(task)
    assert page.ui.threshold.slider.value() == round(card.mask_threshold * 100)
    assert page.ui.threshold.value.text() == f"{card.mask_threshold * 100:.0f} %"
    page.ui.threshold.slider.setValue(80)
    labels.undo()
    assert page.ui.threshold.slider.value() == round(card.mask_threshold * 100)


def test_a_second_answer_puts_the_threshold_where_its_own_model_cut(panel, viewer, analyse):
    page = open_tab(panel, "Correct")
    image = add_sample(viewer, SAMPLE["breast"])
    analyse(image)
    page.ui.threshold.slider.setValue(80)
    other = find_model("breast", "breast_sk_unet")
    combo = panel.ui.models._combos["breast"]
    combo.setCurrentIndex(combo.findData(other.name))
    analyse(image)
    assert page.ui.threshold.slider.value() == round(other.mask_threshold * 100)


def test_a_map_that_was_asked_for_is_cut_where_its_model_cuts(qtbot, panel, viewer):
    image = add_sample(viewer, SAMPLE["breast"])
    page = open_tab(panel, "Correct")
    viewer.add_labels(np.zeros(image.data.shape[:2], np.uint8), name="own")
    assert page.ui.threshold.slider.value() == 50
    with qtbot.waitSignal(page._actions.map_found):
        page.ui.threshold.button.click()
    threshold = find_model("breast").mask_threshold
    assert page.ui.threshold.slider.value() == round(threshold * 100)
