"""The napari window with scans and the panel in it, as the terminal opens it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import napari
from napari.layers import Image
from qtpy.QtCore import QEventLoop, QTimer
from qtpy.QtWidgets import QApplication, QDialog

from napari_multicancer.core.errors import OutputError
from napari_multicancer.translation import tr
from napari_multicancer.widgets.analyse.commands import PLUGIN, WIDGET
from napari_multicancer.widgets.analyse.panel import MultiCancerPanel
from napari_multicancer.widgets.files.open_scans import add_scans

SCREENSHOT_SIZE = (1280, 800)
ANALYSIS_LIMIT_MS = 120_000
SETTLE_MS = 1000


def open_window(paths: Sequence[Path], *, screenshot: Path | None = None) -> None:
    """Open napari with scans loaded and the panel docked.

    A folder of DICOM gives a layer a series. What cannot be opened gives a
    notification; the others open.

    Parameters
    ----------
    paths : sequence of Path
        Scans of any known format. The last one lies on top and is active.
    screenshot : Path, optional
        Analyse that scan, save a picture of the window there as PNG, and close,
        instead of waiting for the user.

    Raises
    ------
    OutputError
        The picture cannot be written.
    """
    viewer = napari.Viewer()
    _, panel = viewer.window.add_plugin_dock_widget(PLUGIN, WIDGET)
    if screenshot is None:
        add_scans(viewer, paths)
        napari.run()
        return
    panel.ui.reader_offer.silence()
    try:
        viewer.window.resize(*SCREENSHOT_SIZE)
        _wait()
        if images := add_scans(viewer, paths):
            _analyse(panel, images[-1])
        _save_screenshot(viewer, screenshot)
    finally:
        viewer.close()


def _analyse(panel: MultiCancerPanel, image: Image) -> None:
    """Press the button and wait for the answer while the window stays alive."""
    loop = QEventLoop()
    panel.finished.connect(loop.quit)
    panel.run(image)
    if panel.is_working:
        QTimer.singleShot(ANALYSIS_LIMIT_MS, loop.quit)
        loop.exec_()


def _wait() -> None:
    """Let the window arrange and draw itself."""
    loop = QEventLoop()
    QTimer.singleShot(SETTLE_MS, loop.quit)
    loop.exec_()


def _save_screenshot(viewer: napari.Viewer, path: Path) -> None:
    _wait()
    for window in QApplication.topLevelWidgets():
        for notification in window.findChildren(QDialog):
            notification.close()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        viewer.window.screenshot(str(path), canvas_only=False, flash=False)
    except OSError as error:
        raise OutputError(
            tr(
                "{path} cannot be written ({strerror}): choose another place.",
                path=path,
                strerror=error.strerror,
            )
        ) from error
