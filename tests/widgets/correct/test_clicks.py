"""Clicks in a real viewer, by real mouse and keys; to their tiny network bright is lesion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from napari.layers import Labels
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor

from napari_multicancer.widgets.correct.drawing import ADDED
from napari_multicancer.widgets.correct.panel import CorrectionPanel

from .mouse import ALT, SHIFT, click, drag, press_key, redo, right_click, show, undo

SPOT, OTHER = (slice(40, 60), slice(50, 80)), (slice(90, 110), slice(20, 40))
IN_SPOT, IN_OTHER, IN_DARK = (50, 65), (100, 30), (20, 100)


def picture() -> np.ndarray:
    pixels = np.random.default_rng(0).integers(20, 60, (128, 120)).astype(np.uint8)
    pixels[SPOT] = pixels[OTHER] = 250
    return pixels


@pytest.fixture
def correction(viewer, bright_clicks) -> CorrectionPanel:
    return viewer.window.add_plugin_dock_widget("napari-multicancer", "Correct a mask")[1]


@pytest.fixture
def image(viewer):
    return viewer.add_image(picture(), name="spots")


@pytest.fixture
def labels(viewer, image) -> Labels:
    layer = viewer.add_labels(np.zeros((128, 120), np.uint8), name="mine")
    show(viewer)
    return layer


def start(qtbot, correction) -> None:
    qtbot.mouseClick(correction.ui.click, Qt.MouseButton.LeftButton)
    assert correction.clicks.is_on, correction.ui.message.text()


def wait(qtbot, correction) -> None:
    qtbot.waitUntil(lambda: not correction.is_working)


def clicked(qtbot, viewer, correction, point, **options) -> None:
    click(viewer, point, **options)
    wait(qtbot, correction)


def test_a_click_adds_a_second_one_removes_and_undo_takes_their_marks_along(
    qtbot, viewer, labels, correction
):
    labels.data[5:15, 5:15] = 1
    start(qtbot, correction)
    clicked(qtbot, viewer, correction, IN_SPOT)
    assert labels.data[SPOT].mean() > 0.85
    assert not labels.data[OTHER].any()
    assert "Added" in correction.ui.message.text()
    clicked(qtbot, viewer, correction, (10, 10))
    assert not labels.data[5:15, 5:15].any()
    assert labels.data[SPOT].mean() > 0.85
    assert [one.positive for one in correction.clicks.marks(labels)] == [True, False]
    undo(viewer)
    assert labels.data[5:15, 5:15].all()
    assert [one.positive for one in correction.clicks.marks(labels)] == [True]
    undo(viewer)
    assert not labels.data[SPOT].any()
    assert correction.clicks.marks(labels) == ()
    redo(viewer)
    assert labels.data[SPOT].mean() > 0.85
    assert len(correction.clicks.marks(labels)) == 1


def test_a_right_click_takes_that_click_alone_back_and_is_one_step_of_undo(
    qtbot, viewer, labels, correction
):
    start(qtbot, correction)
    clicked(qtbot, viewer, correction, IN_SPOT)
    clicked(qtbot, viewer, correction, IN_OTHER)
    both = labels.data.copy()
    right_click(viewer, IN_SPOT)
    wait(qtbot, correction)
    assert not labels.data[SPOT].any()
    assert labels.data[OTHER].mean() > 0.85
    assert len(correction.clicks.marks(labels)) == 1
    right_click(viewer, IN_DARK)
    assert len(correction.clicks.marks(labels)) == 1
    undo(viewer)
    np.testing.assert_array_equal(labels.data, both)
    assert len(correction.clicks.marks(labels)) == 2


def test_shift_forces_adding_and_alt_removing(qtbot, viewer, labels, correction):
    labels.data[SPOT] = 1
    start(qtbot, correction)
    clicked(qtbot, viewer, correction, IN_SPOT, keys=SHIFT)
    assert labels.data[IN_SPOT] == 1
    clicked(qtbot, viewer, correction, (95, 100), keys=ALT)
    assert not labels.data[95, 100]
    assert correction.ui.message.text() == (
        "Nothing has changed there: the mask is already as the click asks."
    )


def test_a_drag_is_a_stroke_and_does_not_move_the_camera(qtbot, viewer, labels, correction):
    start(qtbot, correction)
    center = viewer.scene.camera.center
    drag(viewer, (50, 55), (50, 75))
    qtbot.waitUntil(lambda: len(correction.clicks.marks(labels)) == 1)
    wait(qtbot, correction)
    (stroke,) = correction.clicks.marks(labels)
    assert len(stroke.points) > 2
    assert labels.data[50, 55:75].all()
    assert viewer.scene.camera.center == center


def test_space_pans_and_then_clicks_go_on(qtbot, viewer, labels, correction):
    start(qtbot, correction)
    labels.mode = "pan_zoom"
    click(viewer, IN_SPOT)
    assert not correction.is_working
    assert correction.clicks.is_on
    labels.mode = "pick"
    clicked(qtbot, viewer, correction, IN_SPOT)
    assert labels.data[SPOT].mean() > 0.85
    assert labels.selected_label == 1


def test_escape_ends_it_and_gives_the_brush_back_and_the_key_starts_it(
    qtbot, viewer, labels, correction
):
    labels.mode = "paint"
    press_key(viewer, Qt.Key.Key_A, SHIFT)
    assert correction.clicks.is_on
    press_key(viewer, Qt.Key.Key_Escape)
    assert not correction.clicks.is_on
    assert not correction.ui.click.isChecked()
    assert str(labels.mode) == "paint"


def marked(pixels: np.ndarray) -> np.ndarray:
    """Find the color of marks that add in a picture of the canvas."""
    added = np.array(QColor(ADDED).getRgb()[:3])
    return (np.abs(pixels[..., :3].astype(int) - added) < 12).all(-1)


def test_a_hidden_mask_is_a_sentence(qtbot, viewer, labels, correction):
    labels.visible = False
    qtbot.mouseClick(correction.ui.click, Qt.MouseButton.LeftButton)
    assert not correction.clicks.is_on
    assert "hidden" in correction.ui.message.text()


def test_marks_are_no_layer_and_follow_the_plane(qtbot, viewer, correction):
    viewer.add_image(np.stack([picture()] * 4))
    labels = viewer.add_labels(np.zeros((4, 128, 120), np.uint8))
    show(viewer)
    viewer.dims.set_point(0, 1)
    start(qtbot, correction)
    n_layers = len(viewer.layers)
    clicked(qtbot, viewer, correction, (1, *IN_SPOT))
    assert len(viewer.layers) == n_layers
    assert labels.data[1][SPOT].mean() > 0.85
    assert not labels.data[[0, 2, 3]].any()
    assert marked(viewer.screenshot(canvas_only=True, flash=False)).any()
    viewer.dims.set_point(0, 2)
    assert not marked(viewer.screenshot(canvas_only=True, flash=False)).any()
    viewer.dims.set_point(0, 1)
    assert marked(viewer.screenshot(canvas_only=True, flash=False)).any()
    correction.clicks.leave()
    assert not marked(viewer.screenshot(canvas_only=True, flash=False)).any()


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 0, 1), (0, 2, 1)])
def test_rolled_axes_and_any_voxel_size(qtbot, viewer, correction, order):
    pixels = np.full((40, 44, 48), 30, np.uint8)
    pixels[10:30, 12:32, 14:34] = 250
    keywords = {"scale": (3.0, 0.5, 1.5), "translate": (7, -3, 2), "units": ("mm",) * 3}
    viewer.add_image(pixels, **keywords)
    labels = viewer.add_labels(np.zeros_like(pixels), **keywords)
    viewer.dims.order = order
    show(viewer)
    middle = labels.data_to_world((20, 22, 24))
    viewer.dims.point = middle
    start(qtbot, correction)
    clicked(qtbot, viewer, correction, [middle[axis] for axis in viewer.dims.displayed])
    assert labels.data[20, 22, 24] == 1, correction.ui.message.text()
    seen = np.moveaxis(labels.data, order[0], 0)[(20, 22, 24)[order[0]]]
    truth = np.moveaxis(pixels, order[0], 0)[(20, 22, 24)[order[0]]] > 100
    assert (seen[truth] == 1).mean() > 0.8
    assert np.count_nonzero(labels.data) == np.count_nonzero(seen)
    assert len(correction.clicks.marks(labels)) == 1


def test_rgb_and_a_scan_without_any_mask(qtbot, viewer, correction):
    viewer.add_image(np.repeat(picture()[..., None], 3, -1), rgb=True, name="color")
    show(viewer)
    start(qtbot, correction)
    clicked(qtbot, viewer, correction, IN_SPOT)
    labels = viewer.layers.selection.active
    assert isinstance(labels, Labels)
    assert labels.data[SPOT].mean() > 0.85


def test_what_was_painted_by_hand_stays_and_other_labels_are_not_touched(
    qtbot, viewer, labels, correction
):
    labels.data[40:60, 70:80] = 2
    start(qtbot, correction)
    clicked(qtbot, viewer, correction, (50, 55))
    assert (labels.data[40:60, 70:80] == 2).all()
    hole = (slice(44, 48), slice(60, 64))
    labels.data_setitem(tuple(axis.ravel() for axis in np.mgrid[hole]), 0)
    clicked(qtbot, viewer, correction, (58, 52))
    clicked(qtbot, viewer, correction, IN_OTHER)
    assert not labels.data[hole].any()
    right_click(viewer, (50, 55))
    wait(qtbot, correction)
    assert not labels.data[hole].any()


def test_many_clicks_at_once_all_count_and_nothing_waits_for_ever(
    qtbot, viewer, labels, correction
):
    start(qtbot, correction)
    for column in range(52, 78):
        click(viewer, (50, column))
    click(viewer, IN_OTHER)
    wait(qtbot, correction)
    assert labels.data[OTHER].mean() > 0.85
    assert len(correction.clicks.marks(labels)) > 2
    while correction.clicks.marks(labels):
        undo(viewer)
    assert not labels.data.any()


def test_what_a_click_could_not_do_is_said_in_the_panels_line(
    qtbot, viewer, labels, correction, told, monkeypatch
):
    from napari_multicancer.core.analysis import clicks as core_clicks

    start(qtbot, correction)
    told.clear()
    clicked(qtbot, viewer, correction, (50, 140))
    assert "outside the picture" in correction.ui.message.text()
    refine = core_clicks.refine
    monkeypatch.setattr(
        core_clicks, "refine", lambda *given, **more: replace(refine(*given, **more), seen=False)
    )
    clicked(qtbot, viewer, correction, IN_DARK)
    assert "only the spot was painted" in correction.ui.message.text()
    labels.data[SPOT] = 2
    clicked(qtbot, viewer, correction, IN_SPOT)
    assert "another label" in correction.ui.message.text()
    assert told == []


def test_a_plane_without_contrast_takes_a_click(qtbot, viewer, image, labels, correction):
    image.data = np.full((128, 120), 7, np.uint8)
    start(qtbot, correction)
    clicked(qtbot, viewer, correction, IN_DARK)
    assert labels.data[IN_DARK] == 1
    assert correction.ui.message.text()


def test_an_image_or_mask_that_goes_away_is_a_sentence_or_ends_the_tool(
    qtbot, viewer, image, labels, correction
):
    start(qtbot, correction)
    viewer.layers.remove(image)
    clicked(qtbot, viewer, correction, IN_SPOT)
    assert "no image under this mask" in correction.ui.message.text()
    click(viewer, IN_SPOT)
    viewer.layers.remove(labels)
    assert not correction.clicks.is_on
    qtbot.let_threads_end()


def test_other_data_put_in_meanwhile_are_left_alone(qtbot, viewer, labels, correction):
    start(qtbot, correction)
    click(viewer, IN_SPOT)
    labels.data = np.zeros((128, 120), np.uint8)
    wait(qtbot, correction)
    assert not labels.data.any()
    assert correction.clicks.marks(labels) == ()
    clicked(qtbot, viewer, correction, IN_SPOT)
    assert labels.data[SPOT].mean() > 0.85


def test_a_mask_of_500_labels_keeps_them_all(qtbot, viewer, image, correction):
    pixels = np.zeros((128, 120), np.int32)
    pixels[100:, 60:] = 1 + np.arange(28 * 60).reshape(28, 60) % 500
    labels = viewer.add_labels(pixels)
    labels.selected_label = 501
    show(viewer)
    before = pixels.copy()
    start(qtbot, correction)
    clicked(qtbot, viewer, correction, IN_SPOT)
    assert (labels.data[SPOT] == 501).mean() > 0.85
    np.testing.assert_array_equal(labels.data[before > 0], before[before > 0])


def test_without_a_network_the_window_says_what_is_missing(
    qtbot, viewer, labels, correction, bright_clicks, monkeypatch
):
    from napari_multicancer.core.models.cards import forget_models, list_models

    if any(card.task == "interactive" for card in list_models(None) if card.name != "click"):
        pytest.skip("another network of clicks is there")
    (bright_clicks / "click.toml").unlink()
    forget_models()
    if any(card.task == "interactive" for card in list_models()):
        pytest.skip("the package's own network is there")
    qtbot.mouseClick(correction.ui.click, Qt.MouseButton.LeftButton)
    assert not correction.clicks.is_on
    assert not correction.ui.click.isChecked()
    assert "no network of clicks" in correction.ui.message.text()


def test_nothing_is_computed_on_the_windows_thread(qtbot, viewer, labels, correction, monkeypatch):
    import threading

    from napari_multicancer.core.analysis import clicks as core_clicks

    threads, refine = [], core_clicks.refine

    def noted(*args, **options):
        threads.append(threading.get_ident())
        return refine(*args, **options)

    monkeypatch.setattr(core_clicks, "refine", noted)
    start(qtbot, correction)
    clicked(qtbot, viewer, correction, IN_SPOT)
    assert len(threads) == 1
    assert threading.get_ident() not in threads
