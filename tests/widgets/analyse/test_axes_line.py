"""The line under the image choice: what the axes are taken for, and how to overrule that."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_multicancer.core.scan.axes import Reading
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.core.scan.views import View
from napari_multicancer.widgets.analyse.axes_line import AxesLine
from napari_multicancer.widgets.common.axes_words import describe
from napari_multicancer.widgets.common.layers import (
    lay_over,
    layer_data,
    reading_of,
    scan_from_layer,
    set_reading,
    spatial_shape,
    volume_on,
    whole_scan,
)
from napari_multicancer.widgets.common.record import record_of

from ..conftest import speckle


def said_of(layer: Image) -> str:
    return describe(whole_scan(layer), reading_of(layer))


MM = {"scale": (5.0, 0.9, 0.9), "units": ("mm", "mm", "mm")}
CASES = [
    ((24, 40, 60), MM, "24 planes, 0.9 × 0.9 × 5 mm"),
    ((24, 40, 60), {}, "24 planes, 60 × 40 px; the file names no pixel size"),
    ((1, 24, 40, 60), {}, "24 planes, 60 × 40 px; the file names no pixel size"),
    ((40, 60), {"scale": (0.25, 0.5), "units": ("mm", "mm")}, "picture, 60 × 40 px, "
     "0.5 × 0.25 mm a pixel"),
    ((40, 60, 3), {"rgb": True}, "picture in colour, 60 × 40 px, the file names no pixel size"),
    ((5, 24, 40, 60), {}, "5 volumes of 24 planes: choose one"),
    (
        (7, 40, 60),
        {"axis_labels": ("t", "y", "x"), "units": ("s", "um", "um")},
        "film of 7 pictures, 60 × 40 px, 0.001 × 0.001 mm a pixel",
    ),
    (
        (7, 40, 60),
        {"units": ("pixel", "mm", "mm")},
        "7 planes, 1 × 1 mm a pixel; the file names no distance between planes",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "keywords", "text"), CASES)
def test_an_image_is_described_in_one_line(shape, keywords, text):
    assert said_of(Image(np.zeros(shape, np.uint8), **keywords)) == text


def test_planes_that_are_not_axial_are_named_with_what_to_heed(qtbot, viewer):
    line = AxesLine(viewer)
    qtbot.addWidget(line)
    for scan, text in (
        (
            Scan(np.zeros((24, 40, 60)), "zyx", (5, 0.9, 0.9), view=View.SAGITTAL),
            "24 sagittal planes, 0.9\u00a0×\u00a00.9\u00a0×\u00a05\u00a0mm\n"
            "The brain models learnt mainly from axial planes: check answers on these sagittal "
            "ones, or resample the volume to equal voxels, which opens in axial planes.",
        ),
        (
            Scan(np.zeros((40, 60)), "yx", (1.0, 1.0), view=View.CORONAL),
            "Picture, 60\u00a0×\u00a040\u00a0px, 1\u00a0×\u00a01\u00a0mm a pixel\n"
            "The brain models learnt mainly from axial planes: check answers on this coronal one.",
        ),
        (
            Scan(np.zeros((24, 40, 60)), "zyx", (5, 0.9, 0.9), view=View.AXIAL),
            "24 planes, 0.9\u00a0×\u00a00.9\u00a0×\u00a05\u00a0mm",
        ),
    ):
        line.show_layer(Image.create(*layer_data(scan)), "brain")
        said = [line.text.text(), line.caution.text()]
        assert "\n".join(filter(None, said)) == text
        assert line.caution.isVisibleTo(line) is ("models" in text)
        line.show_layer(Image.create(*layer_data(scan)), "breast")
        assert line.caution.isHidden()


def test_what_is_to_be_known_of_a_file_stands_below_its_size(qtbot, viewer):
    scan = Scan(np.zeros((24, 40, 60)), "zyx", (5, 0.9, 0.9), notes=("Sizes disagree.",))
    line = AxesLine(viewer)
    qtbot.addWidget(line)
    line.show_layer(Image.create(*layer_data(scan)), "")
    assert line.caution.text() == "Sizes disagree."
    assert line.caution.isVisibleTo(line)


def test_the_panel_heeds_the_view_only_of_the_organ_that_is_chosen_or_was_found(viewer, panel):
    scan = Scan(speckle(4, 40, 60), "zyx", (5, 0.9, 0.9), view=View.SAGITTAL)
    viewer.add_layer(Image.create(*layer_data(scan)))
    caution = panel.ui.axes.caution
    assert caution.isHidden()
    panel.organ.setCurrentIndex(panel.organ.findData("brain"))
    assert "these sagittal ones" in caution.text()
    panel.organ.setCurrentIndex(panel.organ.findData("breast"))
    assert caution.isHidden()


@pytest.mark.parametrize(
    ("shape", "is_rgb", "reading", "text", "axes"),
    [
        ((5, 24, 40, 60), False, Reading("tzyx", 2), "volume 3 of 5: 24 planes, ", "zyx"),
        ((5, 24, 40, 60), False, Reading("czyx", 0), "contrast 1 of 5: 24 planes, ", "zyx"),
        ((5, 40, 60), False, Reading("cyx", 4), "contrast 5 of 5: picture, ", "yx"),
        ((5, 40, 60), False, Reading("tyx"), "film of 5 pictures, ", "tyx"),
        ((40, 60, 3), True, Reading("yxc", 1), "green of 3 colours: picture, ", "yx"),
        ((40, 60, 3), False, Reading("yxc"), "picture in colour, ", "yxc"),
        ((9, 40, 60, 3), False, Reading("zyxc"), "9 planes in colour, ", "zyxc"),
    ],
)
def test_the_users_reading_counts(shape, is_rgb, reading, text, axes):
    layer = Image(np.zeros(shape, np.uint8), rgb=is_rgb, metadata={"mine": 1})
    set_reading(layer, reading)
    assert said_of(layer).startswith(text)
    scan = scan_from_layer(layer)
    assert scan.axes == axes
    scan.check()
    assert layer.metadata["mine"] == 1
    set_reading(layer, None)
    assert reading_of(layer) != reading


def test_a_reading_that_no_longer_fits_gives_way_to_the_rule():
    layer = Image(np.zeros((5, 24, 40, 60), np.uint8))
    set_reading(layer, Reading("tzyx", 4))
    layer.data = np.zeros((3, 24, 40, 60), np.uint8)
    assert reading_of(layer) == Reading("tzyx")


def test_the_menu_takes_the_volume_that_the_slider_shows(qtbot, viewer, panel):
    layer = viewer.add_image(speckle(4, 3, 40, 60))
    viewer.dims.set_current_step(0, 2)
    line = panel.ui.axes
    assert line.text.text() == "4 volumes of 3 planes: choose one"
    line.menu.aboutToShow.emit()
    (time, contrast) = line.menu.actions()
    assert not time.isChecked()
    assert time.text() == "First axis is time: take the volume shown now (3 of 4)"
    assert contrast.text() == "First axis is contrast: take the volume shown now (3 of 4)"
    time.trigger()
    assert reading_of(layer) == Reading("tzyx", 2)
    assert line.text.text().startswith("Volume 3 of 4: 3 planes")


def test_a_grey_picture_offers_no_other_reading(viewer, panel):
    viewer.add_image(speckle(40, 60))
    assert panel.ui.axes.button.isHidden()
    viewer.layers.clear()
    assert panel.ui.axes.isHidden()


def test_the_line_follows_the_voxel_size(viewer, panel):
    layer = viewer.add_image(speckle(4, 40, 60), units=("mm",) * 3)
    layer.scale = (3, 2, 2)
    said = panel.ui.axes.text.text()
    assert said.replace("\N{NO-BREAK SPACE}", " ") == "4 planes, 2 × 2 × 3 mm"


def test_the_mask_of_a_chosen_volume_lies_in_its_layer(viewer, panel, analyse):
    layer = viewer.add_image(speckle(3, 2, 60, 80))
    set_reading(layer, Reading("tzyx", 1))
    labels = analyse(layer)
    assert labels.data.shape == layer.data.shape
    assert labels.data[1].any()
    assert not labels.data[[0, 2]].any()
    assert viewer.dims.current_step[0] == 1
    assert not record_of(labels).is_changed
    assert analyse(layer) is labels


def test_another_reading_takes_the_answer_away_but_no_mask(viewer, panel, analyse):
    layer = viewer.add_image(speckle(3, 60, 80))
    labels = analyse(layer)
    assert not panel.ui.findings.finding.isHidden()
    panel.ui.axes.choose(Reading("tyx"))
    assert panel.ui.findings.finding.isHidden()
    assert labels in viewer.layers


def test_a_volume_is_in_ml_where_the_voxel_size_is_known():
    known = Image(np.zeros((4, 40, 60)), scale=(5, 2, 2), units=("mm",) * 3)
    unknown = Image(np.zeros((4, 40, 60)))
    assert volume_on(known, known, 500) == (10.0, "ml")
    assert volume_on(unknown, unknown, 500) == (500.0, "px")
    film = Image(np.zeros((4, 40, 60)), axis_labels=("t", "y", "x"))
    volumes = Image(np.zeros((2, 4, 40, 60)))
    for other in (film, volumes, Image(np.zeros((40, 60)))):
        assert volume_on(other, other, 500) is None


def test_an_analysis_of_all_there_is_stays_as_it_is():
    layer = Image(np.zeros((4, 40, 60)))
    from napari_multicancer.core.analysis.answer import Analysis, Prediction

    analysis = Analysis(Prediction({"brain": 1.0}), mask=np.zeros((4, 40, 60), np.uint8))
    assert lay_over(analysis, reading_of(layer), spatial_shape(layer)) is analysis
