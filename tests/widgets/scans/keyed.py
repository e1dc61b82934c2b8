"""Goes through a list by keys, paints, and waits to be killed.

``keyed.py FOLDER DONE`` presses the key for the next scan so often, paints a pixel on the
scan that is open then, and prints its name once an automatic copy has the stroke.
"""

from __future__ import annotations

import sys
from pathlib import Path

import napari
from napari.viewer import Viewer
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from napari_multicancer.io.snapshots.folder import autosave_folder, list_snapshots

POLL_MS = 20


def main(folder: Path, done: int) -> None:
    viewer = napari.Viewer()
    _, panel = viewer.window.add_plugin_dock_widget("napari-multicancer", "Scans")
    QApplication.setActiveWindow(viewer.window._qt_window)
    panel.ui.out.set_folder(folder)
    wait_until(lambda: panel.model.rowCount() > 0)
    for _ in range(done + 1):
        next_scan(viewer, panel)
    viewer.layers.selection.active.paint((1, 2), 1)
    wait_until(lambda: bool(list_snapshots(autosave_folder())[0]))
    panel.session.keeper.wait()
    print(f"painted {panel.session.scan.name}", flush=True)  # noqa: T201  the parent reads it
    napari.run()


def next_scan(viewer: Viewer, panel) -> None:
    before = panel.session.at
    canvas = viewer.window._qt_viewer.canvas.native
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_N)
    wait_until(lambda: panel.session.at != before and panel.session.scan is not None)


def wait_until(happened) -> None:
    while not happened():
        QTest.qWait(POLL_MS)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
