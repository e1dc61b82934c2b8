"""Corrections come back when their scan is opened again; nothing else is offered."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from napari.layers import Image, Labels
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel

from napari_multicancer.core.masks.history import USER, Change
from napari_multicancer.core.masks.record import MaskRecord
from napari_multicancer.io.snapshots.fingerprint import fingerprint
from napari_multicancer.io.snapshots.folder import VARIABLE, list_snapshots, new_path
from napari_multicancer.io.snapshots.snapshot import Note, read_pixels, write_snapshot
from napari_multicancer.widgets.autosave import autosave as module
from napari_multicancer.widgets.autosave.autosave import watch_viewer
from napari_multicancer.widgets.autosave.copies import (
    PICTURE_SIDE,
    find_corrections,
    picture_of,
)
from napari_multicancer.widgets.common.layers import geometry
from napari_multicancer.widgets.common.record import image_of, record_of

SCAN = np.random.default_rng(0).random((3, 40, 60)).astype(np.float32)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
PAINTED = (Change(USER, "paint", NOW, NOW, 7, 2),)


def mask(row: int) -> np.ndarray:
    pixels = np.zeros(SCAN.shape, np.uint8)
    pixels[1, row : row + 10, 5:25] = 1
    return pixels


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setattr(module, "WAIT_MS", 1)
    return tmp_path


def crashed(folder: Path, row: int = 5, name: str = "head lesion", **said: object) -> Path:
    """Leave behind what a killed window leaves."""
    words = {
        "scan": fingerprint(SCAN, 3),
        "scan_name": "head.nii",
        "layer_name": name,
        "geometry": {},
        "record": MaskRecord({"source": "head.nii", "models": ["brain 1"]}, "d", PAINTED),
        **said,
    }
    return write_snapshot(new_path(folder), mask(row), Note(**words)).path


@pytest.fixture
def offers(viewer, folder):
    watch_viewer(viewer)
    return module._viewers[viewer][1]


@pytest.fixture
def open_scan(viewer, offers, qtbot):
    def add(pixels: np.ndarray = SCAN) -> Image:
        with qtbot.waitSignal(offers.looked):
            image = viewer.add_image(pixels, name="head", scale=(3, 0.5, 0.5), units=("mm",) * 3)
        return image

    return add


def test_corrections_come_back_newest_first_where_their_scan_lies(
    viewer, folder, offers, open_scan, qtbot
):
    older, newer = crashed(folder, 5, "older"), crashed(folder, 20, "newer")
    image = open_scan()
    dialog = offers.dialog
    assert dialog.isVisible()
    assert not dialog.isModal()
    assert [box.accessibleName()[8:13] for box in dialog.boxes] == ["newer", "older"]
    dialog.boxes[1].setChecked(True)
    dialog.restore.click()
    restored = viewer.layers[1:]
    assert [labels.name for labels in restored] == ["older", "newer"]
    for labels, row in zip(restored, (5, 20), strict=True):
        np.testing.assert_array_equal(labels.data, mask(row))
        np.testing.assert_allclose(labels.scale, image.scale)
        assert geometry(labels)["units"] == geometry(image)["units"]
        assert record_of(labels).is_changed
        assert image_of(labels) is image
        assert [one.added for one in record_of(labels).mask.history] == [7]
    module._viewers[viewer][0].flush()
    listed, _ = list_snapshots(folder)
    assert {older.name, newer.name} == {one.replaces for one in listed if one.replaces}
    assert find_corrections(folder, SCAN, 3, [labels.data for labels in restored], ()) == []


def test_a_restored_layer_can_be_painted_and_killed_again(viewer, folder, offers, open_scan):
    crashed(folder)
    open_scan()
    offers.dialog.restore.click()
    labels = viewer.layers[-1]
    labels.data_setitem((np.array([0]), np.array([0]), np.array([0])), 1)
    module._viewers[viewer][0].flush()
    (found,) = find_corrections(folder, SCAN, 3, (), ())
    np.testing.assert_array_equal(read_pixels(found.snapshot), labels.data)


def test_over_a_scan_of_a_list_a_line_tells_of_copies_and_no_dialog_lies(
    viewer, folder, offers, qtbot, told
):
    crashed(folder)
    image = Image(SCAN, name="head")
    offers.stay_quiet(image)
    with qtbot.waitSignal(offers.looked):
        viewer.add_layer(image)
    assert offers.dialog is None
    assert told == [
        "Strokes on the same picture, made elsewhere, are in no file: Restore masks in the Plugins "
        "menu has the copy."
    ]
    assert len(find_corrections(folder, SCAN, 3, (), ())) == 1


def test_not_now_keeps_them_for_the_next_window(folder, offers, open_scan, viewer):
    path = crashed(folder)
    open_scan()
    offers.dialog.later.click()
    offers.dialog = None
    assert path.exists()
    viewer.layers.clear()
    open_scan()
    assert offers.dialog is None
    assert len(find_corrections(folder, SCAN, 3, (), ())) == 1


@pytest.mark.parametrize(
    "said",
    [{"exported": True}, {"scan": "another"}, {"scan": None}],
    ids=["saved to a file", "another scan", "no scan"],
)
def test_what_is_safe_or_belongs_elsewhere_is_not_offered(folder, said):
    crashed(folder, **said)
    assert find_corrections(folder, SCAN, 3, (), ()) == []


def test_what_is_shown_already_and_damaged_ones_are_not_offered(folder, caplog):
    path = crashed(folder)
    assert find_corrections(folder, SCAN, 3, [mask(5)], ()) == []
    assert find_corrections(folder, SCAN, 3, (), {path}) == []
    path.write_bytes(path.read_bytes()[:-3])
    assert find_corrections(folder, SCAN, 3, (), ()) == []
    assert "ends too early" in caplog.text


def test_names_from_files_are_shown_as_they_stand(folder, offers, open_scan):
    crashed(folder, name="<img src=x>\x00../../a")
    open_scan()
    words = [label for label in offers.dialog.findChildren(QLabel) if "img" in label.text()]
    assert [label.textFormat() for label in words] == [Qt.TextFormat.PlainText]
    offers.dialog.restore.click()


def test_a_snapshot_that_goes_meanwhile_is_told(viewer, folder, offers, open_scan, told):
    path = crashed(folder)
    open_scan()
    path.unlink()
    offers.dialog.restore.click()
    assert len(viewer.layers) == 1
    assert "damaged" in told[-1]


def test_masks_without_a_scan_are_told_of_when_the_window_opens(folder, viewer, told, qtbot):
    crashed(folder, scan=None)
    crashed(folder, scan=None, exported=True)
    watch_viewer(viewer)
    qtbot.waitUntil(lambda: any("painted without a scan" in one for one in told))
    (sentence,) = (one for one in told if "without a scan" in one)
    assert sentence == (
        "A mask painted without a scan was not saved to a file: "
        '"Restore masks" in the Plugins menu has the copy.'
    )


def test_a_picture_shows_the_plane_where_the_mask_is_largest():
    flat = np.zeros((2, 40, 80))
    flat[1] = np.linspace(0, 1, 80)
    where = np.zeros((2, 40, 80), np.uint8)
    where[1, :20, 40:] = 1
    where[0, 0, 0] = 1
    picture = picture_of(flat, where)
    assert picture.shape == (PICTURE_SIDE // 2, PICTURE_SIDE, 3)
    red, green, _ = picture[10, -10].astype(int)
    assert red > green + 50
    grey = picture[-5, 20].astype(int)
    assert np.ptp(grey) == 0
    assert picture_of(np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9), np.uint8)).max() == 0


def test_layers_that_are_no_scans_are_passed_over(viewer, offers, folder):
    viewer.add_labels(mask(5))
    viewer.add_points([[1, 2, 3]])
    assert offers.dialog is None
    assert isinstance(viewer.layers[0], Labels)
