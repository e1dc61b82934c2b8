"""The models chosen in the panel answer the tools, too; a box and its map stay consistent."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest
from napari.layers import Labels
from qtpy.QtCore import Qt

from napari_multicancer.core.analysis import analyze as analysis
from napari_multicancer.core.analysis import box as region_analysis
from napari_multicancer.core.analysis import explanation
from napari_multicancer.core.models import cards as registry
from napari_multicancer.core.models.runtime import load_model, unload_models
from napari_multicancer.training.export.cards import write_card
from napari_multicancer.widgets.common.model_choice import chosen_models
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.explain.layers import KINDS

from ..conftest import weights_copy


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Give a second model for the breast, "own", and the names of the models that are asked."""
    folder = weights_copy(tmp_path / "weights")
    card = tomllib.loads((folder / "breast.toml").read_text("utf-8"))
    write_card(card | {"name": "own", "default": False}, folder / "own.toml")
    monkeypatch.setenv(registry.WEIGHTS_VARIABLE, str(folder))
    registry.forget_models()
    names = []
    for module in (analysis, explanation, region_analysis):
        monkeypatch.setattr(
            module,
            "load_model",
            lambda card, **how: (names.append(card.name), load_model(card, **how))[1],
        )
    yield names
    registry.forget_models()
    unload_models()


@pytest.fixture
def panel(asked, panel):
    panel.organ.setCurrentIndex(panel.organ.findData("breast"))
    return panel


def choose(panel, name):
    combo = panel.ui.models._combos["breast"]
    combo.setCurrentIndex(combo.findData(name))


@pytest.fixture
def own(viewer, breast):
    labels = Labels(np.zeros(breast.data.shape[:2], np.uint8), name="own")
    viewer.add_layer(labels)
    return labels


def press(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("docked", ["tab", "dock"])
def test_the_map_and_the_box_come_from_the_model_chosen_in_the_panel(
    qtbot, viewer, panel, asked, own, docked
):
    if docked == "tab":
        panel.ui.tabs.setCurrentIndex(1)
        correction = panel.ui.tabs.page(1)
    else:
        correction = viewer.window.add_plugin_dock_widget("napari-multicancer", "Correct a mask")[1]
    choose(panel, "own")
    assert chosen_models(correction)["breast"] == "own"
    with qtbot.waitSignal(correction._actions.map_found):
        correction.ui.threshold.map_wanted.emit()
    assert set(asked) == {"recognizer", "own"}
    asked.clear()
    height, width = own.data.shape
    viewer.add_shapes([np.array([[0, 0], [0, width], [height, width], [height, 0]], float)])
    with qtbot.waitSignal(correction.corrected):
        correction.segment_in_box()
    assert set(asked) == {"recognizer", "own"}


def test_without_a_panel_the_default_models_answer(qtbot, viewer):
    correction = viewer.window.add_plugin_dock_widget("napari-multicancer", "Correct a mask")[1]
    assert chosen_models(correction) == {}


def test_another_model_is_asked_anew_why(qtbot, viewer, panel, asked, breast):
    panel.ui.tabs.setCurrentIndex(3)
    why = panel.ui.tabs.page(3)

    def look(kind):
        asked.clear()
        why.buttons[kind].click()
        qtbot.waitUntil(lambda: not why._job.is_running)

    look(KINDS[1])
    assert set(asked) == {"breast"}
    look(KINDS[2])
    assert asked == []
    choose(panel, "own")
    look(KINDS[0])
    assert set(asked) == {"own"}
    assert sum(layer.name.startswith(f"{breast.name}:") for layer in viewer.layers) == len(KINDS)


def test_after_a_box_the_slider_cuts_what_the_network_said_of_it(qtbot, viewer, panel, own, breast):
    panel.ui.tabs.setCurrentIndex(1)
    correction = panel.ui.tabs.page(1)
    record_of(own).keep_probability(np.full(own.data.shape, 0.99))
    height, width = own.data.shape
    box = np.array([[0, 0], [0, width // 2], [height, width // 2], [height, 0]], float)
    viewer.add_shapes([box], shape_type="rectangle")
    with qtbot.waitSignal(correction.corrected):
        correction.segment_in_box()
    known = record_of(own).probability
    assert (known[:, width // 2 + 1 :] > 0.98).all()
    inside = known[:, : width // 2]
    assert inside.min() < 0.1
    assert (inside[own.data[:, : width // 2] > 0] >= 0.3).all()
    correction._recut.cut(own, 0.5)
    np.testing.assert_array_equal(own.data > 0, known >= 0.5)


@pytest.fixture
def stack():
    return Labels(np.zeros((3, 4, 5), np.uint8))


def test_a_box_is_laid_into_the_map_that_is_there(stack):
    record_of(stack).keep_probability(np.full((3, 4, 5), 0.25))
    record_of(stack).keep_box((1, slice(0, 2), slice(3, 5)), np.full((2, 2), 0.75))
    expected = np.full((3, 4, 5), 0.25)
    expected[1, :2, 3:] = 0.75
    np.testing.assert_array_equal(record_of(stack).probability, expected)


def test_a_box_waits_for_the_map_but_not_for_that_of_another_analysis(stack):
    where, values = (slice(None), slice(0, 1), slice(0, 1)), np.full((3, 1, 1), 0.75)
    record_of(stack).keep_box(where, values)
    assert record_of(stack).probability is None
    record_of(stack).complete_probability(np.zeros((3, 4, 5)))
    assert record_of(stack).probability[:, 0, 0].tolist() == [0.75] * 3
    assert np.count_nonzero(record_of(stack).probability) == 3

    other = Labels(np.zeros((3, 4, 5), np.uint8))
    record_of(other).keep_box(where, values)
    record_of(other).keep_probability(np.zeros((3, 4, 5)))
    record_of(other).complete_probability(np.zeros((3, 4, 5)))
    assert not record_of(other).probability.any()


def test_a_box_of_other_data_is_left_out(stack):
    record_of(stack).keep_box((0, slice(3, 4), slice(4, 5)), np.ones((1, 1)))
    stack.data = np.zeros((2, 2, 2), np.uint8)
    record_of(stack).complete_probability(np.zeros((2, 2, 2)))
    assert not record_of(stack).probability.any()
