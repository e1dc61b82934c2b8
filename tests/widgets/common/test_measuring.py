"""The lesion's size follows the brush, at once or from a thread."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image, Labels
from qtpy.QtWidgets import QApplication

from napari_multicancer.widgets.common import measuring
from napari_multicancer.widgets.common.measuring import LesionWatch, measure_layer


@pytest.fixture
def labels():
    pixels = np.zeros((3, 40, 40), np.uint8)
    pixels[1, 10:20, 10:15] = 1
    return Labels(pixels, scale=(3.0, 0.5, 0.5), units=("mm",) * 3)


@pytest.mark.parametrize("largest_at_once", [0, 10**6], ids=["thread", "at once"])
def test_the_size_follows_painting_and_undo(qtbot, labels, monkeypatch, largest_at_once):
    monkeypatch.setattr(measuring, "LARGEST_AT_ONCE", largest_at_once)
    heard = []
    watch = LesionWatch()
    watch.measured.connect(heard.append)
    watch.watch(labels)
    qtbot.waitUntil(lambda: len(heard) > 0)
    assert heard[-1].size.area == pytest.approx(50 * 0.25)
    assert heard[-1].size.area_unit == "mm2"
    assert (heard[-1].size.plane, heard[-1].planes) == (1, 3)

    labels.data_setitem((np.array([1]), np.array([30]), np.array([30])), 1)
    qtbot.waitUntil(lambda: heard[-1].size.area == pytest.approx(51 * 0.25))
    labels.undo()
    qtbot.waitUntil(lambda: heard[-1].size.area == pytest.approx(50 * 0.25))
    labels.data = np.zeros_like(labels.data)
    qtbot.waitUntil(lambda: heard[-1].size is None)


def test_no_layer_has_no_size(qtbot, labels, monkeypatch):
    monkeypatch.setattr(measuring, "LESION_WAIT_MS", 0)
    watch = LesionWatch()
    watch.watch(labels)
    with qtbot.waitSignal(watch.measured) as measured:
        watch.watch(None)
    assert measured.args == [None]
    assert watch.labels is None
    with qtbot.assertNotEmitted(watch.measured):
        labels.data_setitem((np.array([1]), np.array([30]), np.array([30])), 1)
        QApplication.processEvents()
        qtbot.let_threads_end()


def test_the_pictures_of_a_film_are_no_volume(labels):
    pixels = np.zeros((3, 40, 40))
    in_space, in_time = Image(pixels), Image(pixels, axis_labels=("t", "y", "x"))
    alone = Labels(labels.data, axis_labels=("t", "y", "x"))
    assert measure_layer(labels, in_space)[0].volume is not None
    assert measure_layer(labels, None)[0].volume is not None
    assert measure_layer(labels, in_time)[0].volume is None
    assert measure_layer(alone, None)[0].volume is None
