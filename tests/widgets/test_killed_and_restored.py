"""Open, click, fix with three tools, undo one, kill the process, reopen, restore, export.

Run it with the variable NAPARI_MULTICANCER_SHOTS, the name of a folder, to look at a
picture of each step.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog

from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.io.snapshots.folder import VARIABLE
from napari_multicancer.samples import SAMPLES
from napari_multicancer.widgets.autosave import autosave

from .corrector import TOOLS
from .step_shots import folder_of_shots, shoot, shoot_widget

SAMPLE = "breast_malignant.png"
NO_DISPLAY = sys.platform.startswith("linux") and not (
    os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
)


@pytest.fixture
def viewer(make_napari_viewer):
    return make_napari_viewer(show=True)


@pytest.fixture
def scan(tmp_path) -> Path:
    return shutil.copy(next(one.path for one in SAMPLES if one.file == SAMPLE), tmp_path)


@pytest.mark.skipif(NO_DISPLAY, reason="a real viewer needs a display: scripts/with_display.sh")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGKILL")
def test_what_was_corrected_before_a_kill_is_restored_and_exported(
    viewer, panel, qtbot, tmp_path, monkeypatch, told, scan
):
    corrected = corrected_and_killed(scan, tmp_path)
    offers = autosave._viewers[viewer][1]
    with qtbot.waitSignal(offers.looked):
        (image,) = viewer.open(str(scan))
    shoot_widget(offers.dialog, "7-offered")
    qtbot.mouseClick(offers.dialog.restore, Qt.MouseButton.LeftButton)
    labels = viewer.layers[-1]
    np.testing.assert_array_equal(labels.data, corrected)
    np.testing.assert_allclose(labels.extent.world, image.extent.world)
    shoot(viewer, "8-restored")

    tiff, page = tmp_path / "mask.tif", tmp_path / "report.html"
    for button, path in ((panel.ui.save, tiff), (panel.ui.report, page)):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, to=path: (str(to), ""))
        assert button.isEnabled()
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    shoot(viewer, "9-exported")
    check_tiff(tiff, corrected)
    check_report(page, corrected)
    assert all("Saved" in sentence for sentence in told)


def check_tiff(path: Path, corrected: np.ndarray) -> None:
    with tifffile.TiffFile(path) as file:
        np.testing.assert_array_equal(file.asarray(), corrected)
        record = json.loads(file.imagej_metadata["provenance"])
    assert record["edited_by_hand"]
    check_history(record["history"])


def check_report(path: Path, corrected: np.ndarray) -> None:
    content = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert content["edited_by_hand"]
    check_history(content["history"])
    page = path.read_text("utf-8")
    for word in (RESEARCH_USE, "The mask was changed by hand.", "data:image/png"):
        assert word in page
    for tool in ("undo", TOOLS[-1].lower()):
        assert f"<td>{tool}</td>" not in page
    assert f"<td>{TOOLS[0].lower()}</td>" in page
    assert f"{np.count_nonzero(corrected):,}" in page
    if (folder := folder_of_shots()) is not None:
        shutil.copy(path, folder / "10-report.html")


def check_history(history: list[dict]) -> None:
    """Look for the machine first, then for each thing that was done by hand, in order."""
    assert [step["tool"] for step in history] == [
        "segmentation",
        *(title.lower() for title in TOOLS),
        "undo",
    ]
    last, undone = history[-2:]
    assert (undone["added"], undone["removed"]) == (last["removed"], last["added"])


def corrected_and_killed(scan: Path, folder: Path) -> np.ndarray:
    """Let a process correct a scan and kill it; give the mask as it was at the end."""
    target = folder / "corrected.npy"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.widgets.corrector", str(scan), str(target)],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, VARIABLE: os.environ[VARIABLE]},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert "saved\n" in process.stdout
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    return np.load(target)
