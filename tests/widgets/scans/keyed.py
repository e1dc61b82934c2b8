"""Labels scans by keys, draws on one more, and waits to be killed.

``keyed.py FOLDER SEEN NUMBER DRAWN...`` labels so many scans of the list, draws on those with
the names that follow, prints the number of keys once an automatic copy has the last stroke.
"""

from __future__ import annotations

import sys
from pathlib import Path

import napari
from qtpy.QtWidgets import QApplication

from napari_multicancer.io.snapshots.folder import autosave_folder, list_snapshots
from napari_multicancer.widgets.scans.session import Session

from .labeler import Labeler, wait_until


def main(folder: Path, seen: Path, number: int, drawn: list[str]) -> None:
    labeler = opened(folder, seen)
    for _ in range(number):
        labeler.go()
        if labeler.name in drawn:
            labeler.draw()
    labeler.go()
    labeler.draw()
    wait_until(lambda: is_copied(labeler.session))
    labeler.remember()
    print(f"keys {labeler.keys}", flush=True)  # noqa: T201  the parent reads it
    napari.run()


def opened(folder: Path, seen: Path) -> Labeler:
    """Open a window with a list."""
    viewer = napari.Viewer()
    _, panel = viewer.window.add_plugin_dock_widget("napari-multicancer", "Scans")
    QApplication.setActiveWindow(viewer.window._qt_window)
    wait_until(viewer.window._qt_window.isActiveWindow)
    panel.ui.out.set_folder(folder)
    wait_until(lambda: panel.model.rowCount() > 0)
    return Labeler(viewer, panel.session, seen)


def is_copied(session: Session) -> bool:
    """Whether there is an automatic copy of the scan that is open, and the list is written."""
    session.keeper.wait()
    names = [copy.scan_name for copy in list_snapshots(autosave_folder())[0]]
    return any(name.endswith(session.scan.name) for name in names)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
