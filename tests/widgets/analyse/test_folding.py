"""The panel in windows of all sizes: the scan keeps its room, every tab stays at hand."""

from __future__ import annotations

import pytest
from napari._app_model import get_app_model
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication, QScrollArea

from napari_multicancer.widgets.analyse.commands import PLUGIN, WIDGET
from napari_multicancer.widgets.analyse.folding import NARROW

from ..conftest import add_sample, speckle


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


def test_the_panel_unfolds_in_a_wide_window_as_wide_as_it_was(qtbot, shown):
    viewer, dock, panel, resize = shown
    resize(1270, 760)
    assert not panel.ui.tabs.is_folded
    viewer.window._qt_window.resizeDocks([dock], [440], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: panel.width() == 440)
    resize(NARROW - 1, 700)
    assert panel.ui.tabs.is_folded
    resize(1270, 760)
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
    resize(1270, 760)
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
    resize(1270, 760)
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
