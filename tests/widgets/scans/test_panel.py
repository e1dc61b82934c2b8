"""The batch panel in a real viewer, on real files."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Semaphore, get_ident

import numpy as np
import pytest
from napari.layers import Image, Labels
from napari.viewer import Viewer
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QFileDialog

from napari_multicancer.batch.output_folder import only_run_in
from napari_multicancer.batch.results import read_rows
from napari_multicancer.batch.run import BatchOptions, run_batch
from napari_multicancer.core.analysis.answer import Analysis, Prediction
from napari_multicancer.core.errors import CancelledError, MulticancerError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import read_label_tiff
from napari_multicancer.samples import SAMPLES
from napari_multicancer.widgets.common.lesions import lesions_of
from napari_multicancer.widgets.common.record import image_of, record_of
from napari_multicancer.widgets.scans.panel import BatchPanel

from ..conftest import ANSWER_MS

FILES = {sample.file: sample.path for sample in SAMPLES}
BREAST, BRAIN, STACK = "breast_malignant.png", "brain_tumor.png", SAMPLES[-1].file
linux = pytest.mark.skipif(sys.platform != "linux", reason="has no /proc")


@pytest.fixture
def batch(viewer: Viewer) -> BatchPanel:
    return viewer.window.add_plugin_dock_widget("napari-multicancer", "Batch")[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a picture, a stack and a text that is called a picture."""
    folder = tmp_path / "scans"
    folder.mkdir()
    shutil.copy(FILES[BREAST], folder / "a.png")
    shutil.copy(FILES[STACK], folder / "b.tif")
    (folder / "c.png").write_text("this is no picture")
    return folder


@pytest.fixture
def stacks(tmp_path: Path) -> Path:
    """A folder with more stacks than anybody waits for."""
    folder = tmp_path / "stacks"
    folder.mkdir()
    for number in range(200):
        shutil.copy(FILES[STACK], folder / f"{number:03}.tif")
    return folder


def _rows(panel: BatchPanel) -> list[str]:
    model = panel.model
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def _run(qtbot, panel: BatchPanel) -> object:
    with qtbot.waitSignal(panel.finished) as finished:
        panel.ui.button.click()
    return finished.args[0]


def test_a_folder_is_analysed_as_from_the_terminal(qtbot, batch, folder, told):
    batch.ui.folder.set_folder(folder)
    out = folder.parent / "scans_results"
    assert batch.ui.out.folder == out
    summary = _run(qtbot, batch)
    assert (summary.ok, summary.failed, summary.skipped) == (2, 1, 0)
    assert _rows(batch) == ["a.png", "b.tif", "c.png"]
    assert batch.model.index(2, 5).data().startswith("Failed: c.png is no picture")
    run_batch(sorted(folder.iterdir()), folder.parent / "terminal")
    tables = [
        [row | {"seconds": ""} for row in read_rows(where / "results.csv")]
        for where in (out, folder.parent / "terminal")
    ]
    assert tables[0] == tables[1]
    assert sorted(os.listdir(out / "masks")) == ["a_mask.tif", "b_mask.tif"]
    assert batch.ui.state.text() == "2 analysed, 1 failed, 0 done before."
    assert told == []


def test_going_on_does_what_is_left(qtbot, batch, folder):
    out = folder.parent / "out"
    run_batch([folder / "a.png"], out)
    before = (out / "results.csv").read_bytes()
    batch.ui.folder.set_folder(folder)
    batch.ui.out.set_folder(out)
    assert _rows(batch) == ["a.png"]
    assert batch.ui.button.text() == "&Go on after 1 row"
    summary = _run(qtbot, batch)
    assert (summary.ok, summary.failed, summary.skipped) == (1, 1, 1)
    assert (out / "results.csv").read_bytes().startswith(before)
    assert _rows(batch) == ["a.png", "b.tif", "c.png"]


@pytest.fixture
def opened(qtbot, batch) -> Callable[[int], Image]:
    """Choose a row, and give the layer of its scan."""

    def choose(number: int) -> Image:
        with qtbot.waitSignal(batch.opener.opened) as opened:
            batch.ui.table.row_chosen.emit(number)
        return opened.args[0]

    return choose


@pytest.fixture
def done(batch, folder) -> BatchPanel:
    """The panel with the results of an earlier run."""
    run_batch(sorted(folder.iterdir()), folder.parent / "scans_results")
    batch.ui.folder.set_folder(folder)
    return batch


def test_a_row_opens_its_scan_and_a_mask_that_can_be_corrected(viewer, done, opened, told):
    image = opened(0)
    labels = viewer.layers.selection.active
    assert list(viewer.layers) == [image, labels]
    mask, _, _, record = read_label_tiff(done._out / "masks/a_mask.tif")
    np.testing.assert_array_equal(labels.data, mask)
    assert image_of(labels) is image
    assert labels.mode == "paint"
    kept = labels.metadata["napari_multicancer"]
    assert {**kept["provenance"], "history": kept["history"]} == record
    np.testing.assert_array_equal(record_of(labels).first, mask)
    labels.paint((5, 5), 1)
    assert labels.data[5, 5] == 1
    assert told == []


def test_a_stack_opens_at_its_fullest_plane(viewer, done, opened):
    opened(1)
    labels = viewer.layers.selection.active
    fullest = np.count_nonzero(labels.data, axis=(1, 2)).argmax()
    assert viewer.dims.current_step[0] == fullest


def test_what_was_only_looked_at_makes_room_and_corrections_stay(viewer, done, opened):
    first, mask = opened(0), viewer.layers.selection.active
    opened(1)
    assert first not in viewer.layers
    assert mask not in viewer.layers
    assert len(viewer.layers) == 2
    opened(0)
    corrected = viewer.layers.selection.active
    corrected.paint((5, 5), 1)
    opened(1)
    assert corrected in viewer.layers
    assert not corrected.visible
    assert len(viewer.layers) == 4
    image = opened(0)
    assert viewer.layers.selection.active is corrected
    assert lesions_of(viewer, image) == [corrected]
    assert corrected.visible
    assert len(viewer.layers) == 2


def test_a_row_without_a_scan_is_one_sentence(qtbot, viewer, done, told):
    done.ui.table.row_chosen.emit(2)
    qtbot.waitUntil(lambda: bool(told))
    (done._out / "masks/a_mask.tif").unlink()
    done.ui.table.row_chosen.emit(0)
    qtbot.waitUntil(lambda: len(told) > 1)
    assert told[0].startswith("c.png is no picture")
    assert "a_mask.tif" in told[1]
    assert "analyse its scan again" in told[1]
    assert len(viewer.layers) == 0


def test_a_mask_of_other_pixels_is_one_sentence(qtbot, viewer, done, told):
    shutil.copy(done._out / "masks/b_mask.tif", done._out / "masks/a_mask.tif")
    done.ui.table.row_chosen.emit(0)
    qtbot.waitUntil(lambda: bool(told))
    assert "the scan was changed since" in told[0]
    assert len(viewer.layers) == 0


def test_a_nifti_mask_opens_too(viewer, batch, folder, opened):
    out = folder.parent / "scans_results"
    run_batch([folder / "b.tif"], out, BatchOptions(mask_format="nifti"))
    batch.ui.folder.set_folder(folder)
    image = opened(0)
    labels = viewer.layers.selection.active
    assert isinstance(labels, Labels)
    assert labels.data.shape == image.data.shape
    assert labels.data.any()


class _StepByStep:
    """Stands in for `analyze`: a scan of nine planes, each of which waits to be allowed."""

    def __init__(self) -> None:
        self.allowed = Semaphore(0)
        self.planes = 0

    def __call__(self, scan: Scan, *, cancelled: Callable[[], bool], **_: object) -> Analysis:
        for _plane in range(9):
            if cancelled():
                raise CancelledError("Stopped.")
            self.allowed.acquire()
            self.planes += 1
        return Analysis(Prediction({"brain": 0.1, "breast": 0.1, "other": 0.8}, negative="other"))


class _Noticed(Event):
    """Counts how often somebody waited for it in vain."""

    in_vain = 0

    def wait(self, timeout: float | None = None) -> bool:
        is_set = super().wait(timeout)
        _Noticed.in_vain += not is_set
        return is_set


def test_pause_and_cancel_act_within_a_file(qtbot, batch, stacks, monkeypatch):
    analyze = _StepByStep()
    monkeypatch.setattr(_Noticed, "in_vain", 0)
    monkeypatch.setattr("napari_multicancer.widgets.common.thread.Event", _Noticed)
    monkeypatch.setattr("napari_multicancer.batch.one_file.analyze", analyze)
    batch.ui.folder.set_folder(stacks)
    batch.ui.button.click()
    analyze.allowed.release(30)
    qtbot.waitUntil(lambda: analyze.planes == 30)
    batch.ui.button.click()
    assert batch.run.is_paused
    assert batch.ui.state.text().startswith("Paused: 3 of 200")
    analyze.allowed.release(10_000)
    qtbot.waitUntil(lambda: batch.model.rowCount() == 3)
    qtbot.waitUntil(lambda: _Noticed.in_vain > 2)
    assert analyze.planes <= 31, "the plane that was under way is the last one"
    batch.ui.button.click()
    qtbot.waitUntil(lambda: analyze.planes > 40)
    with qtbot.waitSignal(batch.finished) as finished:
        batch.ui.cancel.click()
        assert batch.ui.state.text() == "Stopping..."
    assert isinstance(finished.args[0], CancelledError)
    kept = [Path(row["path"]).name for row in read_rows(batch._out / "results.csv")]
    assert len(kept) == analyze.planes // 9 < 200
    assert _rows(batch) == kept
    assert batch.ui.button.text() == f"&Go on after {len(kept)} rows"
    with only_run_in(batch._out):
        pass


def test_a_pause_can_be_cancelled(qtbot, batch, stacks):
    batch.ui.folder.set_folder(stacks)
    batch.ui.button.click()
    batch.ui.button.click()
    assert batch.run.is_paused
    with qtbot.waitSignal(batch.finished) as finished:
        batch.ui.cancel.click()
    assert isinstance(finished.args[0], CancelledError)


@pytest.mark.parametrize("paused", [False, True])
def test_closing_the_panel_keeps_the_rows_and_frees_the_folder(
    qtbot, viewer, batch, stacks, told, paused
):
    batch.ui.folder.set_folder(stacks)
    out = batch._out
    batch.ui.button.click()
    qtbot.waitUntil(lambda: batch.model.rowCount() > 0)
    if paused:
        batch.ui.button.click()
    viewer.window.remove_dock_widget(batch)
    qtbot.waitUntil(lambda: _is_free(out))
    assert 0 < len(list(read_rows(out / "results.csv"))) < 200
    assert told == []


def _is_free(out: Path) -> bool:
    try:
        with only_run_in(out):
            return True
    except MulticancerError:
        return False


def test_a_batch_is_off_the_windows_thread(qtbot, batch, folder, monkeypatch):
    turned = Event()
    threads = []

    def run_while_the_window_turns(*given, **options):
        threads.append(get_ident())
        assert turned.wait(ANSWER_MS / 1000), "the event loop did not turn"
        return run_batch(*given, **options)

    monkeypatch.setattr("napari_multicancer.batch.run.run_batch", run_while_the_window_turns)
    batch.ui.folder.set_folder(folder)
    QTimer.singleShot(0, turned.set)
    assert _run(qtbot, batch).ok == 2
    assert threads != []
    assert get_ident() not in threads


@pytest.mark.parametrize(
    ("scans", "out", "says"),
    [
        (None, None, "No folder of scans is named"),
        ("missing", "out", "There is no folder"),
        ("empty", "out", "There are no scans in"),
        ("scans", "scans", "holds the scans: choose another folder"),
        ("scans", "scans/c.png", "c.png cannot be written (File exists)"),
        pytest.param("scans", "/proc/results", "/proc/results cannot be written", marks=linux),
        ("scans", "locked", "Another run (process"),
        ("scans", "foreign", "is no results table of this program"),
    ],
)
def test_folders_that_will_not_do_are_one_sentence(qtbot, batch, folder, told, scans, out, says):
    (folder.parent / "empty").mkdir()
    (folder.parent / "foreign").mkdir()
    (folder.parent / "foreign/results.csv").write_text("name,age\n")
    (folder.parent / "locked").mkdir()
    if scans is not None:
        batch.ui.folder.set_folder(folder.parent / scans)
        batch.ui.out.set_folder(folder.parent / out)
    told.clear()
    with only_run_in(folder.parent / "locked"):
        batch.ui.button.click()
        qtbot.waitUntil(lambda: not batch.run.is_running)
        qtbot.waitUntil(lambda: bool(told))
    assert len(told) == 1
    assert says in told[0]
    assert (folder.parent / "foreign/results.csv").read_text() == "name,age\n"
    assert batch.ui.button.isEnabled()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_disk_that_takes_no_more_is_one_sentence_and_keeps_the_rows(
    qtbot, batch, folder, told, monkeypatch
):
    from napari_multicancer.batch.results import ResultsTable
    from napari_multicancer.io.files import not_written

    add = ResultsTable.add

    def full(self, row):
        if "b.tif" in row["path"]:
            raise not_written(self.path, OSError(28, "No space left on device"))
        add(self, row)

    monkeypatch.setattr(ResultsTable, "add", full)
    batch.ui.folder.set_folder(folder)
    _run(qtbot, batch)
    assert told == [
        f"{batch._out / 'results.csv'} cannot be written (No space left on device): "
        "free some space or choose another folder."
    ]
    assert _rows(batch) == ["a.png"]


def test_the_dialog_names_a_folder(batch, folder, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *given: str(folder))
    batch.ui.folder.button.click()
    assert batch.ui.folder.folder == folder
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *given: "")
    batch.ui.folder.button.click()
    assert batch.ui.folder.folder == folder
