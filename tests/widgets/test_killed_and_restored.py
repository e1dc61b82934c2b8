"""Open, click, fix with three tools, undo one, kill the process, reopen, restore, export."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from qtpy.QtWidgets import QFileDialog

from napari_multicancer.io.autosave_folder import VARIABLE
from napari_multicancer.widgets import autosave

from .corrector import TOOLS, sample_layer

NO_DISPLAY = sys.platform.startswith("linux") and not (
    os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
)


@pytest.mark.skipif(NO_DISPLAY, reason="a real viewer needs a display: scripts/with_display.sh")
def test_what_was_corrected_before_a_kill_is_restored_and_exported(
    viewer, panel, qtbot, tmp_path, monkeypatch, told
):
    corrected = corrected_and_killed(tmp_path)
    offers = autosave._watched[viewer][1]
    with qtbot.waitSignal(offers.looked, timeout=30_000):
        scan = viewer.add_layer(sample_layer())
    offers.dialog.restore.click()
    labels = viewer.layers[-1]
    np.testing.assert_array_equal(labels.data, corrected)
    np.testing.assert_allclose(labels.extent.world, scan.extent.world)

    tiff, page = tmp_path / "mask.tif", tmp_path / "report.html"
    for button, path in ((panel.ui.save, tiff), (panel.ui.report, page)):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, to=path: (str(to), ""))
        assert button.isEnabled()
        button.click()
    with tifffile.TiffFile(tiff) as file:
        np.testing.assert_array_equal(file.asarray(), corrected)
    content = json.loads(page.with_suffix(".json").read_text("utf-8"))
    assert content["edited_by_hand"]
    done = [step["tool"] for step in content["history"]]
    assert done[0] == "segmentation"
    assert [tool for tool in done if tool in {title.lower() for title in TOOLS}][:2] == [
        "smooth outline",
        "grow",
    ]
    assert all("Saved" in sentence for sentence in told)


def corrected_and_killed(folder: Path) -> np.ndarray:
    """Let a process correct a sample and kill it; give the mask as it was at the end."""
    target = folder / "corrected.npy"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.widgets.corrector", str(target)],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, VARIABLE: os.environ[VARIABLE]},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout.readline() == "saved\n"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    return np.load(target)
