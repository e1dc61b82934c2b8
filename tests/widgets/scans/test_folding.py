"""The list in a dock of its own: the scan keeps half of every window, and a strip goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from napari.viewer import Viewer
from npe2 import PluginManifest
from qtpy.QtCore import Qt

from napari_multicancer.widgets.analyse.commands import PLUGIN, WIDGET
from napari_multicancer.widgets.common.making_room import ROOMY
from napari_multicancer.widgets.scans.panel import ScansPanel

from ..conftest import add_sample
from .lists import proposed

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def settings_of_somebody_new(plugin_settings, npe2pm) -> None:
    if PLUGIN not in npe2pm:
        npe2pm.register(PluginManifest.from_distribution(PLUGIN))


@pytest.fixture
def viewer(shown: Viewer) -> Viewer:
    """A viewer in a window that is seen, also for the tab Scans."""
    return shown


@pytest.fixture
def resize(qtbot, viewer: Viewer, scans: ScansPanel):
    def resized(width: int) -> None:
        window = viewer.window._qt_window
        window.resize(width, 700)
        qtbot.waitUntil(lambda: window.width() == width and scans.isVisible())

    return resized


def canvas_share(viewer: Viewer) -> float:
    window = viewer.window._qt_window
    return viewer.window._qt_viewer.canvas.native.width() / window.width()


def docks_are_seen(viewer: Viewer) -> list[bool]:
    qt_viewer = viewer.window._qt_viewer
    docks = (qt_viewer.dockLayerControls, qt_viewer.dockLayerList)
    return [not dock.isHidden() for dock in docks]


@pytest.mark.parametrize("width", [1024, 1280, ROOMY, 1620])
def test_the_scan_keeps_half_beside_the_list_in_every_window(
    qtbot, viewer: Viewer, scans: ScansPanel, resize, width: int
) -> None:
    image = add_sample(viewer, "brain_tumor_stack.tif")
    viewer.add_labels(image.data // 255)
    resize(1200)
    resize(width)
    qtbot.waitUntil(lambda: canvas_share(viewer) >= 0.5, timeout=10_000)
    assert docks_are_seen(viewer) == [width >= ROOMY] * 2
    assert scans.ui.in_place.isVisible() == (width < ROOMY)
    assert scans.width() >= scans.minimumSizeHint().width()
    assert viewer.window._qt_window.minimumSizeHint().height() <= 700


@pytest.mark.parametrize("folded", [False, True])
def test_the_list_or_its_strip_fills_the_dock(
    qtbot, viewer: Viewer, scans: ScansPanel, resize, folded: bool
) -> None:
    resize(1620)
    scans.folding.fold(folded)
    shown = scans.ui.strip if folded else scans.ui.whole
    qtbot.waitUntil(lambda: shown.geometry() == scans.rect(), timeout=10_000)


def test_a_folded_list_gives_naparis_docks_their_place_and_goes_on(
    qtbot, viewer: Viewer, scans: ScansPanel, open_list, settle, resize, tmp_path: Path
) -> None:
    open_list(proposed(tmp_path, 2))
    resize(1024)
    width = scans.width()
    qtbot.mouseClick(scans.ui.fold, LEFT)
    assert docks_are_seen(viewer) == [True, True]
    assert not scans.ui.in_place.isVisible()
    opened = []
    for button in (scans.ui.strip.next, scans.ui.strip.next, scans.ui.strip.previous):
        qtbot.mouseClick(button, LEFT)
        settle()
        opened.append(scans.session.at)
    assert opened == [1, 2, 1]
    qtbot.waitUntil(lambda: canvas_share(viewer) >= 0.5, timeout=10_000)
    qtbot.mouseClick(scans.ui.strip.unfold, LEFT)
    assert docks_are_seen(viewer) == [False, False]
    qtbot.waitUntil(lambda: scans.width() == width, timeout=10_000)
    assert not scans.ui.strip.isVisible()


def test_docks_come_back_when_no_panel_needs_their_place_any_longer(
    qtbot, viewer: Viewer, scans: ScansPanel, resize
) -> None:
    dock, panel = viewer.window.add_plugin_dock_widget(PLUGIN, WIDGET)
    resize(1280)
    assert not panel.ui.tabs.is_folded
    assert docks_are_seen(viewer) == [False, False]
    dock.hide()
    assert docks_are_seen(viewer) == [False, False]
    scans.folding.fold(True)
    assert docks_are_seen(viewer) == [True, True]


def test_as_a_tab_of_the_panel_the_list_folds_with_it_and_shrinks_before_it_is_scrolled(
    viewer: Viewer, qtbot
) -> None:
    _, panel = viewer.window.add_plugin_dock_widget(PLUGIN, WIDGET)
    viewer.window._qt_window.resize(1200, 700)
    scans = panel.ui.tabs.open("Scans")
    qtbot.waitUntil(scans.isVisible)
    assert not scans.ui.fold.isVisible()
    assert not scans.ui.strip.isVisible()
    table = scans.ui.table
    qtbot.waitUntil(lambda: table.height() == table.minimumHeight(), timeout=10_000)
