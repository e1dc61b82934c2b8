"""The whole way in a real viewer: click a mask right, through the planes, undo, save, read."""

from __future__ import annotations

import json

import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_multicancer.core.masks.record import MaskRecord
from napari_multicancer.io.load import load_mask
from napari_multicancer.report.content import report_content
from napari_multicancer.widgets.common.record import DOUBTFUL, PROPOSED, SETTLED, record_of
from napari_multicancer.widgets.correct.panel import CorrectionPanel

from .mouse import SHIFT, click, press_key, right_click, show, undo

FIRST, LAST, MIDDLE = 3, 12, 7


def truth(plane: int) -> np.ndarray:
    row, column = np.ogrid[:96, :100]
    disc = np.hypot(row - 48, column - 40 - plane) <= 16 - abs(plane - MIDDLE)
    return disc & (FIRST <= plane <= LAST)


def volume() -> np.ndarray:
    pixels = np.random.default_rng(0).integers(20, 60, (16, 96, 100)).astype(np.uint8)
    for plane, one in enumerate(pixels):
        one[truth(plane)] = 250
    return pixels


@pytest.fixture
def correction(viewer, bright_clicks) -> CorrectionPanel:
    return viewer.window.add_plugin_dock_widget("napari-multicancer", "Correct a mask")[1]


@pytest.fixture
def labels(viewer):
    """A mask that is wrong on the plane in view, over a volume."""
    keywords = {"scale": (2.0, 1.0, 1.0), "units": ("mm",) * 3}
    viewer.add_image(volume(), name="volume", **keywords)
    layer = viewer.add_labels(np.zeros((16, 96, 100), np.uint8), name="mine", **keywords)
    show(viewer)
    viewer.dims.set_point(0, 2.0 * MIDDLE)
    return layer


def press(qtbot, correction, key, viewer) -> None:
    press_key(viewer, key, SHIFT)
    qtbot.waitUntil(lambda: not correction.is_working)


def dice(mask: np.ndarray, plane: int) -> float:
    found, right = mask[plane] == 1, truth(plane)
    return float(2 * (found & right).sum() / (found.sum() + right.sum()))


def test_a_wrong_mask_is_clicked_right_goes_through_the_planes_and_is_read_back(
    qtbot, viewer, labels, correction, tmp_path
):
    labels.data[MIDDLE, 5:15, 5:15] = 1
    press(qtbot, correction, Qt.Key.Key_A, viewer)
    for point in ((48, 47), (10, 10), (80, 80)):
        click(viewer, point)
        qtbot.waitUntil(lambda: not correction.is_working)
    right_click(viewer, (80, 80))
    qtbot.waitUntil(lambda: not correction.is_working)
    assert dice(labels.data, MIDDLE) > 0.85
    clicked = labels.data.copy()
    press(qtbot, correction, Qt.Key.Key_P, viewer)
    whole = labels.data.copy()
    assert min(dice(whole, plane) for plane in range(FIRST, LAST + 1)) > 0.8
    assert "9 planes outlined" in correction.ui.message.text()
    assert record_of(labels).planes[MIDDLE] == SETTLED
    undo(viewer)
    np.testing.assert_array_equal(labels.data, clicked)
    assert record_of(labels).planes == {MIDDLE: SETTLED}
    press(qtbot, correction, Qt.Key.Key_P, viewer)
    np.testing.assert_array_equal(labels.data, whole)
    (path,) = labels.save(str(tmp_path / "mine.tif"), plugin="napari-multicancer")
    again = load_mask(path)
    np.testing.assert_array_equal(again.labels, whole)
    tally = MaskRecord.of(again.provenance, None).clicks
    assert (tally.clicks, tally.planes, tally.proposed) == (2, 1, 9)
    assert tally.network == "click 0.1.0"
    assert tally.seconds > 0
    told = json.loads(json.dumps(report_content("mine", "", again.provenance, [])))
    assert told["clicks"]["clicks"] == 2
    assert [step["tool"] for step in told["history"]][-1] == "propagate"


def test_doubtful_planes_are_gone_to_settled_and_corrected_and_renew_their_neighbors(
    qtbot, viewer, labels, correction
):
    press(qtbot, correction, Qt.Key.Key_A, viewer)
    click(viewer, (48, 47))
    qtbot.waitUntil(lambda: not correction.is_working)
    press(qtbot, correction, Qt.Key.Key_P, viewer)
    known = record_of(labels).planes
    assert known[8] in (PROPOSED, DOUBTFUL)
    doubtful = [plane for plane, word in sorted(known.items()) if word == DOUBTFUL]
    after = next((plane for plane in doubtful if plane > MIDDLE), doubtful[0])
    press(qtbot, correction, Qt.Key.Key_J, viewer)
    assert viewer.dims.current_step[0] == after
    press(qtbot, correction, Qt.Key.Key_L, viewer)
    assert record_of(labels).planes[after] == SETTLED
    kept = labels.data[after].copy()
    viewer.dims.set_point(0, 2.0 * 10)
    labels.data[11] = 0
    click(viewer, (48, 66))
    qtbot.waitUntil(lambda: not correction.is_working)
    assert record_of(labels).planes[10] == SETTLED
    assert dice(labels.data, 11) > 0.8
    np.testing.assert_array_equal(labels.data[after], kept)


def test_a_picture_and_a_stack_without_an_outline_are_a_sentence(qtbot, viewer, labels, correction):
    press(qtbot, correction, Qt.Key.Key_P, viewer)
    assert "Nothing is outlined" in correction.ui.message.text()
    assert not labels.data.any()


def test_a_propagation_can_be_cancelled_and_changes_nothing(qtbot, viewer, labels, correction):
    labels.data[MIDDLE][truth(MIDDLE)] = 1
    before = labels.data.copy()
    correction.propagate()
    assert correction.is_working
    qtbot.mouseClick(correction.ui.cancel, Qt.MouseButton.LeftButton)
    assert not correction.is_working
    qtbot.let_threads_end()
    np.testing.assert_array_equal(labels.data, before)
