"""The Prepare tab: before and after of the plane in view, and the result as a layer."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from napari.layers import Image

from napari_multicancer.core.planes.pipeline import (
    FILTERS,
    PREVIEWED,
    PREVIEWED_OF_SLOW,
    filtered_plane,
    previewed,
)
from napari_multicancer.widgets.common.answers import answer_of
from napari_multicancer.widgets.common.layers import geometry
from napari_multicancer.widgets.prepare.layout import READY, READY_MIDDLE
from napari_multicancer.widgets.prepare.panel import CANCELLED, PreparePanel
from napari_multicancer.widgets.prepare.words import STEPS, TIPS

from ..conftest import speckle


@pytest.fixture
def prepare(viewer, qtbot) -> PreparePanel:
    panel = PreparePanel(viewer)
    viewer.window.add_dock_widget(panel)
    return panel


@pytest.fixture
def stack(viewer) -> Image:
    pixels = speckle(4, 40, 50) + np.arange(4, dtype=np.uint8)[:, None, None]
    image = viewer.add_image(pixels, scale=(5, 1, 0.5), name="head")
    viewer.dims.set_point(0, 10)
    return image


def choose(prepare, step, whole=False):
    prepare.ui.step.setCurrentIndex(prepare.ui.step.findData(step))
    prepare.ui.scope.setCurrentIndex(int(whole))


def test_every_step_of_the_pipeline_has_words_and_a_tip():
    assert set(STEPS) == set(TIPS) == set(FILTERS)


def test_the_plane_in_view_is_previewed_off_the_windows_thread(
    qtbot, viewer, stack, prepare, monkeypatch
):
    seen = []

    def note(plane, name):
        seen.append((int(plane[0, 0] - stack.data[0, 0, 0]), name, threading.get_ident()))
        return previewed(plane, name)

    monkeypatch.setattr("napari_multicancer.core.planes.pipeline.previewed", note)
    with qtbot.waitSignal(prepare.previewed):
        choose(prepare, "sobel")
    assert seen[-1][:2] == (2, "sobel")
    assert threading.get_ident() not in {thread for *_, thread in seen}


@pytest.mark.parametrize("whole", [False, True])
def test_the_result_lies_over_the_scan_and_can_be_analyzed(qtbot, viewer, stack, prepare, whole):
    choose(prepare, "median", whole)
    prepare.ui.add.click()
    qtbot.waitUntil(lambda: not prepare.is_working)
    made = viewer.layers[viewer.layers.index(stack) + 1]
    assert made.name == "head, median"
    np.testing.assert_allclose(geometry(made)["scale"], geometry(stack)["scale"])
    for index, plane in enumerate(stack.data):
        expected = filtered_plane(plane, "median") if whole or index == 2 else np.zeros_like(plane)
        np.testing.assert_array_equal(made.data[index], expected)
    prepare.ui.layer.choose(made)
    assert prepare.ui.layer.layer is made


def test_cancel_and_the_scans_end_add_nothing(qtbot, viewer, prepare, told):
    image = viewer.add_image(speckle(200, 64, 64))
    choose(prepare, "non_local_means", whole=True)
    prepare.ui.add.click()
    prepare.ui.cancel.click()
    assert prepare.ui.message.text() == CANCELLED
    assert not prepare.is_working
    prepare.ui.add.click()
    viewer.layers.remove(image)
    assert not prepare.is_working
    qtbot.let_threads_end()
    assert (list(viewer.layers), told) == ([], [])


def test_the_result_is_analyzed_at_one_press(qtbot, viewer, panel):
    panel.organ.setCurrentIndex(panel.organ.findData("breast"))
    image = viewer.add_image(speckle(60, 60), name="breast")
    prepare = panel.ui.tabs.open("Prepare")
    assert not prepare.ui.analyze.isEnabled()
    prepare.apply(image, "median")
    qtbot.waitUntil(lambda: not prepare.is_working)
    with qtbot.waitSignal(panel.finished):
        prepare.ui.analyze.click()
    assert panel.ui.tabs.currentIndex() == 0
    assert panel.ui.layer.layer.name == "breast, median"
    assert answer_of(viewer.layers["breast, median"]) is not None
    assert answer_of(image) is None
    viewer.layers.remove("breast, median")
    assert not prepare.ui.analyze.isEnabled()


def test_of_a_large_plane_the_middle_is_previewed_and_the_panel_says_so(qtbot, viewer, prepare):
    viewer.add_image(speckle(700, 900))
    for step in FILTERS:
        with qtbot.waitSignal(prepare.previewed):
            choose(prepare, step)
            prepare.look()
        said, width = (
            (READY, 900)
            if step == "head"
            else (READY_MIDDLE, PREVIEWED_OF_SLOW.get(step, PREVIEWED))
        )
        assert (prepare.ui.message.text(), prepare.ui.after._picture.width()) == (said, width), step
