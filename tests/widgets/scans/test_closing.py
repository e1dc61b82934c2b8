"""napari is closed in the middle of a batch: it ends at once, and keeps all rows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from napari_multicancer.batch.output_folder import only_run_in
from napari_multicancer.batch.results import read_rows
from napari_multicancer.io import load_mask
from napari_multicancer.project import Project, State
from napari_multicancer.samples import SAMPLES
from tests.project.scans import picture, volume

FILES = 200
NO_DISPLAY = sys.platform.startswith("linux") and not (
    os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
)
WINDOW = """
import sys
from pathlib import Path

import napari
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication

viewer = napari.Viewer()
_, panel = viewer.window.add_plugin_dock_widget("napari-multicancer", "Scans")
panel.ui.folder.set_folder(Path(sys.argv[1]))

def look():
    if panel.proposals.counts.rows < 3:
        return
    timer.stop()
    if sys.argv[2] == "paused":
        panel.ui.button.click()
    if sys.argv[2] == "quit":
        QApplication.instance().quit()
    else:
        viewer.close()

timer = QTimer()
timer.timeout.connect(look)
timer.start(20)
panel.ui.button.click()
napari.run()
print("ended")
"""


@pytest.mark.skipif(NO_DISPLAY, reason="a window needs a display")
@pytest.mark.parametrize("how", ["paused", "quit"])
def test_closing_napari_ends_the_batch_and_keeps_its_rows(how: str, tmp_path: Path) -> None:
    scans = tmp_path / "scans"
    scans.mkdir()
    for number in range(FILES):
        shutil.copy(SAMPLES[-1].path, scans / f"{number:03}.tif")
    done = subprocess.run(
        [sys.executable, "-c", WINDOW, str(scans), how],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("ended\n")
    out = tmp_path / "scans_results"
    rows = list(read_rows(out / "results.csv"))
    assert 3 <= len(rows) < FILES
    assert [row["path"] for row in rows] == [str(scans / f"{n:03}.tif") for n in range(len(rows))]
    with only_run_in(out):
        pass
    assert len(list((out / "masks").iterdir())) - len(rows) in (0, 1)


AT_WORK = """
import sys
from pathlib import Path

import napari
from qtpy.QtCore import QTimer

viewer = napari.Viewer()
_, panel = viewer.window.add_plugin_dock_widget("napari-multicancer", "Scans")
panel.ui.out.set_folder(Path(sys.argv[1]))
session = panel.session
steps = iter(["scan1.png", "scan2.nii"])
now = next(steps)
session.next()

def look():
    global now
    if session.scan is None or session.scan.name != now:
        return
    now = next(steps, None)
    if now is not None:
        session.next()
        return
    timer.stop()
    labels = session.stage.labels
    labels.paint((2, 3, 3), 1)
    viewer.window._qt_window.close(True, False)

timer = QTimer()
timer.timeout.connect(look)
timer.start(20)
napari.run()
print("ended")
"""


@pytest.mark.skipif(NO_DISPLAY, reason="a window needs a display")
def test_closing_napari_keeps_a_stroke_on_a_stack_once(tmp_path: Path) -> None:
    paths = [picture(tmp_path / "scans/scan1.png"), volume(tmp_path / "scans/scan2.nii")]
    with Project.create(tmp_path / "list", "Ada") as project:
        project.add(paths)
    done = subprocess.run(
        [sys.executable, "-c", AT_WORK, str(tmp_path / "list")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("ended\n")
    assert "Traceback" not in done.stderr
    with Project.open(tmp_path / "list") as project:
        (kept,) = project.versions(2)
        assert load_mask(kept.file).labels[2, 3, 3] == 1
        assert project.scan(2).state is State.IN_WORK
