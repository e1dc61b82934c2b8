"""The main job by mouse: a scan, one click, a correction, a TIFF on disk."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tifffile
from napari.layers import Labels
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog

from napari_multicancer.widgets.analyse.layout import ANALYZE, CANCEL

from .conftest import add_sample


def click(qtbot, button) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer(show=True)


def test_a_click_classifies_segments_and_a_second_click_saves_what_was_corrected(
    qtbot, viewer, panel, breast, tmp_path, monkeypatch, told
):
    breast.scale, breast.units = (0.1, 0.1), ("mm", "mm")
    assert panel.ui.button.text() == ANALYZE
    with qtbot.waitSignal(panel.finished) as finished:
        click(qtbot, panel.ui.button)
        assert panel.ui.button.text().startswith(CANCEL)
        assert panel.ui.progress.isVisible()
    assert finished.args == [True]
    assert panel.ui.button.text() == ANALYZE

    labels = viewer.layers.selection.active
    assert isinstance(labels, Labels)
    assert labels.name == "breast_malignant lesion"
    assert labels.data.dtype == np.uint8
    assert labels.data.shape == breast.data.shape[:2]
    assert labels.data.any()
    assert labels.mode == "paint"
    assert "Breast ultrasound" in panel.ui.findings.organ.answer.text()
    assert "mm²" in panel.ui.findings.size.text()

    labels.paint((5, 5), 1)
    assert labels.data[5, 5] == 1
    qtbot.waitUntil(lambda: "corrected by you" in panel.ui.findings.size.text())

    path = tmp_path / "mask.tif"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(path), ""))
    click(qtbot, panel.ui.save)
    assert told == [f"Saved {path}"]
    with tifffile.TiffFile(path) as tiff:
        np.testing.assert_array_equal(tiff.asarray(), labels.data)
        said = tiff.imagej_metadata
    assert said["unit"] == "mm"
    record = json.loads(said["provenance"])
    assert record["edited_by_hand"] is True
    assert record["source"] == "breast_malignant.png"
    assert "research use only" in record["note"]


def test_the_return_key_presses_the_button(qtbot, viewer, panel, breast):
    panel.ui.button.setFocus()
    with qtbot.waitSignal(panel.finished):
        qtbot.keyClick(panel.ui.button, Qt.Key.Key_Space)
    assert len(viewer.layers) == 2


def test_cancel_stops_at_once_and_leaves_nothing_behind(qtbot, viewer, panel):
    stack = add_sample(viewer, "brain_tumor_stack.tif")
    stack.data = np.tile(stack.data, (60, 1, 1))
    click(qtbot, panel.ui.button)
    qtbot.waitUntil(lambda: panel.ui.progress.maximum() > 0)
    click(qtbot, panel.ui.button)
    assert not panel.is_working
    assert panel.ui.button.text() == ANALYZE
    qtbot.let_threads_end()
    assert list(viewer.layers) == [stack]


def test_a_stack_turns_to_the_plane_where_the_lesion_is_largest(qtbot, viewer, panel):
    add_sample(viewer, "brain_tumor_stack.tif")
    with qtbot.waitSignal(panel.finished):
        click(qtbot, panel.ui.button)
    labels = viewer.layers.selection.active
    covered = labels.data.reshape(9, -1).sum(axis=1)
    assert covered.any()
    assert viewer.dims.current_step[0] == covered.argmax()
    assert "of 9" in panel.ui.findings.size.text()
