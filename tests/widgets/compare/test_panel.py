"""Two masks compared: the figures, the two-colour layer, and what cannot be compared."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Labels
from qtpy.QtCore import Qt

from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.compare.layout import FIRST


@pytest.fixture
def comparison(viewer):
    return viewer.window.add_plugin_dock_widget("napari-multicancer", "Compare masks")[1]


def block(rows, columns, shape=(40, 50), label=1):
    pixels = np.zeros(shape, np.uint8)
    pixels[..., slice(*rows), slice(*columns)] = label
    return pixels


@pytest.fixture
def compare(qtbot, comparison):
    def run(before, after):
        comparison.ui.before.choose(before)
        comparison.ui.after.choose(after)
        with qtbot.waitSignal(comparison._job.returned):
            qtbot.mouseClick(comparison.ui.compare, Qt.MouseButton.LeftButton)
        return {name: value.text() for name, value in comparison.ui.values.items()}

    return run


def test_two_pictures_give_hand_computed_figures(viewer, comparison, compare):
    """Two blocks of 10 x 10, moved by 5: 50 pixels in both, 150 in either."""
    mm = {"scale": (0.5, 0.2), "units": ("mm", "mm")}
    before = viewer.add_labels(block((10, 20), (10, 20)), **mm)
    after = viewer.add_labels(block((10, 20), (15, 25)), **mm)
    said = compare(before, after)
    assert said == {
        "dice": "0.500",
        "iou": "0.333",
        "hausdorff": "1.0 mm",
        "before": "10.00 mm²",
        "after": "10.00 mm²",
        "change": "+0.0 %",
        "added": "50 px",
        "removed": "50 px",
    }


def test_the_difference_is_a_two_colour_layer_where_the_mask_lies(
    qtbot, viewer, comparison, compare
):
    place = {"scale": (0.5, 0.2), "translate": (3, 4), "units": ("mm", "mm")}
    before = viewer.add_labels(block((10, 20), (10, 20)), **place)
    after = viewer.add_labels(block((10, 20), (15, 25)), name="now", **place)
    viewer.layers.selection.active = after
    compare(before, after)
    qtbot.mouseClick(comparison.ui.difference, Qt.MouseButton.LeftButton)
    difference = viewer.layers[-1]
    assert difference.name == "now difference"
    assert (difference.data == 1).sum() == (difference.data == 2).sum() == 50
    assert (difference.data[10:20, 20:25] == 1).all()
    np.testing.assert_allclose(difference.scale, after.scale)
    np.testing.assert_allclose(difference.translate, after.translate)
    assert difference.units == after.units
    assert not np.allclose(difference.get_color(1), difference.get_color(2))
    assert viewer.layers.selection.active is after
    assert comparison.ui.values["dice"].text() == "0.500"
    assert comparison.ui.difference.isEnabled()
    after.data = block((10, 20), (10, 21))
    compare(before, after)
    qtbot.mouseClick(comparison.ui.difference, Qt.MouseButton.LeftButton)
    assert len(viewer.layers) == 3
    assert difference.data.sum() == 10


def test_a_stack_with_an_axis_of_length_one_is_measured_in_ml(viewer, comparison, compare):
    keywords = {"scale": (1, 5, 1, 1), "units": ("mm",) * 4}
    before = viewer.add_labels(block((0, 20), (0, 20), (1, 4, 40, 50)), **keywords)
    after = viewer.add_labels(block((0, 20), (0, 30), (1, 4, 40, 50)), **keywords)
    said = compare(before, after)
    assert (said["before"], said["after"], said["change"]) == ("8.00 ml", "12.00 ml", "+50.0 %")


def test_the_first_prediction_is_kept_packed_and_compared(viewer, comparison, compare):
    labels = viewer.add_labels(block((10, 20), (10, 20)))
    record_of(labels).keep_first(labels.data)
    labels.data[10:20, 20:30] = 1
    np.testing.assert_array_equal(record_of(labels).first, block((10, 20), (10, 20)))
    assert comparison.ui.before.itemText(0) == FIRST
    said = compare(None, labels)
    assert (said["added"], said["removed"], said["change"]) == ("100 px", "0 px", "+100.0 %")


def test_one_label_of_500_or_all(qtbot, viewer, comparison, compare):
    pixels = np.zeros((100, 100), np.uint16)
    rows, columns = np.divmod(np.arange(500), 25)
    pixels[5 * rows, 4 * columns] = np.arange(1, 501)
    before, after = viewer.add_labels(pixels), viewer.add_labels(pixels.copy())
    after.data[after.data == 500] = 0
    assert compare(before, after)["removed"] == "1 px"
    comparison.ui.label.setValue(499)
    assert compare(before, after)["removed"] == "0 px"
    comparison.ui.label.setValue(500)
    assert compare(before, after)["change"] == "-100.0 %"


def test_empty_masks_have_no_distance_and_no_change(viewer, comparison, compare):
    empty = np.zeros((40, 50), np.uint8)
    said = compare(viewer.add_labels(empty), viewer.add_labels(empty.copy()))
    assert said["dice"] == "1.000"
    assert said["hausdorff"] == said["change"] == "not defined"


def refused(qtbot, comparison, told, before, after):
    comparison.ui.before.choose(before)
    comparison.ui.after.choose(after)
    told.clear()
    qtbot.mouseClick(comparison.ui.compare, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(told))
    assert comparison.ui.values["dice"].text() == "–"
    assert not comparison.ui.difference.isEnabled()
    (sentence,) = told
    return sentence


def test_different_shapes_are_one_sentence(qtbot, viewer, comparison, told):
    before = viewer.add_labels(np.zeros((40, 50), np.uint8))
    after = viewer.add_labels(np.zeros((4, 40, 50), np.uint8))
    sentence = refused(qtbot, comparison, told, before, after)
    assert sentence == (
        "The masks have the shapes (40, 50) and (4, 40, 50): choose two masks of one scan."
    )


def test_an_unknown_first_prediction_or_the_same_layer_twice_is_one_sentence(
    qtbot, viewer, comparison, told
):
    labels = viewer.add_labels(np.zeros((40, 50), np.uint8), name="mine")
    assert "first prediction of mine is not known" in refused(qtbot, comparison, told, None, labels)
    assert "the same layer" in refused(qtbot, comparison, told, labels, labels)


def test_no_mask_is_one_sentence(qtbot, viewer, comparison, told):
    assert "no mask to compare" in refused(qtbot, comparison, told, None, None)


def test_a_layer_deleted_while_comparing_does_no_harm(qtbot, viewer, comparison, told):
    before = viewer.add_labels(block((10, 20), (10, 20)))
    after = viewer.add_labels(block((10, 20), (15, 25)))
    comparison.ui.before.choose(before)
    comparison.compare()
    viewer.layers.remove(before)
    assert not comparison.is_working
    assert comparison.ui.before.layer is None
    assert comparison.ui.after.layer is after
    assert comparison.ui.values["dice"].text() == "–"


def test_figures_go_when_another_layer_is_chosen(viewer, comparison, compare):
    before = viewer.add_labels(block((10, 20), (10, 20)))
    after = viewer.add_labels(block((10, 20), (15, 25)))
    compare(before, after)
    other = Labels(np.zeros((40, 50), np.uint8))
    viewer.add_layer(other)
    assert comparison.ui.after.layer is other
    assert comparison.ui.values["dice"].text() == "–"
