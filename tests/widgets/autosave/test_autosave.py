"""What is painted is on disk a moment later, whatever becomes of layer, panel, viewer and disk."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import nibabel
import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Labels
from qtpy.QtWidgets import QApplication

from napari_multicancer.core.masks.history import USER
from napari_multicancer.io.nifti.mask_write import COMMENT
from napari_multicancer.io.snapshots.folder import VARIABLE, list_snapshots
from napari_multicancer.io.snapshots.snapshot import Snapshot, read_pixels
from napari_multicancer.io.tiff.mask import read_label_tiff
from napari_multicancer.widgets.autosave import autosave as module
from napari_multicancer.widgets.autosave.autosave import AutoSave, watch_viewer
from napari_multicancer.widgets.autosave.strokes import OTHER
from napari_multicancer.widgets.common.record import record_of
from napari_multicancer.widgets.files.writer import save_labels


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "saves"))
    monkeypatch.setattr(module, "WAIT_MS", 1)
    return tmp_path / "saves"


@pytest.fixture
def watched(windowless, folder) -> AutoSave:
    return watch_viewer(windowless)


@pytest.fixture
def labels(windowless, watched) -> Labels:
    return looked_at(windowless, watched)


def looked_at(viewer: ViewerModel, watched: AutoSave) -> Labels:
    """Add a mask with three pixels over a stack, and look at it once."""
    viewer.add_image(np.random.default_rng(0).random((3, 20, 30)), name="head")
    pixels = np.zeros((3, 20, 30), np.uint8)
    pixels[1, 2, :3] = 1
    labels = viewer.add_labels(pixels, name="head lesion")
    settle(watched)
    return labels


def settle(watched: AutoSave) -> None:
    """Wait until all is written and the window knows."""
    for _ in range(3):
        watched.flush()
        QApplication.processEvents()


def stroke(labels: Labels, row: int, value: int = 1) -> None:
    """Paint five pixels of a row of the middle plane."""
    columns = np.arange(10, 15)
    place = (np.full(5, 1), np.full(5, row), columns)
    labels.data_setitem(place, value)


def snapshots(folder: Path) -> list[Snapshot]:
    listed, skipped = list_snapshots(folder)
    assert not skipped
    return listed


def saved(folder: Path) -> list[np.ndarray]:
    return [read_pixels(one) for one in snapshots(folder)]


def test_untouched_layers_are_not_saved(labels, watched, folder):
    labels.visible = False
    settle(watched)
    assert not folder.exists()


def test_a_stroke_is_saved_by_itself(qtbot, labels, watched, folder):
    with qtbot.waitSignal(watched.saved):
        stroke(labels, 5)
    (snapshot,) = snapshots(folder)
    np.testing.assert_array_equal(read_pixels(snapshot), labels.data)
    assert (snapshot.scan_name, snapshot.layer_name) == ("head", "head lesion")
    assert snapshot.scan is not None


def test_a_layers_strokes_go_to_one_file_and_undo_too(labels, watched, folder):
    stroke(labels, 5)
    settle(watched)
    stroke(labels, 6)
    labels.undo()
    settle(watched)
    (pixels,) = saved(folder)
    assert np.count_nonzero(pixels) == 8
    np.testing.assert_array_equal(pixels, labels.data)


def test_moving_through_planes_writes_nothing_anew(windowless, labels, watched, folder):
    stroke(labels, 5)
    settle(watched)
    (before,) = snapshots(folder)
    windowless.dims.set_point(0, 0)
    settle(watched)
    assert snapshots(folder) == [before]


def test_renaming_reordering_and_deleting_lose_nothing(windowless, labels, watched, folder):
    stroke(labels, 5)
    labels.name = "../<b>mine</b>"
    windowless.layers.move(1, 0)
    expected = labels.data.copy()
    windowless.layers.remove(labels)
    settle(watched)
    (pixels,) = saved(folder)
    np.testing.assert_array_equal(pixels, expected)
    assert {path.parent for path in folder.parent.rglob("*.autosave")} == {folder}


def test_other_data_leaves_what_was_painted(labels, watched, folder):
    stroke(labels, 5)
    painted = labels.data.copy()
    labels.data = np.zeros_like(painted)
    stroke(labels, 7)
    settle(watched)
    newest, older = saved(folder)
    np.testing.assert_array_equal(newest, labels.data)
    np.testing.assert_array_equal(older, painted)


def test_closing_the_viewer_flushes(viewer, folder):
    watched = watch_viewer(viewer)
    labels = looked_at(viewer, watched)
    stroke(labels, 5)
    expected = labels.data.copy()
    viewer.close()
    watched.flush()
    np.testing.assert_array_equal(saved(folder)[0], expected)


def test_watching_twice_is_watching_once(windowless, watched, labels):
    assert watch_viewer(windowless) is watched
    stroke(labels, 5)
    assert record_of(labels).mask.history[-1].added == 5


def test_a_full_disk_is_told_once_and_painting_goes_on(labels, watched, folder, told, monkeypatch):
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        for row in (5, 6):
            stroke(labels, row)
            settle(watched)
    assert len(told) == 1
    assert "No space left" in told[0]
    assert snapshots(folder) == []
    settle(watched)
    np.testing.assert_array_equal(saved(folder)[0], labels.data)


def test_a_layer_deleted_while_the_disk_was_full_is_saved_afterwards(
    windowless, labels, watched, folder, told, monkeypatch
):
    stroke(labels, 5)
    expected = labels.data.copy()
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
        windowless.layers.remove(labels)
        settle(watched)
    settle(watched)
    np.testing.assert_array_equal(saved(folder)[0], expected)


def test_the_history_counts_what_strokes_erasing_and_undo_changed(labels, watched):
    stroke(labels, 5)
    labels.mode = "erase"
    labels.paint((1, 5, 12), 0)
    erased = 8 - np.count_nonzero(labels.data)
    settle(watched)
    labels.undo()
    settle(watched)
    entries = [
        (one.who, one.tool, one.added, one.removed) for one in record_of(labels).mask.history
    ]
    assert entries == [
        (USER, "script", 5, 0),
        (USER, "erase", 0, erased),
        (USER, "undo", erased, 0),
    ]


def test_undo_and_redo_are_changes_of_their_own(labels, watched):
    start = labels.data.copy()
    stroke(labels, 5)
    stroke(labels, 6)
    labels.undo()
    labels.undo()
    np.testing.assert_array_equal(labels.data, start)
    labels.redo()
    settle(watched)
    entries = [(one.tool, one.added, one.removed) for one in record_of(labels).mask.history]
    assert entries == [("script", 10, 0), ("undo", 0, 10), ("redo", 5, 0)]


def test_the_history_of_what_was_undone_is_saved_though_the_pixels_are_as_before(
    labels, watched, folder
):
    stroke(labels, 5)
    settle(watched)
    stroke(labels, 6)
    labels.undo()
    settle(watched)
    (snapshot,) = snapshots(folder)
    assert [one.tool for one in snapshot.record.history] == ["script", "undo"]
    labels.data[0, 0, :4] = 1
    labels.refresh()
    settle(watched)
    (snapshot,) = snapshots(folder)
    assert [one.tool for one in snapshot.record.history] == ["script", "undo", OTHER]


def test_a_drag_that_goes_back_and_forth_is_undone_by_what_it_came_to(labels, watched):
    columns = np.arange(10, 20)
    place = (np.full(10, 1), np.full(10, 5), columns)
    with labels.block_history():
        labels.data_setitem(place, 1)
        labels.data_setitem(tuple(axis[:4] for axis in place), 0)
    labels.undo()
    settle(watched)
    last = record_of(labels).mask.history[-1]
    assert (last.tool, last.added, last.removed) == ("undo", 0, 6)
    assert len(record_of(labels).mask.history) == 2


@pytest.mark.parametrize("tool", ["brush", "fill", "polygon"])
def test_naparis_own_tools_are_undone_and_redone_by_name(labels, watched, tool):
    labels.selected_label = 2
    if tool == "brush":
        labels.paint((1, 10, 10), 2)
    elif tool == "fill":
        labels.fill((1, 2, 1), 2)
    else:
        labels.paint_polygon(np.array([[1, 8, 8], [1, 8, 14], [1, 14, 14]]), 2)
    labels.undo()
    labels.redo()
    settle(watched)
    drawn, undone, again = record_of(labels).mask.history
    assert (undone.tool, again.tool) == ("undo", "redo")
    amount = (drawn.added, drawn.removed, drawn.relabelled)
    assert sum(amount) > 0
    assert (undone.removed, undone.added, undone.relabelled) == amount
    assert (again.added, again.removed, again.relabelled) == amount


def test_moving_through_planes_is_no_undo(windowless, labels, watched):
    stroke(labels, 5)
    for plane in (0, 2, 1):
        windowless.dims.set_point(0, plane)
    settle(watched)
    assert [one.tool for one in record_of(labels).mask.history] == ["script"]


def test_what_a_script_changes_is_counted_all_the_same(labels, watched):
    stroke(labels, 5)
    settle(watched)
    labels.data[0, 0, :4] = 1
    labels.refresh()
    settle(watched)
    last = record_of(labels).mask.history[-1]
    assert (last.tool, last.added, last.removed) == (OTHER, 4, 0)


def test_another_label_is_counted_as_such(labels, watched):
    labels.mode = "paint"
    stroke(labels, 5)
    stroke(labels, 5, value=2)
    (entry,) = record_of(labels).mask.history
    assert (entry.tool, entry.added, entry.removed, entry.relabelled) == ("paint", 5, 0, 5)


def test_a_tool_gives_its_name_to_its_own_change_only(qtbot, labels, watched):
    labels.mode = "paint"
    record_of(labels).note_tool("smooth outline")
    stroke(labels, 5)
    stroke(labels, 6)
    record_of(labels).note_tool("fill holes")
    qtbot.wait(1)
    stroke(labels, 7)
    assert [one.tool for one in record_of(labels).mask.history] == ["smooth outline", "paint"]
    assert record_of(labels).mask.history[-1].added == 10


def test_the_history_travels_in_tiff_and_nifti(labels, watched, tmp_path):
    labels.mode = "paint"
    stroke(labels, 5)
    record = read_label_tiff(save_labels(tmp_path / "a.tif", labels))[3]
    assert [(one["who"], one["tool"], one["added"]) for one in record["history"]] == [
        ("user", "paint", 5)
    ]
    image = nibabel.load(save_labels(tmp_path / "a.nii", labels))
    (comment,) = [one for one in image.header.extensions if one.get_code() == COMMENT]
    content = comment.get_content()
    content = content if isinstance(content, str) else content.decode("ascii")
    assert json.loads(content)["history"] == record["history"]


def test_what_was_saved_to_a_file_counts_as_exported_until_painted_again(
    labels, watched, folder, tmp_path
):
    stroke(labels, 5)
    settle(watched)
    assert [one.exported for one in snapshots(folder)] == [False]
    save_labels(tmp_path / "a.tif", labels)
    settle(watched)
    assert [one.exported for one in snapshots(folder)] == [True]
    stroke(labels, 6)
    settle(watched)
    assert [one.exported for one in snapshots(folder)] == [False]


def test_the_models_own_outline_is_not_saved_but_corrections_of_it_are(
    viewer, folder, breast: Image, analyse
):
    watched = watch_viewer(viewer)
    labels = analyse(breast)
    settle(watched)
    assert not folder.exists()
    labels.data_setitem((np.arange(5), np.arange(5)), 1)
    analyse(breast)
    settle(watched)
    (snapshot,) = snapshots(folder)
    np.testing.assert_array_equal(read_pixels(snapshot), labels.data)
    assert snapshot.record.history[0].tool == "segmentation"
    assert snapshot.record.history[-1].who == USER
