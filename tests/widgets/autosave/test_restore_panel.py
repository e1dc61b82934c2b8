"""All copies are listed and open, with or without a scan; none is deleted unasked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from napari.layers import Labels
from qtpy.QtWidgets import QMessageBox

from napari_multicancer.core.masks.history import USER, Change
from napari_multicancer.core.masks.record import MaskRecord
from napari_multicancer.io.snapshots.fingerprint import fingerprint
from napari_multicancer.io.snapshots.folder import VARIABLE, list_snapshots, new_path, nowhere_else
from napari_multicancer.io.snapshots.snapshot import SUFFIX, Note, write_snapshot
from napari_multicancer.widgets.autosave import autosave as module
from napari_multicancer.widgets.autosave.panel import RestorePanel
from napari_multicancer.widgets.common.layers import plain_geometry
from napari_multicancer.widgets.common.record import image_of, record_of

SCAN = np.random.default_rng(0).random((3, 40, 60)).astype(np.float32)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
PAINTED = (Change(USER, "paint", NOW, NOW, 7, 2),)


def mask(value: int = 1) -> np.ndarray:
    pixels = np.zeros(SCAN.shape, np.uint8)
    pixels[1, 5:15, 5:25] = value
    return pixels


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setattr(module, "WAIT_MS", 1)
    return tmp_path


def left_behind(folder: Path, name: str, **said: object) -> Path:
    words = {
        "scan": None,
        "scan_name": "",
        "layer_name": name,
        "geometry": {},
        "record": MaskRecord(history=PAINTED),
        **said,
    }
    return write_snapshot(new_path(folder), mask(), Note(**words)).path


@pytest.fixture
def show(viewer, folder, qtbot):
    """Dock the panel, and wait until all is listed and drawn."""

    def dock() -> RestorePanel:
        _, panel = viewer.window.add_plugin_dock_widget("napari-multicancer", "Restore masks")
        panel.update_list()
        settle(qtbot, panel)
        return panel

    return dock


def settle(qtbot, panel):
    qtbot.waitUntil(lambda: not is_working(panel))


def is_working(panel):
    return any(job.is_running for job in (panel._lister, panel._painter, panel._opener))


def lines(panel):
    return [panel.list.item(row).text().split("\n") for row in range(panel.list.count())]


def colours(panel, row):
    icon = panel.list.item(row).icon().pixmap(60, 60).toImage()
    return {icon.pixelColor(x, y).getRgb()[:3] for x in range(60) for y in range(icon.height())}


def choose(panel, *rows):
    panel.list.clearSelection()
    for row in rows:
        panel.list.item(row).setSelected(True)


def test_all_copies_are_listed_newest_first_with_picture_scan_and_time(folder, show):
    left_behind(folder, "old", scan="s", scan_name="head.nii", exported=True)
    grown = left_behind(folder, "grown", scan="s", scan_name="head.nii")
    left_behind(folder, "new", replaces=grown.name)
    panel = show()
    first, second, third = lines(panel)
    assert (first[0], first[1], first[3]) == ("new", "No scan, 3 × 40 × 60", "Not saved to a file")
    assert (second[0], second[3]) == ("grown", "Continued in a later copy")
    assert (third[0], third[1]) == ("old", "head.nii, 3 × 40 × 60")
    assert third[3] == "Saved to a file"
    assert first[4] == "Last: paint, +7 \N{MINUS SIGN}2 px"
    assert all(any(red > 60 for red, *_ in colours(panel, row)) for row in range(3))
    assert panel.note.text().startswith("3 copies, ")
    assert not panel.open.isEnabled()


def test_a_mask_painted_without_a_scan_comes_back_where_it_lay(viewer, folder, show, qtbot):
    painted = Labels(mask(), scale=(3, 0.5, 0.5), translate=(1, 2, 3), units=("mm",) * 3)
    left_behind(folder, "mine", geometry=plain_geometry(painted))
    panel = show()
    choose(panel, 0)
    panel.open.click()
    settle(qtbot, panel)
    (labels,) = viewer.layers
    np.testing.assert_array_equal(labels.data, mask())
    assert labels.name == "mine"
    assert (tuple(labels.scale), tuple(labels.translate)) == ((3, 0.5, 0.5), (1, 2, 3))
    assert [str(unit) for unit in labels.units] == ["millimeter"] * 3
    assert [one.added for one in record_of(labels).mask.history] == [7]
    module._viewers[viewer][0].flush()
    (left,) = nowhere_else(list_snapshots(folder)[0])
    assert left.replaces is not None


def test_a_mask_lies_over_its_scan_where_that_is_open(viewer, folder, show, qtbot):
    panel = show()
    viewer.add_image(SCAN + 1, name="another")
    image = viewer.add_image(SCAN, name="head", scale=(3, 1, 1))
    left_behind(folder, "mine", scan=fingerprint(SCAN, 3), scan_name="head.nii")
    panel.update_list()
    settle(qtbot, panel)
    choose(panel, 0)
    panel.open.click()
    settle(qtbot, panel)
    labels = viewer.layers[-1]
    assert image_of(labels) is image
    assert tuple(labels.scale) == (3, 1, 1)


def test_what_is_open_in_the_window_cannot_be_chosen(viewer, folder, show, qtbot):
    panel = show()
    labels = viewer.add_labels(mask())
    labels.data_setitem((np.array([0]), np.array([0]), np.array([0])), 1)
    module._viewers[viewer][0].flush()
    panel.update_list()
    settle(qtbot, panel)
    assert lines(panel)[0][3] == "Open in this window"
    panel.list.selectAll()
    assert not panel.delete.isEnabled()


@pytest.mark.parametrize("answer", ["Yes", "Cancel"])
def test_deleting_says_what_was_never_saved_and_asks(
    viewer, folder, show, qtbot, monkeypatch, answer
):
    kept = left_behind(folder, "kept")
    for name, exported in (("saved", True), ("mine", False)):
        left_behind(folder, name, exported=exported)
    panel = show()
    asked = []

    def question(parent, title, words, *_):
        asked.append(words)
        return getattr(QMessageBox.StandardButton, answer)

    monkeypatch.setattr(QMessageBox, "question", question)
    choose(panel, 0, 1)
    panel.delete.click()
    settle(qtbot, panel)
    assert asked == ["Delete 2 copies? 1 of them was never saved to a file."]
    left = set(folder.glob(f"*{SUFFIX}"))
    assert len(left) == (1 if answer == "Yes" else 3)
    assert kept in left
    assert panel.list.count() == len(left)


def test_files_that_cannot_be_read_are_named(folder, show):
    damaged = left_behind(folder, "mine")
    content = damaged.read_bytes()
    damaged.write_bytes(content[:-3])
    other = folder / f"other{SUFFIX}"
    other.write_bytes(content.replace(b"autosave 1\n", b"autosave 9\n", 1))
    panel = show()
    assert panel.list.count() == 0
    assert f"{damaged.name} ends too early." in panel.note.text()
    assert f"{other.name} was written by another version" in panel.note.text()


def test_a_copy_that_goes_meanwhile_is_one_sentence(viewer, folder, show, qtbot, told):
    gone = left_behind(folder, "mine")
    panel = show()
    gone.unlink()
    told.clear()
    choose(panel, 0)
    panel.open.click()
    settle(qtbot, panel)
    assert told == [f"The auto-save {gone.name} is damaged."]
    assert not viewer.layers
    assert panel.list.count() == 0


def test_names_are_shown_as_they_stand_and_no_geometry_from_a_file_does_harm(
    viewer, folder, show, qtbot
):
    name = "<img src=x>\x00../../a"
    left_behind(folder, name, geometry={"data": "x", "visible": False, "name": "other"})
    panel = show()
    assert lines(panel)[0][0] == "<img src=x> ../../a"
    choose(panel, 0)
    panel.open.click()
    settle(qtbot, panel)
    assert viewer.layers[0].visible
    assert viewer.layers[0].name == "<img src=x> ../../a"


def test_the_correction_panel_has_a_button_for_it(viewer, folder, qtbot):
    correction = viewer.window.add_plugin_dock_widget("napari-multicancer", "Correct a mask")[1]
    correction.ui.restore.click()
    docked = viewer.window.dock_widgets.values()
    assert sum(isinstance(one, RestorePanel) for one in docked) == 1
    correction.ui.restore.click()
    assert sum(isinstance(one, RestorePanel) for one in docked) == 1
