"""The panels without a mouse and without eyes: every control has a name, the focus is seen."""

from __future__ import annotations

import re

import numpy as np
import pytest
from napari.utils.theme import get_theme
from qtpy.QtCore import Qt
from qtpy.QtGui import QColor
from qtpy.QtTest import QTest
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QProgressBar,
    QScrollBar,
    QWidget,
)

from napari_multicancer.widgets.analyse.commands import PLUGIN
from napari_multicancer.widgets.scans.layout import AGAIN, CONTINUE, PAUSE, START, go_on

CONTROLS = (
    *(QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox),
    *(QComboBox, QLineEdit, QProgressBar),
)


def controls(panel: QWidget) -> list[QWidget]:
    """List what a user can reach; what Qt itself puts into a control is that control's."""
    return [
        widget
        for widget in panel.findChildren(QWidget)
        if isinstance(widget, CONTROLS)
        and not isinstance(widget, QScrollBar)
        and not isinstance(widget.parent(), (QAbstractSpinBox, QComboBox, QAbstractItemView))
        and not is_inside_a_combo(widget)
        and not widget.objectName().startswith("qt_")
        and widget.metaObject().className() not in ("QToolButton", "CloseButton")
    ]


def is_inside_a_combo(widget: QWidget) -> bool:
    parent = widget.parent()
    while parent is not None and not isinstance(parent, QComboBox):
        parent = parent.parent()
    return parent is not None


@pytest.mark.parametrize(
    "name", ["Multi-Cancer", "Correct a mask", "Compare masks", "Restore masks"]
)
def test_every_control_has_a_name_for_screen_readers(viewer, name):
    panel = viewer.window.add_plugin_dock_widget(PLUGIN, name)[1]
    if name == "Multi-Cancer":
        for index in range(1, panel.ui.tabs.count()):
            panel.ui.tabs.page(index)
    found = controls(panel)
    assert len(found) > 1
    unnamed = [
        f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        for widget in found
        if not (widget.accessibleName() or getattr(widget, "text", str)())
    ]
    assert unnamed == []


def mnemonics(widgets) -> list[tuple[str, str]]:
    """List the letters that Alt presses, each with the words that it stands in."""
    found = [
        (re.search(r"&([^&\s])", widget.text()), widget.text())
        for widget in widgets
        if isinstance(widget, (QAbstractButton, QLabel))
    ]
    return [(letter.group(1).upper(), text) for letter, text in found if letter]


def test_no_key_with_alt_means_two_things_on_any_tab(viewer, panel):
    bar = viewer.window._qt_window.menuBar()
    menus = [(action.text()[1].upper(), action.text()) for action in bar.actions()]
    tabs = panel.ui.tabs
    foot = mnemonics([*panel.ui.foot.findChildren(QWidget)])
    for index in range(tabs.count()):
        page = mnemonics(tabs.page(index).findChildren(QWidget))
        assert page or tabs.tabText(index) == "Why"
        one_button = [(letter, text) for letter, text in page if "Cancel" not in text]
        letters = [letter for letter, _ in (*menus, *foot, *one_button)]
        twice = [pair for pair in (*menus, *foot, *one_button) if letters.count(pair[0]) > 1]
        assert twice == [], tabs.tabText(index)


def test_each_word_of_a_button_that_changes_has_a_key_of_its_own(viewer, panel):
    page = panel.ui.tabs.page(panel.ui.tabs._titles.index("Scans"))
    others = mnemonics(w for w in page.findChildren(QWidget) if w is not page.ui.button)
    taken = {letter for letter, _ in (*others, *mnemonics(panel.ui.foot.findChildren(QWidget)))}
    taken |= set("FVLPWH")
    for words in (START, go_on(3), PAUSE, CONTINUE, AGAIN):
        assert words[words.index("&") + 1].upper() not in taken, words


def test_every_control_is_reached_by_tab_on_every_tab(make_napari_viewer, qtbot):
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(1280, 800)
    viewer.add_image(np.zeros((3, 20, 30)))
    viewer.add_labels(np.ones((3, 20, 30), np.uint8))
    panel = viewer.window.add_plugin_dock_widget(PLUGIN, "Multi-Cancer")[1]
    window = viewer.window._qt_window
    QApplication.setActiveWindow(window)
    qtbot.waitUntil(window.isActiveWindow, timeout=9000)
    for index in range(panel.ui.tabs.count()):
        title = panel.ui.tabs.tabText(index)
        panel.ui.tabs.open(title)
        QApplication.processEvents()
        panel.ui.tabs.names.fold.setFocus()
        wanted = {widget for widget in controls(panel) if is_stop(panel, widget)}
        reached = set()
        for _ in range(4 * len(wanted) + 40):
            reached.add(QApplication.focusWidget())
            QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
            if wanted <= reached:
                break
        missed = [f"{type(one).__name__} {one.accessibleName()}" for one in wanted - reached]
        assert missed == [], title


def is_stop(panel, widget) -> bool:
    """Say whether Tab is to stop at a control; of the tabs' names, arrows choose."""
    return (
        widget.isVisible()
        and widget.isEnabled()
        and not isinstance(widget, QProgressBar)
        and widget not in panel.ui.tabs.names.buttons
    )


def luminance(color: str) -> float:
    """Give WCAG's relative luminance."""
    rgb = np.array(QColor(color).getRgbF()[:3])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_ring_around_what_has_the_focus_stands_out_in_every_theme(viewer, panel, theme):
    viewer.theme = theme
    colors = get_theme(theme)
    (ring,) = set(re.findall(r":focus[^}]*(#[0-9a-fA-F]{3,8})", panel.styleSheet()))
    for ground in (colors.background, colors.foreground, colors.primary):
        dark, light = sorted([luminance(ring), luminance(ground.as_hex())])
        assert (light + 0.05) / (dark + 0.05) > 4.5


def paths_in(menu, above=()):
    """Give the paths of all entries below a menu, as it is when it opens."""
    menu.aboutToShow.emit()
    for action in menu.actions():
        title = action.text().replace("&", "").removesuffix(f" ({PLUGIN})")
        path = (*above, title.rstrip("."))
        yield path
        if action.menu() is not None:
            yield from paths_in(action.menu(), path)


def test_a_menu_of_the_layers_begins_with_one_of_our_commands(viewer, panel):
    bar = viewer.window._qt_window.menuBar()
    layers = next(one.menu() for one in bar.actions() if one.text() == "&Layers")
    layers.aboutToShow.emit()
    for menu in ("Filter", "Classify", "Segment"):
        one = next(a.menu() for a in layers.actions() if a.text().replace("&", "") == menu)
        one.aboutToShow.emit()
        assert one.separatorsCollapsible(), menu
        seen = [entry.text() for entry in one.actions() if entry.isVisible() and entry.text()]
        assert seen[0].endswith(f"({PLUGIN})"), menu


def test_the_menus_that_the_readme_names_are_there(viewer, panel, readme):
    bar = viewer.window._qt_window.menuBar()
    there = {
        path
        for action in bar.actions()
        if action.menu() is not None
        for path in paths_in(action.menu(), (action.text().replace("&", ""),))
    }
    there |= {path[:1] for path in there}
    named = [
        tuple(part.strip().rstrip(".") for part in " ".join(found.split()).split(">"))
        for found in re.findall(r"\*([A-Z][^*`]*?>[^*`]*?)\*", readme)
    ]
    assert len(named) > 4
    assert [path for path in named if path not in there] == []


@pytest.fixture
def readme(pytestconfig) -> str:
    return (pytestconfig.rootpath / "README.md").read_text("utf-8")
