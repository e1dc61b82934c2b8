"""Pictures of each step of a test, for whoever wants to look.

They are saved where NAPARI_MULTICANCER_SHOTS names a folder, as NUMBER-NAME.png, and
nowhere otherwise.
"""

from __future__ import annotations

import os
from pathlib import Path

from napari.viewer import Viewer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QWidget

VARIABLE = "NAPARI_MULTICANCER_SHOTS"
DRAWN_MS = 300


def folder_of_shots() -> Path | None:
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    folder = Path(named)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def shoot(viewer: Viewer, name: str) -> None:
    """Save the whole window."""
    if (folder := folder_of_shots()) is not None:
        QTest.qWait(DRAWN_MS)
        viewer.window.screenshot(str(folder / f"{name}.png"), canvas_only=False, flash=False)


def shoot_widget(widget: QWidget, name: str) -> None:
    """Save a widget of its own, such as a dialog."""
    if (folder := folder_of_shots()) is not None:
        QTest.qWait(DRAWN_MS)
        widget.grab().save(str(folder / f"{name}.png"))
