"""Opens a scan, clicks, corrects with three tools, undoes one by Ctrl+Z; waits to be killed.

``corrector.py SCAN MASK`` writes the corrected mask to MASK (.npy) and prints "saved"
once its automatic copy is on disk, which comes by itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import napari
import numpy as np
from napari.layers import Labels
from napari.viewer import Viewer
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QPushButton

from napari_multicancer.core.masks.history import Change, changes_of, records_of
from napari_multicancer.io.snapshots.fingerprint import digest
from napari_multicancer.io.snapshots.folder import autosave_folder, list_snapshots
from napari_multicancer.widgets.common.record import record_of

from .step_shots import shoot

TOOLS = ("Smooth outline", "Grow", "Snap to edges")
CORRECT = 1
POLL_MS = 20


def main(scan: Path, target: Path) -> None:
    viewer = napari.Viewer()
    panel = viewer.window.add_plugin_dock_widget("napari-multicancer", "Multi-Cancer")[1]
    viewer.open(str(scan))
    shoot(viewer, "1-opened")
    click(panel.ui.button)
    wait_until(lambda: not panel.is_working)
    labels = viewer.layers.selection.active
    shoot(viewer, "2-clicked")
    masks = [labels.data.copy()]
    panel.ui.tabs.setCurrentIndex(CORRECT)
    buttons = panel.ui.tabs.page(CORRECT).ui.buttons.values()
    for number, title in enumerate(TOOLS):
        click(next(one for one in buttons if one.accessibleName() == title))
        wait_until(lambda: not panel.ui.tabs.page(CORRECT).is_working)
        masks.append(labels.data.copy())
        assert (masks[-1] != masks[-2]).any(), title
        shoot(viewer, f"{3 + number}-{title.lower().replace(' ', '-')}")
    undo(viewer)
    wait_until(lambda: np.array_equal(labels.data, masks[-2]))
    shoot(viewer, "6-undone")
    wait_until(lambda: is_copied(labels))
    np.save(target, labels.data)
    print("saved", flush=True)  # noqa: T201  the parent reads it
    napari.run()


def click(button: QPushButton) -> None:
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def undo(viewer: Viewer) -> None:
    """Press Ctrl+Z over the picture, as the user does."""
    canvas = viewer.window._qt_viewer.canvas.native
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def is_copied(labels: Labels) -> bool:
    kept = {(one.digest, one.record.history) for one in list_snapshots(autosave_folder())[0]}
    return (digest(labels.data), history_as_kept(labels)) in kept


def history_as_kept(labels: Labels) -> tuple[Change, ...]:
    return changes_of(records_of(record_of(labels).mask.history))


def wait_until(happened: Callable[[], bool]) -> None:
    while not happened():
        QTest.qWait(POLL_MS)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
