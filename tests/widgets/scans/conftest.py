from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from napari._qt.dialogs.qt_notification import NapariQtNotification
from napari.viewer import Viewer
from qtpy.QtWidgets import QApplication

from napari_multicancer.widgets.scans import keys
from napari_multicancer.widgets.scans.panel import ScansPanel


@pytest.fixture(autouse=True)
def at_a_glance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests need not look at a scan before they go on."""
    monkeypatch.setattr(keys, "LOOKED_S", 0.0)


@pytest.fixture
def shown(
    make_napari_viewer: Callable[..., Viewer], qtbot, monkeypatch: pytest.MonkeyPatch
) -> Viewer:
    """A viewer with a window, which keys and the mouse need, but without napari's pop-ups.

    Where one fades over the canvas, Mesa's software OpenGL ends the process now and then.
    """
    monkeypatch.setattr(NapariQtNotification, "show_notification", lambda *args: None)
    viewer = make_napari_viewer(show=True)
    QApplication.setActiveWindow(viewer.window._qt_window)
    qtbot.waitUntil(viewer.window._qt_window.isActiveWindow)
    return viewer


@pytest.fixture
def scans(viewer: Viewer) -> ScansPanel:
    return viewer.window.add_plugin_dock_widget("napari-multicancer", "Scans")[1]


@pytest.fixture
def open_list(qtbot, scans: ScansPanel) -> Callable[[Path], None]:
    """Name the folder of a list, and wait until its results are in the table."""

    def opened(folder: Path) -> None:
        scans.ui.out.set_folder(folder)
        qtbot.waitUntil(lambda: scans.model.rowCount() > 0)

    return opened


@pytest.fixture
def settle(qtbot, scans: ScansPanel) -> Callable[[], None]:
    """Wait until all is saved, what was asked for is open, and the next scan is read."""

    def is_settled() -> bool:
        session = scans.session
        session.keeper.wait()
        QApplication.processEvents()
        return not (session.reader.is_reading or session.reader.is_reading_ahead)

    return lambda: qtbot.waitUntil(is_settled)


@pytest.fixture
def choose(scans: ScansPanel, settle: Callable[[], None]) -> Callable[[int], None]:
    """Click a row, and wait until its scan is open."""

    def chosen(row: int) -> None:
        scans.ui.table.row_chosen.emit(row)
        settle()

    return chosen
