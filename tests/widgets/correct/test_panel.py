"""The correction panel in a real viewer: each tool one step of undo, whatever goes wrong."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import dask.array
import numpy as np
import pytest
from app_model.types import KeyBinding
from napari.layers import Labels
from qtpy.QtCore import Qt

from napari_multicancer.core.words import counted
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.correct import runner as correction_runner
from napari_multicancer.widgets.correct.actions import ROLLED
from napari_multicancer.widgets.correct.panel import CANCELLED, NO_MASK, TOOLS
from napari_multicancer.widgets.correct.tools import FILL


@pytest.fixture
def correction(viewer):
    return viewer.window.add_plugin_dock_widget("napari-multicancer", "Correct a mask")[1]


@pytest.fixture
def picture(viewer):
    """A mask with a block of 6 x 6, a hole in it, and a speck of 2 x 2."""
    pixels = np.zeros((40, 50), np.uint8)
    pixels[10:16, 10:16] = 1
    pixels[12, 12] = 0
    pixels[30:32, 40:42] = 1
    return viewer.add_labels(pixels, name="mask")


@pytest.fixture
def stack(viewer):
    pixels = np.zeros((5, 40, 50), np.uint8)
    pixels[[0, 1, 4], 10:16, 10:16] = 1
    layer = viewer.add_labels(pixels, name="stack")
    viewer.dims.set_point(0, 1)
    return layer


def press(qtbot, button):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def press_tool(qtbot, correction, name):
    press(qtbot, correction.ui.buttons[name])


def use_tool(qtbot, correction, name):
    """Press a tool's button, and wait where a thread does it."""
    press_tool(qtbot, correction, name)
    qtbot.waitUntil(lambda: not correction.is_working)


def click(viewer, *position, dragged=False):
    """Let the viewer's callbacks see a press on the canvas, as napari itself does."""
    event = SimpleNamespace(type="mouse_press", position=position)
    generator = viewer.mouse_drag_callbacks[-1](viewer, event)
    next(generator)
    if dragged:
        event.type = "mouse_move"
        next(generator)
    event.type = "mouse_release"
    next(generator, None)


def test_every_tool_changes_the_mask_and_one_undo_takes_it_back(
    qtbot, viewer, picture, correction, told
):
    rng = np.random.default_rng(0)
    image = viewer.add_image(rng.integers(0, 60, (40, 50)).astype(np.uint8))
    image.data[9:18, 9:18] += 150
    viewer.layers.selection.active = picture
    start = picture.data.copy()
    for name in ("smooth", "snap", "grow", "shrink", "fill", "keep_largest"):
        use_tool(qtbot, correction, name)
        changed = picture.data.copy()
        assert told == []
        assert (changed != start).any(), name
        number = counted(np.count_nonzero(changed != start), "pixel")
        assert f"{number} changed" in correction.ui.message.text()
        picture.undo()
        np.testing.assert_array_equal(picture.data, start, err_msg=name)
        picture.redo()
        np.testing.assert_array_equal(picture.data, changed, err_msg=name)
        picture.undo()


def test_every_tool_has_a_button_that_says_its_key(correction):
    for tool in TOOLS:
        button = correction.ui.buttons[tool.name]
        assert f"Shift+{tool.key[-1]}" in button.toolTip()
        assert button.text().endswith(f"⇧{tool.key[-1]}")


def test_a_key_uses_its_tool_and_a_closed_panel_gives_the_keys_back(viewer, picture, correction):
    fill = KeyBinding.from_str("Shift-H")
    viewer.keymap[fill](viewer)
    assert picture.data[12, 12] == 1
    viewer.window.remove_dock_widget(correction)
    assert fill not in viewer.keymap


def test_the_plane_in_view_alone_or_the_whole_stack(qtbot, viewer, stack, correction):
    stack.data[[0, 1, 4], 12, 12] = 0
    press_tool(qtbot, correction, "fill")
    assert stack.data[[0, 1, 4], 12, 12].tolist() == [0, 1, 0]
    correction.ui.scope.setCurrentIndex(1)
    press_tool(qtbot, correction, "fill")
    assert stack.data[[0, 1, 4], 12, 12].tolist() == [1, 1, 1]
    stack.undo()
    assert stack.data[[0, 1, 4], 12, 12].tolist() == [0, 1, 0]


def test_a_thread_does_the_same_and_deleting_the_layer_stops_it(
    qtbot, viewer, stack, correction, monkeypatch
):
    monkeypatch.setattr(correction_runner, "AT_ONCE", 0)
    stack.data[1, 12, 12] = 0
    with qtbot.waitSignal(correction.corrected) as corrected:
        press_tool(qtbot, correction, "fill")
        assert correction.is_working
    assert corrected.args == [stack, FILL, 1]
    assert not correction.is_working
    stack.undo()
    press_tool(qtbot, correction, "fill")
    viewer.layers.remove(stack)
    assert not correction.is_working
    assert correction.labels is None
    assert not correction.ui.buttons["fill"].isEnabled()


def test_snapping_a_single_plane_is_off_the_windows_thread(
    qtbot, viewer, picture, correction, monkeypatch
):
    viewer.add_image(np.random.default_rng(0).integers(0, 60, (40, 50)).astype(np.uint8))
    threads = []

    def snap(mask, *_, **__):
        threads.append(threading.get_ident())
        return mask

    monkeypatch.setattr("napari_multicancer.core.masks.edges.snap_to_edges", snap)
    viewer.layers.selection.active = picture
    use_tool(qtbot, correction, "snap")
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_the_panels_line_says_what_goes_on_and_what_went_wrong(
    qtbot, picture, correction, told, monkeypatch
):
    line = correction.ui.message
    press_tool(qtbot, correction, "fill")
    assert line.text() == "Fill holes: 1 pixel changed."
    picture.selected_label = 9
    press_tool(qtbot, correction, "grow")
    assert line.text() == told[-1]
    assert "Nothing is outlined with label 9" in line.text()
    picture.selected_label = 1
    monkeypatch.setattr(correction_runner, "AT_ONCE", 0)
    press_tool(qtbot, correction, "grow")
    assert line.text() == "Grow: working..."
    press(qtbot, correction.ui.cancel)
    assert line.text() == CANCELLED


def test_the_line_and_the_slider_follow_undo_and_redo(viewer, picture, correction):
    record_of(picture).keep_probability(ramp(picture.data.shape))
    slider, line = correction.ui.threshold.slider, correction.ui.message
    slider.sliderPressed.emit()
    slider.setValue(80)
    slider.sliderReleased.emit()
    slider.setValue(30)
    picture.undo()
    assert slider.value() == 80
    assert line.text() == "Undone: Threshold."
    picture.undo()
    assert slider.value() == 50
    picture.redo()
    assert slider.value() == 80
    assert line.text() == "Done again: Threshold."
    picture.paint((2, 2), 2)
    picture.undo()
    assert slider.value() == 80
    assert line.text().startswith("Undone: ")


def test_the_slider_follows_undo_over_a_whole_stack(viewer, stack, correction):
    record_of(stack).keep_probability(ramp(stack.data.shape))
    correction.ui.scope.setCurrentIndex(1)
    slider = correction.ui.threshold.slider
    for percent in (70, 40):
        slider.sliderPressed.emit()
        slider.setValue(percent)
        slider.sliderReleased.emit()
    stack.undo()
    assert slider.value() == 70
    stack.undo()
    assert slider.value() == 50


def test_each_mask_has_its_own_place_of_the_slider(viewer, picture, stack, correction):
    record_of(picture).keep_probability(ramp(picture.data.shape))
    slider = correction.ui.threshold.slider
    viewer.layers.selection.active = picture
    slider.setValue(80)
    viewer.layers.selection.active = stack
    assert slider.value() == 50
    viewer.layers.selection.active = picture
    assert slider.value() == 80


def test_on_rolled_axes_the_tools_work_on_the_planes_in_view(qtbot, viewer, stack, correction):
    viewer.dims.order = (1, 0, 2)
    viewer.dims.set_point(1, 12)
    start = stack.data.copy()
    press_tool(qtbot, correction, "grow")
    changed = np.argwhere(stack.data != start)
    assert len(changed)
    assert set(changed[:, 1]) == {12}
    stack.undo()
    press_tool(qtbot, correction, "copy_next")
    np.testing.assert_array_equal(stack.data[:, 13], start[:, 12])
    assert viewer.dims.current_step[1] == 13


def test_the_models_box_on_rolled_axes_is_one_sentence(qtbot, viewer, stack, correction, told):
    viewer.dims.order = (1, 0, 2)
    press(qtbot, correction.ui.box)
    assert told == [ROLLED]


def test_cancel_changes_nothing(qtbot, stack, correction, monkeypatch):
    monkeypatch.setattr(correction_runner, "AT_ONCE", 0)
    start = stack.data.copy()
    press_tool(qtbot, correction, "grow")
    press(qtbot, correction.ui.cancel)
    assert not correction.is_working
    assert correction.ui.cancel.isHidden()
    np.testing.assert_array_equal(stack.data, start)


def test_copying_shows_the_next_plane_and_interpolating_fills_the_gap(
    qtbot, viewer, stack, correction
):
    press_tool(qtbot, correction, "copy_next")
    assert viewer.dims.current_step[0] == 2
    np.testing.assert_array_equal(stack.data[2], stack.data[1])
    press_tool(qtbot, correction, "interpolate")
    assert stack.data[3].sum() == 36


def test_clicking_keeps_or_removes_a_region(qtbot, viewer, picture, correction):
    picture.mode = "paint"
    press(qtbot, correction.ui.remove_clicked)
    assert picture.mode == "pan_zoom"
    click(viewer, 31.0, 41.0, dragged=True)
    assert correction.ui.remove_clicked.isChecked()
    click(viewer, 31.0, 41.0)
    assert picture.data[30:32, 40:42].sum() == 0
    assert picture.data.sum() == 35
    assert picture.mode == "paint"
    assert not correction.ui.remove_clicked.isChecked()
    picture.undo()
    press(qtbot, correction.ui.keep_clicked)
    click(viewer, 31.0, 41.0)
    assert picture.data.sum() == 4


def test_escape_another_tool_or_the_layers_end_leave_the_click_mode(
    qtbot, viewer, picture, correction
):
    escape = KeyBinding.from_str("Escape")
    naparis = list(viewer.mouse_drag_callbacks)
    press(qtbot, correction.ui.keep_clicked)
    picture.keymap[escape](picture)
    assert escape not in picture.keymap
    assert viewer.mouse_drag_callbacks == naparis
    press(qtbot, correction.ui.keep_clicked)
    picture.mode = "erase"
    assert viewer.mouse_drag_callbacks == naparis
    assert picture.mode == "erase"
    press(qtbot, correction.ui.keep_clicked)
    viewer.layers.remove(picture)
    assert viewer.mouse_drag_callbacks == naparis
    assert not correction.ui.keep_clicked.isChecked()


def test_clicking_beside_a_region_is_one_sentence(qtbot, viewer, picture, correction, told):
    for position, says in (((0.0, 0.0), "no region"), ((-9.0, 0.0), "outside the picture")):
        told.clear()
        press(qtbot, correction.ui.keep_clicked)
        click(viewer, *position)
        assert len(told) == 1
        assert says in told[0]


def ramp(shape):
    return np.broadcast_to(np.linspace(0, 1, shape[-1]), shape)


def test_a_drag_of_the_threshold_is_live_and_one_step(viewer, picture, correction):
    record_of(picture).keep_probability(ramp(picture.data.shape))
    correction._refresh()
    start = picture.data.copy()
    slider = correction.ui.threshold.slider
    assert not slider.isHidden()
    slider.sliderPressed.emit()
    for percent in (80, 20, 60):
        slider.setValue(percent)
        np.testing.assert_array_equal(picture.data > 0, ramp(picture.data.shape) >= percent / 100)
    slider.sliderReleased.emit()
    picture.undo()
    np.testing.assert_array_equal(picture.data, start)
    slider.setValue(90)
    slider.setValue(80)
    picture.undo()
    np.testing.assert_array_equal(picture.data > 0, ramp(picture.data.shape) >= 0.9)


@pytest.mark.parametrize("kept", [np.asarray, dask.array.from_array], ids=["memory", "disk"])
def test_the_threshold_cuts_the_whole_stack_in_one_step(viewer, stack, correction, kept):
    record_of(stack).keep_probability(kept(ramp(stack.data.shape)))
    correction._refresh()
    correction.ui.scope.setCurrentIndex(1)
    stack.data_setitem((np.array([3]), np.array([0]), np.array([0])), 2)
    start = stack.data.copy()
    slider = correction.ui.threshold.slider
    slider.sliderPressed.emit()
    slider.setValue(70)
    assert (stack.data[1] > 0).sum() == (ramp((40, 50)) >= 0.7).sum()
    np.testing.assert_array_equal(stack.data[2], start[2])
    slider.sliderReleased.emit()
    assert ((stack.data == 1) == (ramp(stack.data.shape) >= 0.7)).all()
    stack.undo()
    np.testing.assert_array_equal(stack.data, start)
    stack.undo()
    assert stack.data[3, 0, 0] == 0


def test_a_layer_deleted_in_a_drag_does_no_harm(viewer, picture, correction, told):
    record_of(picture).keep_probability(ramp(picture.data.shape))
    correction._refresh()
    slider = correction.ui.threshold.slider
    slider.sliderPressed.emit()
    slider.setValue(80)
    viewer.layers.remove(picture)
    slider.setValue(70)
    slider.sliderReleased.emit()
    assert set(told) <= {NO_MASK}


def test_the_map_is_found_on_demand(qtbot, viewer, breast, correction):
    labels = Labels(np.zeros(breast.data.shape[:2], np.uint8), name="own")
    viewer.add_layer(labels)
    with qtbot.waitSignal(correction._actions.map_found):
        press(qtbot, correction.ui.threshold.button)
    assert record_of(labels).probability.shape == labels.data.shape
    correction.ui.threshold.slider.setValue(40)
    np.testing.assert_array_equal(labels.data[record_of(labels).probability >= 0.4], 1)
    assert labels.data.any()


@pytest.fixture
def own(viewer, breast):
    """An empty mask over a shipped breast ultrasound."""
    return viewer.add_labels(np.zeros(breast.data.shape[:2], np.uint8), name="own")


def draw(viewer, top, left, bottom, right):
    corners = [[top, left], [top, right], [bottom, right], [bottom, left]]
    return viewer.add_shapes([np.array(corners, float)], shape_type="rectangle", name="Box")


def test_a_rectangle_of_a_shapes_layer_is_a_box_as_well(qtbot, viewer, own, correction, told):
    height, width = own.data.shape
    draw(viewer, 0, 0, height, width)
    assert correction.labels is own
    with qtbot.waitSignal(correction.corrected) as corrected:
        press(qtbot, correction.ui.box)
    assert corrected.args[2] == np.count_nonzero(own.data) > 0
    own.undo()
    assert not own.data.any()


def test_a_box_outside_the_image_is_one_sentence(qtbot, viewer, own, correction, told):
    draw(viewer, -90, -90, -20, -20)
    told.clear()
    press(qtbot, correction.ui.box)
    assert told == ["The box holds no pixel of the picture: draw it over the scan."]


def test_a_box_on_another_plane_is_one_sentence(qtbot, viewer, stack, correction, told):
    viewer.add_image(np.random.default_rng(0).integers(0, 255, (5, 40, 50)).astype(np.uint8))
    corners = [[3, 5, 5], [3, 5, 20], [3, 20, 20], [3, 20, 5]]
    viewer.add_shapes([np.array(corners, float)], shape_type="rectangle")
    viewer.dims.set_point(0, 1)
    told.clear()
    press(qtbot, correction.ui.box)
    assert told == ["The box lies on plane 3 and you see plane 1: go there, or draw a box here."]
    assert not correction.is_working


def test_an_absent_label_is_one_sentence(qtbot, picture, correction, told):
    picture.selected_label = 9
    press_tool(qtbot, correction, "smooth")
    assert told == [
        "Nothing is outlined with label 9: paint something first, or choose another label."
    ]


def test_500_labels_are_corrected_one_by_one(qtbot, viewer, correction):
    pixels = np.zeros((100, 100), np.uint16)
    rows, columns = np.divmod(np.arange(500), 25)
    pixels[5 * rows, 4 * columns] = np.arange(1, 501)
    labels = viewer.add_labels(pixels)
    labels.selected_label = 500
    press_tool(qtbot, correction, "grow")
    assert np.array_equal(np.unique(labels.data), np.arange(501))
    assert (labels.data == 500).sum() > 1
    assert (labels.data == 499).sum() == 1


def test_no_mask_at_all_disables_the_tools(viewer, correction, told):
    assert not any(button.isEnabled() for button in correction.ui.buttons.values())
    viewer.keymap[KeyBinding.from_str("Shift-S")](viewer)
    assert told == [NO_MASK]
