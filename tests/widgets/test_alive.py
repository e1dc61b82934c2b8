"""The window stays alive, whatever is closed or deleted while the work goes on."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
from qtpy.QtCore import QTimer

from napari_multicancer.core.analysis.analyze import analyze
from napari_multicancer.core.masks.record import PackedMask, ProbabilityMap
from napari_multicancer.widgets.common.layers import scan_from_layer
from napari_multicancer.widgets.common.record import record_of

from .conftest import ANSWER_MS, speckle


def test_an_analysis_is_off_the_windows_thread(qtbot, viewer, panel, monkeypatch):
    turned = threading.Event()
    threads = []

    def analyze_while_the_window_turns(scan, **options):
        threads.append(threading.get_ident())
        assert turned.wait(ANSWER_MS / 1000), "the event loop did not turn"
        return analyze(scan, **options)

    monkeypatch.setattr(
        "napari_multicancer.core.analysis.analyze.analyze", analyze_while_the_window_turns
    )
    panel.organ.setCurrentIndex(panel.organ.findData("brain"))
    image = viewer.add_image(speckle(12, 64, 64))
    with qtbot.waitSignal(panel.finished) as finished:
        panel.run(image)
        QTimer.singleShot(0, turned.set)
    assert finished.args == [True]
    assert threads != []
    assert threading.get_ident() not in threads


def test_the_window_is_handed_an_answer_that_it_has_nothing_to_do_to(
    qtbot, viewer, panel, monkeypatch
):
    kept, packing = [], []
    keep, pack = ProbabilityMap.keep, PackedMask.of

    def keep_and_tell(self, probability, shape):
        kept.append((probability.dtype, threading.get_ident()))
        return keep(self, probability, shape)

    def pack_and_tell(mask):
        packing.append(threading.get_ident())
        return pack(mask)

    monkeypatch.setattr(ProbabilityMap, "keep", keep_and_tell)
    monkeypatch.setattr(PackedMask, "of", pack_and_tell)
    panel.organ.setCurrentIndex(panel.organ.findData("brain"))
    with qtbot.waitSignal(panel.finished) as finished:
        panel.run(viewer.add_image(speckle(3, 64, 64)))
    assert finished.args == [True]
    assert kept == [(np.float16, threading.get_ident())]
    assert len(packing) == 1
    assert threading.get_ident() not in packing
    labels = viewer.layers.selection.active
    np.testing.assert_array_equal(record_of(labels).first, labels.data)


def test_deleting_the_image_while_it_is_analysed_is_safe(qtbot, viewer, panel, told):
    other = viewer.add_image(speckle(40, 40))
    image = viewer.add_image(speckle(200, 64, 64))
    panel.run(image)
    viewer.layers.remove(image)
    assert not panel.is_working
    qtbot.let_threads_end()
    assert list(viewer.layers) == [other]
    assert told == []


def test_closing_the_panel_while_it_works_is_safe(qtbot, viewer, panel, told):
    image = viewer.add_image(speckle(200, 64, 64))
    panel.run(image)
    viewer.window.remove_dock_widget(panel)
    assert not panel.is_working
    qtbot.let_threads_end()
    assert list(viewer.layers) == [image]
    assert told == []


def test_deleting_everything_while_it_works_is_safe(qtbot, viewer, panel, told):
    viewer.add_image(speckle(200, 64, 64))
    panel.run(viewer.layers[0])
    viewer.layers.clear()
    qtbot.let_threads_end()
    assert panel.ui.layer.layer is None
    assert told == []


def test_closing_napari_while_it_works_is_safe(qtbot, viewer, panel, told):
    panel.run(viewer.add_image(speckle(200, 64, 64)))
    viewer.close()
    qtbot.let_threads_end()
    assert told == []


def test_a_finished_analysis_lets_go_of_its_scan(qtbot, viewer, panel, monkeypatch):
    seen = []

    def remember(layer):
        scan = scan_from_layer(layer)
        seen.append(weakref.ref(scan))
        return scan

    monkeypatch.setattr("napari_multicancer.widgets.analyse.job.scan_from_layer", remember)
    with qtbot.waitSignal(panel.finished):
        panel.run(viewer.add_image(speckle(3, 64, 64)))
    qtbot.let_threads_end()
    gc.collect()
    assert [scan() for scan in seen] == [None]


def test_painting_goes_on_while_the_next_analysis_works(qtbot, viewer, panel, breast, analyse):
    first = analyse(breast)
    with qtbot.waitSignal(panel.finished):
        panel.run(breast)
        first.paint((8, 8), 1)
    assert len(viewer.layers) == 3
    assert first.data[8, 8] == 1
