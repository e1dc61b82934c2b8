"""Measurements: live, in napari's own features too, copied, saved and drawn."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from napari.layers import Shapes
from qtpy.QtCore import QPoint
from qtpy.QtWidgets import QAbstractButton, QApplication

from napari_multicancer.widgets.measure.panel import EMPTY, IN_PIXELS, MeasurementsPanel


@pytest.fixture
def panel(viewer) -> MeasurementsPanel:
    panel = MeasurementsPanel(viewer)
    viewer.window.add_dock_widget(panel)
    return panel


@pytest.fixture
def square(viewer, panel, qtbot):
    """A square of 10 x 10 pixels of half a mm on a grey picture, measured."""
    viewer.add_image(np.full((60, 80), 9.0), scale=(0.5, 0.5), units="mm")
    mask = np.zeros((60, 80), np.uint8)
    mask[10:20, 10:20] = 1
    with qtbot.waitSignal(panel._watch.measured):
        labels = viewer.add_labels(mask, scale=(0.5, 0.5), units="mm")
    shown(qtbot, panel, "area (mm²)", "25.0")
    return labels


def cell(panel, name):
    names = [panel.table.verticalHeaderItem(i).text() for i in range(panel.table.rowCount())]
    return panel.table.item(names.index(name), 0).text() if name in names else None


def shown(qtbot, panel, name, text):
    qtbot.waitUntil(lambda: cell(panel, name) == text)


def test_a_stroke_and_its_undo_are_measured(qtbot, panel, square):
    square.selected_label = 1
    square.brush_size = 1
    square.paint((40, 40), 1)
    shown(qtbot, panel, "area (mm²)", "25.2")
    square.undo()
    shown(qtbot, panel, "area (mm²)", "25.0")
    assert cell(panel, "mean inside") == "9"
    assert not panel.note.isVisible()


def test_napari_sees_them_as_features(panel, square):
    assert list(square.features["index"]) == [1]
    assert square.features["area (mm²)"][0] == 25.0


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_corner_between_the_headings_is_as_dark_as_the_table(viewer, panel, square, theme):
    viewer.theme = theme
    table = panel.table
    picture = table.grab().toImage()
    corner = picture.pixelColor(table.findChild(QAbstractButton).geometry().center())
    ground = picture.pixelColor(table.viewport().pos() + QPoint(6, 10))
    assert abs(corner.lightness() - ground.lightness()) < 12


def test_the_table_can_be_copied_and_saved(tmp_path, panel, square):
    panel.copy.click()
    assert QApplication.clipboard().text().startswith("label\tarea (mm²)\t")
    panel.write(tmp_path / "sizes.csv")
    with (tmp_path / "sizes.csv").open(encoding="utf-8") as table:
        (row,) = csv.DictReader(table)
    assert float(row["area (mm²)"]) == 25.0


def test_the_diameters_are_drawn_over_the_mask_and_follow_it(viewer, qtbot, panel, square):
    panel.draw.click()
    (lines,) = [layer for layer in viewer.layers if isinstance(layer, Shapes)]
    assert viewer.layers.selection.active is square
    longest, _ = lines.data
    assert np.linalg.norm(np.diff(longest, axis=0)) == pytest.approx(np.hypot(9, 10))
    np.testing.assert_allclose(lines.scale, square.scale)
    square.data = np.roll(np.asarray(square.data), 30, axis=1)
    qtbot.waitUntil(lambda: lines.data[0][:, 1].min() >= 39)
    panel.draw.click()
    assert lines not in viewer.layers


def test_lines_that_are_deleted_let_the_button_go(viewer, panel, square):
    panel.draw.click()
    viewer.layers.remove(next(layer for layer in viewer.layers if isinstance(layer, Shapes)))
    assert not panel.draw.isChecked()
    panel.draw.click()
    assert any(isinstance(layer, Shapes) for layer in viewer.layers)


def test_a_stack_has_a_volume_and_lines_on_its_largest_plane(viewer, qtbot, panel):
    stack = np.zeros((5, 40, 40), np.uint8)
    stack[1, 10:14, 10:14] = 1
    stack[3, 10:20, 10:20] = 1
    viewer.add_labels(stack, scale=(5, 1, 1), units="mm")
    shown(qtbot, panel, "volume (ml)", "0.58")
    panel.draw.click()
    lines = next(layer for layer in viewer.layers if isinstance(layer, Shapes))
    assert {point[0] for line in lines.data for point in line} == {3.0}


def test_why_there_is_nothing_or_no_size_is_said(viewer, qtbot, panel):
    viewer.add_labels(np.zeros((30, 30), np.uint8))
    qtbot.waitUntil(lambda: panel.note.text() == EMPTY)
    assert not panel.copy.isEnabled()
    viewer.add_labels(np.eye(30, dtype=np.uint8))
    qtbot.waitUntil(lambda: panel.note.text() == IN_PIXELS)
    viewer.add_labels(np.arange(900, dtype=np.uint16).reshape(30, 30))
    qtbot.waitUntil(lambda: "more than 100 labels" in panel.note.text())


def test_a_layer_deleted_meanwhile_does_no_harm(viewer, qtbot, panel, square, told):
    panel.draw.click()
    square.paint((40, 40), 1)
    viewer.layers.remove(square)
    qtbot.waitUntil(lambda: panel.table.rowCount() == 0)
    assert told == []
