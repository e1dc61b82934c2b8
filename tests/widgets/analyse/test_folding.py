"""The panel in windows of all sizes: the scan keeps its room, every tab stays at hand."""

from __future__ import annotations

import pytest
from napari._app_model import get_app_model
from npe2 import PluginManifest
from qtpy.QtCore import Qt
from qtpy.QtGui import QCloseEvent
from qtpy.QtWidgets import QApplication, QScrollArea

from napari_multicancer.widgets.analyse.commands import PLUGIN, WIDGET
from napari_multicancer.widgets.analyse.folding import Folding
from napari_multicancer.widgets.common.making_room import NARROW, ROOMY
from napari_multicancer.widgets.common.settings import preferences

from ..conftest import add_sample, speckle

WIDE = ROOMY + 10


@pytest.fixture(autouse=True)
def settings_of_somebody_new(plugin_settings, npe2pm):
    if PLUGIN not in npe2pm:
        npe2pm.register(PluginManifest.from_distribution(PLUGIN))


@pytest.fixture
def shown(make_napari_viewer, qtbot):
    """Give a viewer in a window that is seen, and what resizes it."""
    viewer = make_napari_viewer(show=True)
    dock, panel = viewer.window.add_plugin_dock_widget(PLUGIN, WIDGET)

    def resize(width, height):
        window = viewer.window._qt_window
        window.resize(width, height)
        qtbot.waitUntil(lambda: window.width() == width and panel.isVisible())

    return viewer, dock, panel, resize


def canvas_share(viewer):
    window = viewer.window._qt_window
    return viewer.window._qt_viewer.canvas.native.width() / window.width()


def naparis_docks(viewer):
    qt_viewer = viewer.window._qt_viewer
    return [qt_viewer.dockLayerControls, qt_viewer.dockLayerList]


def are_seen(docks):
    return [dock.isVisible() for dock in docks]


def test_a_panel_that_is_opened_is_open_where_the_screen_has_room(qtbot, make_napari_viewer):
    viewer = make_napari_viewer(show=True)
    window = viewer.window._qt_window
    window.resize(900, 600)
    _, panel = viewer.window.add_plugin_dock_widget(PLUGIN, WIDGET)
    qtbot.waitUntil(panel.isVisible)
    has_room = window.screen().availableGeometry().width() >= NARROW
    assert panel.ui.tabs.is_folded != has_room
    assert (window.width() >= NARROW) == has_room
    window.resize(1024, 700)
    qtbot.waitUntil(lambda: panel.ui.tabs.is_folded)
    panel.hide()
    panel.show()
    assert window.width() == 1024


def test_the_scan_keeps_half_of_a_small_window_and_every_tab_is_one_press_away(qtbot, shown):
    viewer, _, panel, resize = shown
    image = add_sample(viewer, "brain_tumor_stack.tif")
    viewer.add_labels(image.data // 255)
    resize(1024, 700)
    qtbot.waitUntil(lambda: canvas_share(viewer) >= 0.5, timeout=10_000)
    assert not panel.ui.foot.isVisible()
    tabs = panel.ui.tabs
    for index, name in enumerate(tabs.names.buttons):
        tabs.fold(True)
        qtbot.mouseClick(name, Qt.MouseButton.LeftButton)
        assert tabs.currentIndex() == index
        assert tabs.stack.isVisible()
        assert panel.ui.foot.isVisible()
    tabs.fold(True)
    qtbot.waitUntil(lambda: canvas_share(viewer) >= 0.5, timeout=10_000)


@pytest.mark.parametrize("width", [ROOMY, 1366, 1280, NARROW])
def test_the_scan_keeps_half_beside_an_open_panel_in_every_window(qtbot, shown, width):
    viewer, _, panel, resize = shown
    image = add_sample(viewer, "brain_tumor_stack.tif")
    viewer.add_labels(image.data // 255)
    resize(WIDE, 760)
    assert are_seen(naparis_docks(viewer)) == [True, True]
    resize(width, 760)
    assert not panel.ui.tabs.is_folded
    qtbot.waitUntil(lambda: canvas_share(viewer) >= 0.5, timeout=10_000)
    assert are_seen(naparis_docks(viewer)) == [width >= ROOMY] * 2
    assert panel.ui.in_place.isVisible() == (width < ROOMY)
    assert panel.width() >= panel.minimumSizeHint().width()


def test_the_panel_unfolds_in_a_wide_window_as_wide_as_it_was(qtbot, shown):
    viewer, dock, panel, resize = shown
    resize(WIDE, 760)
    assert not panel.ui.tabs.is_folded
    viewer.window._qt_window.resizeDocks([dock], [440], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: panel.width() == 440)
    resize(NARROW - 1, 700)
    assert panel.ui.tabs.is_folded
    resize(WIDE, 760)
    assert not panel.ui.tabs.is_folded
    qtbot.waitUntil(lambda: panel.width() == 440, timeout=10_000)


def test_what_the_user_wants_holds_while_the_window_stays_narrow(qtbot, shown):
    _, _, panel, resize = shown
    resize(1024, 700)
    qtbot.mouseClick(panel.ui.tabs.names.fold, Qt.MouseButton.LeftButton)
    resize(1040, 720)
    assert not panel.ui.tabs.is_folded


def test_no_tab_makes_a_small_window_higher_than_its_screen(qtbot, shown):
    viewer, _, panel, resize = shown
    resize(1024, 700)
    for index in range(panel.ui.tabs.count()):
        panel.ui.tabs.setCurrentIndex(index)
        panel.ui.tabs.fold(False)
        QApplication.processEvents()
        assert viewer.window._qt_window.minimumSizeHint().height() <= 700
        assert panel.ui.foot.geometry().bottom() >= panel.height() - 2
        assert panel.ui.tabs.stack.currentWidget().findChildren(QScrollArea) or index == 0


@pytest.mark.parametrize(("width", "rows"), [(360, 2), (620, 1)])
def test_all_names_of_tabs_are_seen_whole(qtbot, shown, width, rows):
    viewer, dock, panel, resize = shown
    resize(WIDE, 760)
    viewer.window._qt_window.resizeDocks([dock], [width], Qt.Orientation.Horizontal)
    names = panel.ui.tabs.names
    qtbot.waitUntil(lambda: len({name.y() for name in names.buttons}) == rows, timeout=10_000)
    qtbot.waitUntil(lambda: are_seen_whole(names), timeout=10_000)


def are_seen_whole(names):
    return all(
        name.width() >= name.fontMetrics().horizontalAdvance(name.text())
        and names.rect().contains(name.geometry())
        for name in names.buttons
    )


def test_tabs_are_reached_by_keys(qtbot, shown):
    viewer, _, panel, resize = shown
    resize(WIDE, 760)
    window, tabs = viewer.window._qt_window, panel.ui.tabs
    QApplication.setActiveWindow(window)
    for number in range(1, tabs.count() + 1):
        qtbot.keyClick(window, str(number), Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(lambda number=number: tabs.currentIndex() == number - 1, timeout=2000)
    tabs.names.buttons[1].click()
    tabs.names.buttons[1].setFocus()
    qtbot.keyClick(tabs.names.buttons[1], Qt.Key.Key_Right)
    assert tabs.currentIndex() == 2
    qtbot.keyClick(window, "0", Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: tabs.is_folded, timeout=2000)


def test_a_command_in_the_menus_shows_its_answer_in_a_folded_panel(qtbot, shown):
    viewer, _, panel, resize = shown
    resize(1024, 700)
    viewer.add_image(speckle(60, 60))
    with qtbot.waitSignal(panel.finished):
        get_app_model().commands.execute_command(f"{PLUGIN}.classify").result()
    assert not panel.ui.tabs.is_folded


def test_open_in_a_small_window_the_panel_takes_the_place_of_naparis_docks(qtbot, shown):
    viewer, _, panel, resize = shown
    docks, tabs, hint = naparis_docks(viewer), panel.ui.tabs, panel.ui.in_place
    add_sample(viewer, "brain_tumor.jpg")
    resize(WIDE, 760)
    assert are_seen(docks) == [True, True]
    resize(1024, 700)
    qtbot.waitUntil(lambda: tabs.is_folded)
    width = docks[1].width()
    qtbot.mouseClick(tabs.names.buttons[1], Qt.MouseButton.LeftButton)
    assert are_seen(docks) == [False, False]
    assert hint.isVisible()
    qtbot.waitUntil(lambda: canvas_share(viewer) >= 0.5, timeout=10_000)
    hint.seen.click()
    qtbot.mouseClick(tabs.names.fold, Qt.MouseButton.LeftButton)
    assert are_seen(docks) == [True, True]
    qtbot.waitUntil(lambda: canvas_share(viewer) >= 0.5, timeout=10_000)
    assert docks[1].width() == width
    qtbot.mouseClick(tabs.names.fold, Qt.MouseButton.LeftButton)
    assert are_seen(docks) == [False, False]
    assert not hint.isVisible()


def about_to_close(window, dock):
    """Let the panel see that the window is to be closed, which the test's end does itself."""
    for folding in window.findChildren(Folding):
        folding.eventFilter(window, QCloseEvent())


WAYS_BACK = {
    "the window is wide again": lambda window, dock: window.resize(WIDE, 760),
    "the panel is closed": lambda window, dock: dock.hide(),
    "the panel floats": lambda window, dock: dock.setFloating(True),
    "the window is closed": about_to_close,
}


@pytest.mark.parametrize("way", WAYS_BACK)
def test_naparis_docks_come_back_when(qtbot, shown, way):
    viewer, dock, panel, resize = shown
    docks = naparis_docks(viewer)
    resize(1024, 700)
    panel.ui.tabs.open("Measure")
    assert are_seen(docks) == [False, False]
    WAYS_BACK[way](viewer.window._qt_window, dock)
    qtbot.waitUntil(lambda: [one.isHidden() for one in docks] == [False, False], timeout=10_000)


def test_a_dock_that_the_user_brings_back_is_not_hidden_again(qtbot, shown):
    viewer, _, panel, resize = shown
    controls, layers = naparis_docks(viewer)
    resize(1024, 700)
    tabs = panel.ui.tabs
    tabs.fold(False)
    layers.toggleViewAction().trigger()
    assert are_seen([controls, layers]) == [False, True]
    tabs.fold(True)
    tabs.fold(False)
    assert are_seen([controls, layers]) == [True, True]


def test_a_dock_that_was_closed_before_stays_closed(shown):
    viewer, _, panel, resize = shown
    controls, layers = naparis_docks(viewer)
    resize(WIDE, 760)
    controls.hide()
    resize(1024, 700)
    for folded in (False, True):
        panel.ui.tabs.fold(folded)
        assert are_seen([controls, layers]) == [False, folded]


@pytest.mark.parametrize("part", ["organ", "open", "save"])
def test_a_panel_that_is_worked_in_is_not_folded(qtbot, shown, part):
    viewer, _, panel, resize = shown
    resize(WIDE, 760)
    panel.ui.allow_saving(True)
    QApplication.setActiveWindow(viewer.window._qt_window)
    getattr(panel.ui, part).setFocus()
    qtbot.waitUntil(getattr(panel.ui, part).hasFocus, timeout=10_000)
    resize(1024, 700)
    assert not panel.ui.tabs.is_folded
    qtbot.waitUntil(lambda: canvas_share(viewer) >= 0.5, timeout=10_000)


def test_a_panel_whose_work_is_under_way_is_not_folded(shown):
    viewer, _, panel, resize = shown
    resize(WIDE, 760)
    viewer.window._qt_viewer.canvas.native.setFocus()
    panel.ui.show_working(True)
    resize(1024, 700)
    assert not panel.ui.tabs.is_folded


def test_the_next_narrow_window_shows_the_panel_as_the_user_left_it(qtbot, shown):
    viewer, _, panel, resize = shown
    viewer.window._qt_viewer.canvas.native.setFocus()
    for wanted_open in (True, False):
        resize(1024, 700)
        if panel.ui.tabs.is_folded == wanted_open:
            qtbot.mouseClick(panel.ui.tabs.names.fold, Qt.MouseButton.LeftButton)
        viewer.window._qt_viewer.canvas.native.setFocus()
        resize(WIDE, 760)
        assert not panel.ui.tabs.is_folded
        resize(1024, 700)
        assert panel.ui.tabs.is_folded != wanted_open
        assert preferences().narrow_window == ("open" if wanted_open else "folded")
