"""The panels without a mouse and without eyes: every control has a name, the focus is seen."""

from __future__ import annotations

import re

import numpy as np
import pytest
from napari.utils.theme import get_theme
from qtpy.QtGui import QColor
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QProgressBar,
    QScrollBar,
    QWidget,
)

from napari_multicancer.widgets.analyse.commands import PLUGIN

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
