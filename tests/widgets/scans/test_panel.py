"""The tab with the list of scans, in a real viewer, on real files."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Semaphore, get_ident

import pytest
from napari.viewer import Viewer
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QFileDialog

from napari_multicancer.batch.output_folder import only_run_in
from napari_multicancer.batch.results import read_rows
from napari_multicancer.batch.run import run_batch
from napari_multicancer.core.analysis.answer import Analysis, Prediction
from napari_multicancer.core.errors import CancelledError, MulticancerError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.project import Project, State
from napari_multicancer.samples import SAMPLES
from napari_multicancer.widgets.common.answers import answer_of
from napari_multicancer.widgets.scans.panel import ScansPanel
from napari_multicancer.widgets.scans.table.words import NOT_SURE

from ..conftest import ANSWER_MS
from .lists import listed, proposed

FILES = {sample.file: sample.path for sample in SAMPLES}
BREAST, STACK = "breast_malignant.png", SAMPLES[-1].file
IS_LINUX = sys.platform == "linux"
"""Elsewhere there is no /proc."""


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


def _names(panel: ScansPanel) -> list[str]:
    model = panel.model
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def _run(qtbot, panel: ScansPanel) -> object:
    with qtbot.waitSignal(panel.finished) as finished:
        panel.ui.button.click()
    return finished.args[0]


def _answered(panel: ScansPanel) -> list[str]:
    """Name the scans that the list on the disk has an answer for."""
    return [name for name, scan in listed(_folder(panel)).items() if scan.state is not State.NEW]


def _folder(panel: ScansPanel) -> Path:
    return panel.session.project.folder


def test_a_folder_is_analyzed_as_from_the_terminal(qtbot, scans, folder, told):
    scans.ui.folder.set_folder(folder)
    out = folder.parent / "scans_results"
    assert scans.ui.out.folder == out
    summary = _run(qtbot, scans)
    assert (summary.ok, summary.failed, summary.skipped) == (2, 1, 0)
    assert _names(scans) == ["a.png", "b.tif", "c.png"]
    assert scans.model.index(2, 1).data() == "Failed"
    run_batch(sorted(folder.iterdir()), folder.parent / "terminal")
    tables = [
        [row | {"seconds": ""} for row in read_rows(where / "results.csv")]
        for where in (out, folder.parent / "terminal")
    ]
    assert tables[0] == tables[1]
    assert sorted(os.listdir(out / "masks")) == ["a_mask.tif", "b_mask.tif"]
    assert scans.ui.state.text() == "2 analyzed, 1 failed, 0 done before."
    known = listed(out)
    assert [scan.state for scan in known.values()] == [State.PROPOSED, State.PROPOSED, State.NEW]
    assert known["c.png"].error.startswith("c.png is no picture")
    assert told == []


def test_going_on_does_what_is_left(qtbot, scans, folder):
    out = folder.parent / "out"
    run_batch([folder / "a.png"], out)
    before = (out / "results.csv").read_bytes()
    scans.ui.folder.set_folder(folder)
    scans.ui.out.set_folder(out)
    qtbot.waitUntil(lambda: _names(scans) == ["a.png"])
    summary = _run(qtbot, scans)
    assert (summary.ok, summary.failed, summary.skipped) == (1, 1, 1)
    assert (out / "results.csv").read_bytes().startswith(before)
    assert _names(scans) == ["a.png", "b.tif", "c.png"]
    assert scans.ui.button.text() == "&Go on with 1 scan"


def test_files_that_are_dropped_are_listed_and_analyzed(qtbot, scans, folder):
    with qtbot.waitSignal(scans.finished) as finished:
        scans.take([folder / "a.png"])
    assert finished.args[0].ok == 1
    assert _names(scans) == ["a.png"]
    with qtbot.waitSignal(scans.finished):
        scans.take([folder / "b.tif"])
    assert _answered(scans) == ["a.png", "b.tif"]


def test_an_analyzed_scan_opens_with_its_answer(
    qtbot, viewer: Viewer, panel, scans, folder, choose
):
    run_batch([folder / "a.png"], folder.parent / "out")
    scans.ui.out.set_folder(folder.parent / "out")
    qtbot.waitUntil(lambda: _names(scans) == ["a.png"])
    choose(0)
    row = next(iter(read_rows(folder.parent / "out/results.csv")))
    findings = panel.ui.findings
    assert "Not analysed yet" not in findings.note.text()
    assert not findings.finding.isHidden()
    sure = row["confident"] == "true"
    assert (row["diagnosis"].capitalize() if sure else NOT_SURE) in findings.finding.answer.text()
    assert answer_of(viewer.layers[0]).diagnosis.label == row["diagnosis"]
    assert panel.ui.save.isEnabled()


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


def test_pause_and_cancel_act_within_a_file(qtbot, scans, stacks, monkeypatch):
    analyze = _StepByStep()
    monkeypatch.setattr(_Noticed, "in_vain", 0)
    monkeypatch.setattr("napari_multicancer.widgets.common.thread.Event", _Noticed)
    monkeypatch.setattr("napari_multicancer.batch.one_file.analyze", analyze)
    scans.ui.folder.set_folder(stacks)
    scans.ui.button.click()
    analyze.allowed.release(30)
    qtbot.waitUntil(lambda: analyze.planes == 30)
    scans.ui.button.click()
    assert scans.proposals.job.is_paused
    assert scans.ui.state.text().startswith("Paused: 3 of 200")
    analyze.allowed.release(10_000)
    qtbot.waitUntil(lambda: scans.proposals.counts.rows == 3)
    qtbot.waitUntil(lambda: _Noticed.in_vain > 2)
    assert analyze.planes <= 31, "the plane that was under way is the last one"
    scans.ui.button.click()
    qtbot.waitUntil(lambda: analyze.planes > 40)
    with qtbot.waitSignal(scans.finished) as finished:
        scans.ui.cancel.click()
        assert scans.ui.state.text() == "Stopping..."
    assert isinstance(finished.args[0], CancelledError)
    out = _folder(scans)
    kept = [Path(row["path"]).name for row in read_rows(out / "results.csv")]
    assert len(kept) == analyze.planes // 9 < 200
    assert _answered(scans) == kept
    assert scans.ui.button.text() == f"&Go on with {200 - len(kept)} scans"
    with only_run_in(out):
        pass


def test_a_pause_can_be_cancelled(qtbot, scans, stacks):
    scans.ui.folder.set_folder(stacks)
    scans.ui.button.click()
    scans.ui.button.click()
    assert scans.proposals.job.is_paused
    with qtbot.waitSignal(scans.finished) as finished:
        scans.ui.cancel.click()
    assert isinstance(finished.args[0], CancelledError)


@pytest.mark.parametrize("paused", [False, True])
def test_closing_the_list_stops_the_models(qtbot, scans, stacks, paused):
    scans.ui.folder.set_folder(stacks)
    scans.ui.button.click()
    out = _folder(scans)
    qtbot.waitUntil(lambda: scans.proposals.counts.rows > 0)
    if paused:
        scans.ui.button.click()
    with qtbot.waitSignal(scans.finished) as finished:
        scans.list.close.trigger()
    assert isinstance(finished.args[0], CancelledError)
    assert scans.session.project is None
    assert scans.ui.out.isEnabled()
    with only_run_in(out), Project.open(out) as project:
        assert project.count() == 200


def test_no_other_list_is_dropped_while_the_models_are_at_work(
    qtbot, scans, stacks, told, tmp_path: Path
):
    Project.create(tmp_path / "other").close()
    scans.ui.folder.set_folder(stacks)
    scans.ui.button.click()
    qtbot.waitUntil(lambda: scans.proposals.counts.rows > 0)
    scans.take([tmp_path / "other"])
    assert told == [
        "The models are at work: drop scans or a list when they are done, or press Cancel."
    ]
    assert scans.session.project.folder == _folder(scans)
    with qtbot.waitSignal(scans.finished):
        scans.ui.cancel.click()


@pytest.mark.parametrize("paused", [False, True])
def test_closing_the_panel_keeps_the_answers_and_frees_the_folder(
    qtbot, viewer, scans, stacks, told, paused
):
    scans.ui.folder.set_folder(stacks)
    scans.ui.button.click()
    out = _folder(scans)
    qtbot.waitUntil(lambda: scans.proposals.counts.rows > 0)
    if paused:
        scans.ui.button.click()
    viewer.window.remove_dock_widget(scans)
    qtbot.waitUntil(lambda: _is_free(out))
    assert 0 < len(list(read_rows(out / "results.csv"))) < 200
    assert told == []


def _is_free(out: Path) -> bool:
    try:
        with only_run_in(out), Project.open(out):
            return True
    except MulticancerError:
        return False


def test_the_models_are_off_the_windows_thread(qtbot, scans, folder, monkeypatch):
    turned = Event()
    threads = []

    def run_while_the_window_turns(*given, **options):
        threads.append(get_ident())
        assert turned.wait(ANSWER_MS / 1000), "the event loop did not turn"
        return run_batch(*given, **options)

    monkeypatch.setattr("napari_multicancer.batch.run.run_batch", run_while_the_window_turns)
    scans.ui.folder.set_folder(folder)
    QTimer.singleShot(0, turned.set)
    assert _run(qtbot, scans).ok == 2
    assert threads != []
    assert get_ident() not in threads


def test_folders_that_will_not_do_are_one_sentence(qtbot, scans, folder, told):
    for name in ("empty", "foreign", "locked"):
        (folder.parent / name).mkdir()
    (folder.parent / "foreign/results.csv").write_text("name,age\n")
    for source, out, says in (
        (None, None, "No folder of scans is named"),
        ("missing", "out", "There is no folder"),
        ("empty", "out", "There are no scans in"),
        ("scans", "scans", "holds the scans: choose another folder"),
        ("scans", "scans/c.png", "c.png cannot be written (File exists)"),
        *((("scans", "/proc/results", "/proc/results cannot be written"),) if IS_LINUX else ()),
        ("scans", "locked", "Another run (process"),
        ("scans", "foreign", "is no results table of this program"),
    ):
        if source is not None:
            scans.ui.folder.set_folder(folder.parent / source)
            scans.ui.out.set_folder(folder.parent / out)
        told.clear()
        with only_run_in(folder.parent / "locked"):
            scans.ui.button.click()
            qtbot.waitUntil(lambda: not scans.proposals.job.is_running)
            qtbot.waitUntil(lambda: bool(told))
        assert len(told) == 1, out
        assert says in told[0]
        assert (folder.parent / "foreign/results.csv").read_text() == "name,age\n"
        assert scans.ui.button.isEnabled()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_disk_that_takes_no_more_is_one_sentence_and_keeps_the_rows(
    qtbot, scans, folder, told, monkeypatch
):
    from napari_multicancer.batch.results import ResultsTable
    from napari_multicancer.io.files import not_written

    add = ResultsTable.add

    def full(self, row):
        if "b.tif" in row["path"]:
            raise not_written(self.path, OSError(28, "No space left on device"))
        add(self, row)

    monkeypatch.setattr(ResultsTable, "add", full)
    scans.ui.folder.set_folder(folder)
    _run(qtbot, scans)
    assert told == [
        f"{_folder(scans) / 'results.csv'} cannot be written (No space left on device): "
        "free some space or choose another folder."
    ]
    assert _answered(scans) == ["a.png"]


def test_the_dialog_names_a_folder(scans, folder, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *given: str(folder))
    scans.ui.folder.button.click()
    assert scans.ui.folder.folder == folder
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *given: "")
    scans.ui.folder.button.click()
    assert scans.ui.folder.folder == folder


def test_the_list_that_was_open_last_is_offered(scans, tmp_path: Path):
    folder = proposed(tmp_path, 2)
    scans.ui.out.set_folder(folder)
    assert scans.ui.again.isHidden()
    scans.list.close.trigger()
    assert scans.ui.again.text().replace("&", "") == "Go on with list"
    scans.ui.again.click()
    assert scans.session.project.folder == folder
    scans.list.close.trigger()
    shutil.rmtree(folder)
    scans._show_list()
    assert scans.ui.again.isHidden(), "it is not there any more"
