"""Planes that agree: one press, one step of undo, and words for what changed."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from napari_multicancer.core.masks import consistency
from napari_multicancer.core.masks.consistency import NOTHING_LEFT
from napari_multicancer.core.masks.record import MaskRecord
from napari_multicancer.io.snapshots.fingerprint import digest
from napari_multicancer.widgets.analyse.consistent import ROLLED
from napari_multicancer.widgets.analyse.volume_row import CANCELLED, NO_MASK
from napari_multicancer.widgets.common.record import SETTLED, record_of
from napari_multicancer.widgets.correct.actions import CorrectionActions
from napari_multicancer.widgets.correct.functions import ToolOptions
from napari_multicancer.widgets.correct.threshold import Recut
from napari_multicancer.widgets.correct.tools import GROW, SMOOTH

SHAPE = (5, 20, 30)


@pytest.fixture
def row(viewer, panel):
    viewer.add_image(np.zeros(SHAPE, np.uint8))
    return panel.volumes


@pytest.fixture
def labels(viewer, row):
    mask = np.zeros(SHAPE, np.uint8)
    mask[1:4, 5:12, 10:20] = 1
    mask[4, 15:18, 2:5] = 1
    return viewer.add_labels(mask)


def pressed(qtbot, row):
    with qtbot.waitSignal(row.consistency.ended, timeout=9000):
        row.consistent.click()
    assert not row.consistent.isChecked()
    return row.message.text()


def test_it_says_what_changed_and_is_one_step_of_undo(qtbot, row, labels):
    before = labels.data.copy()
    record = record_of(labels)
    probability = np.where(before > 0, 0.9, 0.1)
    probability[2, 5, 10] = 0.8
    before[2, 5, 10] = labels.data[2, 5, 10] = 0
    record.keep_probability(probability)
    said = pressed(qtbot, row)
    assert said == (
        "Consistent planes: 2 planes changed, 1 voxel added, 9 removed, "
        "with 1 region on one plane alone. Ctrl+Z takes it back."
    )
    assert labels.data[2, 5, 10] == 1
    assert not labels.data[4].any()
    labels.undo()
    np.testing.assert_array_equal(labels.data, before)


def test_corrected_and_settled_planes_stay(qtbot, row, labels):
    record = record_of(labels)
    record.keep_first(labels.data)
    labels.data_setitem((np.array([4]), np.array([0]), np.array([0])), 1)
    record.planes = {1: SETTLED}
    record.keep_probability(np.zeros(SHAPE))
    said = pressed(qtbot, row)
    assert "2 planes of yours stayed as they were." in said
    assert labels.data[4].sum() == 10
    assert labels.data[1].sum() == 70
    assert not labels.data[2:4].any()


def test_it_is_off_the_windows_thread_and_can_be_cancelled(qtbot, row, labels, monkeypatch):
    goes, threads, make = threading.Event(), [], consistency.make_consistent

    def wait(*given, **options):
        threads.append(threading.get_ident())
        assert goes.wait(60)
        return make(*given, **options)

    monkeypatch.setattr(consistency, "make_consistent", wait)
    before = labels.data.copy()
    row.consistent.click()
    qtbot.waitUntil(lambda: bool(threads), timeout=9000)
    row.consistent.click()
    goes.set()
    qtbot.let_threads_end()
    assert (row.message.text(), row.consistent.isChecked()) == (CANCELLED, False)
    np.testing.assert_array_equal(labels.data, before)
    assert threading.get_ident() not in threads


def test_what_cannot_be_done_is_said(qtbot, viewer, row):
    row.consistent.click()
    assert (row.message.text(), row.consistent.isChecked()) == (NO_MASK, False)
    labels = viewer.add_labels(np.zeros(SHAPE, np.uint8))
    labels.data[2, 3:6, 3:6] = 1
    assert pressed(qtbot, row) == NOTHING_LEFT
    viewer.dims.roll()
    row.consistent.click()
    assert row.message.text() == ROLLED


def smoothable(labels):
    """Give a mask a first outline and a map that changes two planes of it."""
    record = record_of(labels)
    record.keep_first(labels.data)
    probability = np.where(labels.data > 0, 0.9, 0.1)
    probability[2, 5, 10:14] = 0.2
    probability[3, 5, 10:14] = 0.2
    record.keep_probability(probability)


def test_what_the_button_itself_has_changed_is_nobodys_correction(qtbot, row, labels):
    smoothable(labels)
    first = labels.data.copy()
    assert "yours" not in pressed(qtbot, row)
    assert (labels.data != first).any()
    for _ in range(3):
        last = labels.data.copy()
        assert "yours" not in pressed(qtbot, row)
        if np.array_equal(labels.data, last):
            break
    labels.undo()
    assert "yours" not in pressed(qtbot, row)


@pytest.mark.parametrize("tool", [SMOOTH, GROW])
def test_a_tool_on_the_whole_stack_makes_no_plane_the_users(qtbot, viewer, row, labels, tool):
    smoothable(labels)
    CorrectionActions(viewer).use(tool, labels, ToolOptions(whole_stack=True))
    assert "yours" not in pressed(qtbot, row)


@pytest.mark.parametrize("tool", [SMOOTH, GROW])
def test_a_tool_on_one_plane_makes_it_the_users(qtbot, viewer, row, labels, tool):
    smoothable(labels)
    labels.data[3, 5, 14] = 0
    record_of(labels).keep_first(labels.data)
    viewer.dims.set_point(0, 3)
    CorrectionActions(viewer).use(tool, labels, ToolOptions(whole_stack=False))
    drawn = labels.data[3].copy()
    for _ in range(2):
        assert "1 plane of yours stayed as it was." in pressed(qtbot, row)
        np.testing.assert_array_equal(labels.data[3], drawn)


def test_a_threshold_is_no_drawing_and_is_kept(qtbot, viewer, row, labels):
    record = record_of(labels)
    record.keep_first(labels.data)
    probability = np.where(labels.data > 0, 0.9, 0.1)
    probability[1:4, 12, 10:20] = 0.3
    record.keep_probability(probability)
    CorrectionActions(viewer).recut_stack(labels, 0.2)
    viewer.dims.set_point(0, 2)
    Recut(viewer).cut(labels, 0.15)
    assert labels.data[1:4, 12, 10:20].all()
    assert "yours" not in pressed(qtbot, row)
    assert labels.data[2, 12, 10:20].all()


def test_a_stroke_after_it_is_the_users(qtbot, row, labels):
    smoothable(labels)
    pressed(qtbot, row)
    labels.data_setitem((np.array([2]), np.array([0]), np.array([0])), 1)
    assert "1 plane of yours stayed" in pressed(qtbot, row)
    assert labels.data[2, 0, 0] == 1


def test_its_words_go_with_undo_redo_a_stroke_and_the_mask(qtbot, viewer, row, labels):
    smoothable(labels)
    assert "Ctrl+Z" in pressed(qtbot, row)
    labels.undo()
    qtbot.waitUntil(lambda: not row.message.text(), timeout=9000)
    row.consistency.said.emit("Something else.")
    labels.redo()
    qtbot.waitUntil(lambda: not row.message.text(), timeout=9000)
    labels.undo()
    assert "Ctrl+Z" in pressed(qtbot, row)
    labels.data_setitem((np.array([2]), np.array([0]), np.array([0])), 1)
    assert not row.message.text()
    pressed(qtbot, row)
    viewer.layers.remove(labels)
    assert not row.message.text()


def test_deleting_the_mask_while_it_works_leaves_no_word(qtbot, viewer, row, labels, monkeypatch):
    goes, make = threading.Event(), consistency.make_consistent

    def wait(*given, progress, **options):
        progress(1, 2)
        assert goes.wait(60)
        return make(*given, **options)

    smoothable(labels)
    monkeypatch.setattr(consistency, "make_consistent", wait)
    row.consistent.click()
    qtbot.waitUntil(lambda: "1 of 2" in row.message.text(), timeout=9000)
    viewer.layers.remove(labels)
    goes.set()
    qtbot.let_threads_end()
    assert (row.message.text(), row.consistent.isChecked()) == ("", False)


def test_the_lesion_is_then_not_called_corrected(qtbot, row, labels, panel):
    smoothable(labels)
    record = record_of(labels)
    record.mask = MaskRecord.of({"models": ["brain 1"]}, digest(labels.data))
    pressed(qtbot, row)
    size = panel.ui.findings.size
    qtbot.waitUntil(lambda: "made consistent between planes" in size.text(), timeout=9000)
    assert "edited_by_hand" not in record.told()
    labels.data_setitem((np.array([2]), np.array([0]), np.array([0])), 1)
    qtbot.waitUntil(lambda: "corrected by you" in size.text(), timeout=9000)
    assert record.told()["edited_by_hand"]
