"""The choice follows the active image and holds on to the layer, not to its name."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_multicancer.widgets.common.choices import NO_IMAGE, ImageChoice


@pytest.fixture
def model():
    return ViewerModel()


@pytest.fixture
def choice(qtbot, model):
    widget = ImageChoice(model)
    qtbot.addWidget(widget)
    return widget


def picture():
    return np.zeros((20, 20), np.uint8)


def test_without_an_image_it_says_what_to_do(choice):
    assert choice.layer is None
    assert choice.currentText() == NO_IMAGE
    assert not choice.isEnabled()


def test_it_follows_the_active_image_and_keeps_it_when_another_kind_is_active(choice, model):
    first, second = model.add_image(picture(), name="a"), model.add_image(picture(), name="b")
    assert choice.layer is second
    model.layers.selection.active = first
    assert choice.layer is first
    model.add_labels(picture())
    model.add_shapes()
    assert choice.layer is first
    assert choice.currentText() == "a"


def test_it_holds_on_to_a_layer_that_is_renamed_and_moved(choice, model):
    first, second = model.add_image(picture(), name="a"), model.add_image(picture(), name="b")
    model.layers.selection.active = first
    first.name, second.name = "z", "a"
    model.layers.move(0, 2)
    assert choice.layer is first
    assert choice.currentText() == "z"


def test_a_deleted_layer_gives_way_to_another(choice, model):
    first, second = model.add_image(picture(), name="a"), model.add_image(picture(), name="b")
    model.layers.remove(second)
    assert choice.layer is first
    model.layers.remove(first)
    assert choice.layer is None


def test_the_user_may_choose_another_image(qtbot, choice, model):
    first, _ = model.add_image(picture(), name="a"), model.add_image(picture(), name="b")
    with qtbot.waitSignal(choice.layer_changed) as changed:
        choice.activated.emit(choice.findText("a"))
    assert changed.args == [first]
    assert choice.layer is first
