"""The size of a pixel, entered where the file names none: told in all that leaves the window."""

from __future__ import annotations

import json

import numpy as np
import pytest
from napari.layers import Image, Labels

from napari_multicancer.core.scan.place import UNPLACED
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.tiff.mask import read_label_tiff
from napari_multicancer.widgets.common.layers import geometry, layer_data, whole_scan
from napari_multicancer.widgets.files.save_report import report
from napari_multicancer.widgets.files.writer import save_labels
from napari_multicancer.widgets.measure.panel import BY_HAND, MeasurementsPanel


def image(name="scan", shape=(40, 60), axes="yx", **more):
    return Image.create(*layer_data(Scan(np.ones(shape, np.uint8), axes, name=name, **more)))


@pytest.fixture
def line(panel):
    return panel.ui.size


def enter(line, text):
    line.edit.setText(text)
    line.edit.editingFinished.emit()


def test_a_size_can_be_entered_where_the_file_names_none_and_nowhere_else(viewer, panel, line):
    viewer.add_layer(image(voxel_size=(0.5, 0.5)))
    assert line.isHidden()
    viewer.add_layer(image("film", (4, 40, 60), "tyx"))
    assert not line.isHidden()
    enter(line, "0,2")
    assert "0.2\u00a0×\u00a00.2\u00a0mm a pixel (entered by hand)" in panel.ui.axes.text.text()
    assert whole_scan(viewer.layers["film"]).pixel_size_by_hand
    assert not whole_scan(viewer.layers["scan"]).pixel_size_by_hand


def test_an_entered_size_is_never_kept_for_the_next_scan(viewer, panel, line):
    first = viewer.add_layer(image("first"))
    enter(line, "0.2")
    second = viewer.add_layer(image("second"))
    assert line.edit.text() == ""
    assert whole_scan(second).voxel_size is None
    panel.ui.layer.choose(first)
    assert line.edit.text() == "0.2"
    enter(line, "")
    assert whole_scan(first).voxel_size is None
    assert not line.isHidden()


def test_what_is_no_size_changes_nothing_and_is_said(viewer, line, told):
    layer = viewer.add_layer(image())
    enter(line, "wide")
    enter(line, "400")
    assert whole_scan(layer).voxel_size is None
    assert "“wide” is no size of a pixel" in told[0]
    assert "400 mm is no size of a pixel" in told[1]
    assert line.edit.text() == ""


@pytest.mark.parametrize(("shape", "axes"), [((40, 60), "yx"), ((4, 40, 60), "zyx")])
def test_the_scan_fills_the_view_as_before(viewer, line, shape, axes):
    layer = viewer.add_layer(image(shape=shape, axes=axes))

    def filled():
        pixel = layer.scale[-1]
        return viewer.camera.zoom * pixel, np.array(viewer.camera.center[-2:]) / pixel

    zoom, center = filled()
    for text in ("0.2", "5", ""):
        enter(line, text)
        assert filled()[0] == pytest.approx(zoom, rel=0.05)
        np.testing.assert_allclose(filled()[1], center, atol=0.6)


def test_proportions_and_masks_follow(viewer, line):
    layer = viewer.add_layer(image(place=UNPLACED.stretched(1.5)))
    mask = np.zeros((40, 60), np.uint8)
    mask[5:15, 5:25] = 1
    labels = viewer.add_labels(mask, **geometry(layer))
    viewer.layers.selection.active = layer
    enter(line, "0.2")
    for one in (layer, labels):
        np.testing.assert_allclose(one.scale, (0.3, 0.2))
        assert str(one.units[0]) == "millimeter"
    enter(line, "")
    for one in (layer, labels):
        np.testing.assert_allclose(one.scale, (1.5, 1))


def test_every_export_says_that_the_size_was_entered(qtbot, viewer, line, tmp_path):
    layer = viewer.add_layer(image())
    enter(line, "0.2")
    labels = viewer.add_labels(np.eye(40, 60, dtype=np.uint8), **geometry(layer))
    record = read_label_tiff(save_labels(tmp_path / "mask.tif", labels))[3]
    assert record["pixel_size_by_hand"] is True
    beside = report(tmp_path / "page.html", labels)
    assert json.loads(beside.read_text())["pixel_size_by_hand"] is True
    assert "The size of a pixel was entered by hand" in (tmp_path / "page.html").read_text()
    measures = MeasurementsPanel(viewer)
    qtbot.addWidget(measures)
    measures.layer.choose(labels)
    qtbot.waitUntil(lambda: measures.table.columnCount() == 1)
    assert measures.note.text() == BY_HAND
    measures.write(tmp_path / "table.csv")
    names, values = (tmp_path / "table.csv").read_text().splitlines()
    assert (names.split(",")[-1], values.split(",")[-1]) == ("pixel size", "entered by hand")


def test_a_mask_that_is_opened_again_still_says_it(viewer, line, tmp_path):
    layer = viewer.add_layer(image())
    enter(line, "0.2")
    labels = viewer.add_labels(np.eye(40, 60, dtype=np.uint8), **geometry(layer))
    path = save_labels(tmp_path / "scan_mask.tif", labels)
    viewer.layers.clear()
    (again,) = viewer.open(str(path), plugin="napari-multicancer")
    assert isinstance(again, Labels)
    assert read_label_tiff(save_labels(tmp_path / "again.tif", again))[3]["pixel_size_by_hand"]


def test_a_size_that_is_given_in_napari_itself_is_one_by_hand(viewer, panel):
    layer = viewer.add_layer(image())
    layer.scale, layer.units = (0.3, 0.3), ("mm", "mm")
    assert whole_scan(layer).pixel_size_by_hand
    assert "(entered by hand)" in panel.ui.axes.text.text()
