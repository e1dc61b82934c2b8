"""The box is one gesture: drawn, and on release the model has filled it."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Labels
from qtpy.QtCore import Qt

from napari_multicancer.widgets.correct.panel import CorrectionPanel

from .mouse import click, drag, press_key, show, undo


@pytest.fixture
def correction(viewer) -> CorrectionPanel:
    return viewer.window.add_plugin_dock_widget("napari-multicancer", "Correct a mask")[1]


def test_a_box_is_drawn_and_filled_on_release_back_with_the_brush_and_undo(
    qtbot, viewer, breast, correction
):
    show(viewer)
    assert correction.labels is None
    qtbot.mouseClick(correction.ui.box, Qt.MouseButton.LeftButton)
    labels = viewer.layers.selection.active
    assert isinstance(labels, Labels)
    assert correction.ui.box.isChecked()
    click(viewer, (40, 40))
    assert "press, drag and release" in correction.ui.message.text()
    height, width = labels.data.shape
    center = viewer.scene.camera.center
    with qtbot.waitSignal(correction.corrected) as corrected:
        drag(viewer, (8, 8), (height - 8, width - 8))
    assert viewer.scene.camera.center == center
    assert corrected.args[2] == np.count_nonzero(labels.data) > 0
    assert len(viewer.layers) == 2
    assert viewer.layers.selection.active is labels
    assert str(labels.mode) == "paint"
    assert not correction.ui.box.isChecked()
    undo(viewer)
    assert not labels.data.any()


def test_escape_leaves_the_box_and_nothing_has_changed(qtbot, viewer, breast, correction):
    labels = viewer.add_labels(np.zeros(breast.data.shape[:2], np.uint8))
    show(viewer)
    qtbot.mouseClick(correction.ui.box, Qt.MouseButton.LeftButton)
    press_key(viewer, Qt.Key.Key_Escape)
    drag(viewer, (50, 50), (90, 90))
    assert not correction.is_working
    assert not correction.ui.box.isChecked()
    assert not labels.data.any()
