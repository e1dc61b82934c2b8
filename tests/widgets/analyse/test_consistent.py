"""Planes that agree: one press, one step of undo, and words for what changed."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from napari_multicancer.core.masks import consistency
from napari_multicancer.core.masks.consistency import NOTHING_LEFT
from napari_multicancer.widgets.analyse.consistent import ROLLED
from napari_multicancer.widgets.analyse.volume_row import CANCELLED, NO_MASK
from napari_multicancer.widgets.common.record import SETTLED, record_of

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
