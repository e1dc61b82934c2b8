"""The correction keys clash with none of napari's, and are given back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from app_model.types import KeyBinding
from napari._app_model import get_app_model
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer, Shapes
from napari.settings import get_settings

from napari_multicancer.widgets.correct.canvas import Shortcuts, shown
from napari_multicancer.widgets.correct.tools import (
    KEEP_CLICKED,
    OUTLINE_TOOLS,
    PLANE_TOOLS,
    REMOVE_CLICKED,
    SEGMENT_BOX,
)

KEYS = [tool.key for tool in OUTLINE_TOOLS + PLANE_TOOLS]
KEYS += [KEEP_CLICKED.key, REMOVE_CLICKED.key, SEGMENT_BOX.key]


def naparis_keys() -> Iterator[KeyBinding]:
    """All keys of napari's settings, of its viewer, layers and menus."""
    for keys in get_settings().shortcuts.shortcuts.values():
        yield from keys
    for provider in (ViewerModel, Layer, Labels, Image, Shapes):
        yield from (key for key in provider.class_keymap if key is not ...)
    for rule in get_app_model().keybindings:
        yield rule.keybinding


def test_no_key_clashes_with_naparis(viewer):
    theirs = {str(key) for key in naparis_keys()}
    assert len(theirs) > 60
    assert {"Ctrl+Z", "Shift+V", "M"} <= theirs
    assert not theirs & {str(KeyBinding.from_str(key)) for key in KEYS}
    assert len(set(KEYS)) == len(KEYS)


@pytest.fixture
def bare_viewer():
    return ViewerModel()


def test_keys_are_bound_and_given_back(bare_viewer):
    pressed = []
    shortcuts = Shortcuts(bare_viewer, {"Shift-S": lambda: pressed.append("S")})
    shortcuts.bind()
    shortcuts.bind()
    bare_viewer.keymap[KeyBinding.from_str("Shift-S")](bare_viewer)
    assert pressed == ["S"]
    shortcuts.unbind()
    assert KeyBinding.from_str("Shift-S") not in bare_viewer.keymap


def test_a_key_of_somebody_elses_stays_theirs(bare_viewer):
    def theirs(viewer):
        return None

    bare_viewer.bind_key("Shift-S", theirs)
    shortcuts = Shortcuts(bare_viewer, {"Shift-S": lambda: None, "Shift-G": lambda: None})
    shortcuts.bind()
    assert bare_viewer.keymap[KeyBinding.from_str("Shift-S")] is theirs
    bare_viewer.bind_key("Shift-G", theirs, overwrite=True)
    shortcuts.unbind()
    assert set(bare_viewer.keymap.values()) == {theirs}


def test_a_key_reads_as_people_write_it():
    assert shown("Shift-S") == "Shift+S"
