"""Small lists of scans with the models' proposals, made without any model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from napari.layers import Labels
from napari.viewer import Viewer
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_multicancer.io import load_mask
from napari_multicancer.project import ListedScan, Project
from tests.project.scans import answer, failure, pictures, results


def proposed(folder: Path, number: int, **cells: str) -> Path:
    """Make a list of so many scans, scan1.png and so on, each with a proposal."""
    scans = pictures(folder / "scans", number)
    rows = [answer(path, mask=f"masks/{path.stem}_mask.tif", **cells) for path in scans]
    results(folder / "list", *rows)
    return folder / "list"


def with_a_failure(folder: Path, reason: str) -> Path:
    """Make a list of a scan with a proposal and one that failed."""
    good, bad = pictures(folder / "scans", 2)
    results(folder / "list", answer(good, mask="masks/scan1_mask.tif"), failure(bad, reason))
    return folder / "list"


def with_broken(folder: Path) -> Path:
    """Make a list of a scan that cannot be opened, between two that can."""
    paths = pictures(folder / "scans", 3)
    good = [answer(path, mask=f"masks/{path.stem}_mask.tif") for path in paths]
    paths[1].write_text("this is no picture")
    results(folder / "list", good[0], failure(paths[1], "scan2.png is no picture."), good[2])
    return folder / "list"


def listed(folder: Path) -> dict[str, ListedScan]:
    """Read a list as another process would: what is on the disk."""
    with Project.open(folder, read_only=True) as project:
        return {scan.name: scan for scan in project.scans()}


def last_mask(folder: Path, name: str) -> np.ndarray:
    """Read the newest mask of a scan from the disk."""
    with Project.open(folder, read_only=True) as project:
        scan = next(one for one in project.scans() if one.name == name)
        return np.asarray(load_mask(project.versions(scan.id)[-1].file).labels)


def press(viewer: Viewer, key: Qt.Key) -> None:
    """Press a key over the picture, as the user does."""
    canvas = viewer.window._qt_viewer.canvas.native
    canvas.setFocus()
    QTest.keyClick(canvas, key)


def mask_in(viewer: Viewer) -> Labels:
    """Give the mask that is on the screen."""
    active = viewer.layers.selection.active
    assert isinstance(active, Labels)
    return active
