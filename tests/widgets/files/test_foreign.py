"""What another reader made of a file is noticed, and put right without loss."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import numpy as np
import pytest
import tifffile
from napari.layers import Image, Labels
from PIL import Image as Picture

from napari_multicancer.io import load_scan
from napari_multicancer.io.tiff.mask import write_label_tiff
from napari_multicancer.widgets.common.layers import known_of, scan_from_layer, voxel_size
from napari_multicancer.widgets.files.foreign.watch import watch_readings

from ..conftest import speckle

GRAY = speckle(40, 48)
STACK = np.stack([GRAY, GRAY[::-1], GRAY[:, ::-1], 255 - GRAY, GRAY // 2])


@pytest.fixture
def negative(tmp_path: Path) -> Path:
    """A picture that napari's own reader shows as its negative."""
    path = tmp_path / "negative.tif"
    tifffile.imwrite(path, GRAY, photometric="miniswhite")
    return path


@pytest.fixture
def sized(tmp_path: Path) -> Path:
    """A volume whose voxel size napari's own reader loses."""
    path = tmp_path / "sized.tif"
    metadata = {"spacing": 5.0, "unit": "mm"}
    tifffile.imwrite(
        path, STACK, imagej=True, resolution=(0.5, 0.5), resolutionunit="NONE", metadata=metadata
    )
    return path


@pytest.fixture
def opened(viewer, qtbot):
    """Open a file by napari's own reader, and wait until it was compared."""

    def open_one(path: Path) -> Image:
        (layer,) = viewer.open(path, plugin="napari")
        readings = watch_readings(viewer)
        qtbot.waitUntil(lambda: not readings.is_looking_at(layer))
        return layer

    return open_one


def test_reading_again_keeps_name_place_and_selection_and_tells_of_masks(
    viewer, panel, opened, negative, told
):
    viewer.add_points(name="below")
    image = opened(negative)
    viewer.add_points(name="above")
    viewer.layers.selection.active = image
    image.name, image.opacity = "mine", 0.75
    drawn = Labels(np.eye(40, 48, dtype=np.uint8), name="drawn")
    viewer.layers.insert(2, drawn)
    viewer.layers.selection.active = image
    assert panel.ui.reading.text.text() == (
        "negative.tif was opened by napari's own reader "
        "with other pixel values than the file means."
    )
    panel.ui.reading.yes.click()
    assert [layer.name for layer in viewer.layers] == ["below", "mine", "drawn", "above"]
    again = viewer.layers["mine"]
    assert again is not image
    assert viewer.layers.selection.active is panel.ui.layer.layer is again
    assert again.opacity == 0.75
    np.testing.assert_array_equal(again.data, 255 - GRAY)
    np.testing.assert_array_equal(drawn.data, np.eye(40, 48))
    assert panel.ui.reading.isHidden()
    assert told[-1].startswith("drawn was made on the earlier reading of mine")


def test_nothing_is_analyzed_before_the_user_has_decided(viewer, panel, qtbot, negative, told):
    is_free = Event()
    watch_readings(viewer)._queue.add(is_free.wait)
    (image,) = viewer.open(negative, plugin="napari")
    panel.run(image)
    assert panel.is_working
    with qtbot.waitSignal(panel.finished) as outcome:
        is_free.set()
    assert outcome.args == [False]
    assert "negative is not analyzed yet" in told[-1]
    panel.ui.reading.no.click()
    assert panel.ui.reading.isHidden()
    with qtbot.waitSignal(panel.finished) as outcome:
        panel.run(image)
    assert outcome.args == [True]
    np.testing.assert_array_equal(image.data, GRAY)


def test_a_lost_voxel_size_is_put_right_in_the_layer_and_its_masks(
    viewer, panel, opened, sized, told
):
    image = opened(sized)
    drawn = viewer.add_labels(np.zeros(STACK.shape, np.uint8))
    assert panel.ui.reading.text.text().endswith("without its voxel size of 2 × 2 × 5 mm.")
    panel.ui.reading.yes.click()
    assert list(viewer.layers) == [image, drawn]
    assert voxel_size(image) == voxel_size(drawn) == pytest.approx((5, 2, 2))
    assert panel.ui.reading.isHidden()
    assert scan_from_layer(image).source == str(sized)
    assert told == [f"{drawn.name} lies on sized and has its voxel size now."]


@pytest.mark.parametrize("name", ["Correct a mask", "Compare masks"])
def test_the_panels_of_masks_notice_the_image_that_theirs_lies_on(
    viewer, opened, sized, told, name
):
    image = opened(sized)
    _, alone = viewer.window.add_plugin_dock_widget("napari-multicancer", name)
    assert alone.ui.reading.isHidden()
    drawn = viewer.add_labels(np.zeros(STACK.shape, np.uint8))
    assert alone.ui.reading.text.text().endswith("without its voxel size of 2 × 2 × 5 mm.")
    assert not alone.ui.reading.isHidden()
    alone.ui.reading.yes.click()
    assert voxel_size(image) == voxel_size(drawn) == pytest.approx((5, 2, 2))
    assert alone.ui.reading.isHidden()


@pytest.mark.parametrize("when", ["before the panel", "after the panel"])
def test_a_voxel_size_that_the_user_has_typed_is_no_error(viewer, qtbot, sized, when):
    if when == "before the panel":
        (image,) = viewer.open(sized, plugin="napari")
        image.scale = (3, 1, 1)
    _, panel = viewer.window.add_plugin_dock_widget("napari-multicancer", "Multi-Cancer")
    if when == "after the panel":
        (image,) = viewer.open(sized, plugin="napari")
        readings = watch_readings(viewer)
        qtbot.waitUntil(lambda: readings.found(image) is not None)
        assert not panel.ui.reading.isHidden()
        image.scale = (3, 1, 1)
    qtbot.waitUntil(lambda: not watch_readings(viewer).is_looking_at(image))
    assert panel.ui.reading.isHidden()
    np.testing.assert_array_equal(image.scale, (3, 1, 1))


def test_a_layer_from_before_the_panel_is_noticed_but_not_if_its_pixels_were_changed(
    viewer, qtbot, negative
):
    (kept,) = viewer.open(negative, plugin="napari")
    (changed,) = viewer.open(negative, plugin="napari")
    changed.data = changed.data[5:30]
    computed = viewer.add_image(GRAY, name="computed")
    viewer.window.add_plugin_dock_widget("napari-multicancer", "Multi-Cancer")
    readings = watch_readings(viewer)
    qtbot.waitUntil(lambda: not any(map(readings.is_looking_at, viewer.layers)))
    assert readings.found(kept) is not None
    assert readings.found(changed) is readings.found(computed) is None


def test_what_is_changed_in_a_layer_is_the_users_from_then_on(panel, opened, negative):
    image = opened(negative)
    assert not panel.ui.reading.isHidden()
    image.data = 255 - image.data
    assert panel.ui.reading.isHidden()


def test_a_mask_of_ours_becomes_labels_whatever_it_was_named(viewer, panel, opened, told, tmp_path):
    path, drawn = tmp_path / "final version.tif", np.eye(40, 48, dtype=np.uint8)
    write_label_tiff(path, drawn, spacing=(0.5, 0.25), provenance={"source": "a.png"})
    opened(path)
    (labels,) = viewer.layers
    assert isinstance(labels, Labels)
    assert labels.name == "final version"
    np.testing.assert_array_equal(labels.data, drawn)
    assert voxel_size(labels) == pytest.approx((0.5, 0.25))
    assert told == ["final version.tif is a mask: it was opened as labels."]


@pytest.mark.parametrize("kind", ["int32", "uint32", "uint64"])
def test_a_scan_that_napari_takes_for_labels_becomes_an_image(
    viewer, panel, opened, told, tmp_path, kind
):
    tifffile.imwrite(tmp_path / "head.tif", STACK.astype(kind) * 9, photometric="minisblack")
    opened(tmp_path / "head.tif")
    (image,) = viewer.layers
    assert isinstance(image, Image)
    assert image.name == "head"
    np.testing.assert_array_equal(image.data, load_scan(tmp_path / "head.tif").pixels)
    assert viewer.layers.selection.active is image
    assert told == ["head.tif is a scan: it was opened as an image."]


def test_labels_that_napari_has_told_by_their_type_stay(viewer, panel, opened, told, tmp_path):
    regions = np.repeat(np.repeat(np.arange(300, dtype=np.int32).reshape(15, 20), 8, 0), 8, 1)
    tifffile.imwrite(tmp_path / "cells.tif", regions, photometric="minisblack")
    tifffile.imwrite(tmp_path / "head_mask.tif", regions % 2, photometric="minisblack")
    for name in ("cells.tif", "head_mask.tif"):
        assert isinstance(opened(tmp_path / name), Labels)
    assert all(isinstance(layer, Labels) for layer in viewer.layers)
    assert told == []


def test_files_that_were_stacked_are_told_of_without_a_button(viewer, panel, qtbot, tmp_path):
    for number in range(3):
        tifffile.imwrite(tmp_path / f"{number}.tif", GRAY, photometric="miniswhite")
        Picture.fromarray(GRAY).save(tmp_path / f"{number}.png")
    for kind, is_noticed in (("tif", True), ("png", False)):
        paths = sorted(tmp_path.glob(f"*.{kind}"))
        (image,) = viewer.open(paths, stack=True, plugin="napari")
        qtbot.waitUntil(lambda image=image: not watch_readings(viewer).is_looking_at(image))
        viewer.layers.selection.active = image
        assert panel.ui.reading.isHidden() is not is_noticed
        assert panel.ui.reading.yes.isHidden() or not is_noticed


def test_an_equal_reading_gets_to_know_its_file_and_nothing_is_said(panel, opened, tmp_path):
    Picture.fromarray(GRAY).save(tmp_path / "a.png")
    image = opened(tmp_path / "a.png")
    assert panel.ui.reading.isHidden()
    assert scan_from_layer(image).source == load_scan(tmp_path / "a.png").source
    assert known_of(image)["place"].unknown == load_scan(tmp_path / "a.png").place.unknown
