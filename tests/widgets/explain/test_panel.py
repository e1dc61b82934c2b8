"""See why: maps over the scan, one button each."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_multicancer.widgets.common.layers import geometry
from napari_multicancer.widgets.explain.layers import KINDS
from napari_multicancer.widgets.explain.panel import HINT, ExplainPanel

from ..conftest import speckle

SPEAKS, PROBABLE, UNSURE = KINDS


@pytest.fixture
def explain(viewer, qtbot) -> ExplainPanel:
    panel = ExplainPanel(viewer, organ=lambda image: "breast")
    viewer.window.add_dock_widget(panel)
    return panel


def wait(qtbot, panel):
    qtbot.waitUntil(lambda: not panel._job.is_running)


def maps(viewer):
    return [layer for layer in viewer.layers if isinstance(layer, Image)][1:]


def test_each_button_shows_and_hides_its_map_over_the_scan(viewer, qtbot, breast, explain):
    breast.scale = (0.3, 0.2)
    breast.translate = (5, 7)
    for kind in KINDS:
        explain.buttons[kind].click()
        wait(qtbot, explain)
        (shown,) = maps(viewer)
        assert shown.data.shape == breast.data.shape[:2]
        np.testing.assert_allclose(shown.extent.world, breast.extent.world)
        assert viewer.layers.selection.active is breast
        explain.buttons[kind].click()
        assert maps(viewer) == []


def test_a_map_that_is_shown_has_a_legend_of_its_colors(viewer, qtbot, breast, explain):
    explain.buttons[PROBABLE].click()
    assert explain.legends[PROBABLE].isHidden()
    wait(qtbot, explain)
    assert not explain.legends[PROBABLE].isHidden()
    assert explain.legends[SPEAKS].isHidden()
    assert "0 % to 100 %" in explain.legends[PROBABLE].accessibleName()
    explain.buttons[PROBABLE].click()
    assert explain.legends[PROBABLE].isHidden()


def test_cancel_ends_the_looking_and_shows_nothing(viewer, qtbot, told, explain):
    viewer.add_image(speckle(200, 64, 64))
    assert explain.stop.isHidden()
    explain.buttons[SPEAKS].click()
    assert not explain.stop.isHidden()
    explain.stop.click()
    assert not explain._job.is_running
    assert explain.stop.isHidden()
    assert not explain.buttons[SPEAKS].isChecked()
    qtbot.let_threads_end()
    assert (maps(viewer), told) == ([], [])


def test_two_maps_asked_for_in_haste_both_come(viewer, qtbot, breast, explain):
    explain.buttons[SPEAKS].click()
    explain.buttons[UNSURE].click()
    wait(qtbot, explain)
    assert len(maps(viewer)) == 2
    assert not explain.buttons[PROBABLE].isChecked()


def test_a_stack_has_maps_of_its_shape(viewer, qtbot, explain):
    image = viewer.add_image(speckle(4, 70, 90), scale=(5, 1, 1))
    explain.buttons[PROBABLE].click()
    wait(qtbot, explain)
    (shown,) = maps(viewer)
    assert shown.data.shape == image.data.shape
    np.testing.assert_allclose(geometry(shown)["scale"], (5, 1, 1))


def test_the_maps_of_a_long_stack_are_made_where_they_are_looked_at(
    viewer, qtbot, explain, monkeypatch
):
    monkeypatch.setattr("napari_multicancer.core.analysis.explanation.LARGEST_MAPS", 0)
    image = viewer.add_image(speckle(4, 70, 90))
    for kind in KINDS:
        explain.buttons[kind].click()
    wait(qtbot, explain)
    assert len(maps(viewer)) == len(KINDS)
    for shown in maps(viewer):
        assert shown.data.shape == image.data.shape
        assert shown.data.chunks == ((1,) * 4, (70,), (90,))
        assert np.isfinite(np.asarray(shown.data[2])).all()


def test_a_map_that_is_deleted_lets_its_button_go(viewer, qtbot, breast, explain):
    explain.buttons[SPEAKS].click()
    wait(qtbot, explain)
    viewer.layers.remove(maps(viewer)[0])
    assert not explain.buttons[SPEAKS].isChecked()
    explain.buttons[SPEAKS].click()
    assert len(maps(viewer)) == 1


def test_deleting_the_scan_while_it_is_explained_does_no_harm(viewer, qtbot, breast, told, explain):
    explain.buttons[SPEAKS].click()
    viewer.layers.remove(breast)
    wait(qtbot, explain)
    assert (list(viewer.layers), told) == ([], [])
    assert explain.text.text() == HINT


def test_a_scan_without_an_answer_says_so(viewer, qtbot, told):
    viewer.add_image(np.random.default_rng(0).normal(size=(64, 64)))
    panel = ExplainPanel(viewer)
    qtbot.addWidget(panel)
    panel.buttons[SPEAKS].click()
    wait(qtbot, panel)
    assert len(told) == 1
    assert "has no answer to explain" in told[0]
    assert not panel.buttons[SPEAKS].isChecked()


def test_a_map_is_no_scan_to_analyse(viewer, qtbot, breast, explain):
    explain.buttons[SPEAKS].click()
    wait(qtbot, explain)
    viewer.layers.selection.active = maps(viewer)[0]
    assert explain.layer.layer is breast
    assert explain.layer.count() == 1
