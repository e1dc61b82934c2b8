"""Every word that the window shows goes through one door, in whole sentences."""

from __future__ import annotations

import ast
import gettext
import json
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import napari_multicancer
from napari_multicancer import translation
from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.core.models.organs import known_cards
from napari_multicancer.core.words import class_names, model_name
from napari_multicancer.project.project import user_name
from napari_multicancer.samples import SAMPLES
from napari_multicancer.translation import tr, tr_n

WIDGETS = Path(napari_multicancer.__file__).parent / "widgets"
SOURCES = sorted(WIDGETS.rglob("*.py"))
DOORS = {"tr": 1, "tr_n": 2}
"""How many texts each of them takes."""

READS_AS_WORDS = re.compile(r"[A-Za-z]{2,} [A-Za-z]|^&?[A-Z][a-z&]+|[a-z]{2,}\.\.\.")
FOR_PROGRAMMERS = {
    *("AttributeError", "ReferenceError", "TypeError", "TypeVar", "ValueError"),
    *(
        "QKeySequence",
        "WorkQueue",
        "setObjectName",
        "setStyleSheet",
        "debug",
        "error",
        "exception",
        "info",
    ),
}
"""What is called with texts that no user reads."""
NO_WORDS = {
    **dict.fromkeys(("Multi-Cancer", "Restore masks", "Sections"), "names in the manifest"),
    **dict.fromkeys(
        (*("Alt", "Alt+", "Alt+0", "Escape", "PgDown", "PgUp", "Shift", "Shift+"),), "keys"
    ),
    **dict.fromkeys(("undo, redo or script", "segment in box"), "words of records"),
    "no scan": "a key of metadata",
    **dict.fromkeys(
        (
            *("voxel size or axes", "a mask, shown as an image", "ours refuses the file"),
            "ours does not know the file",
        ),
        "values of an enumeration",
    ),
}
RECORDS = re.compile(r"^(Shift-[A-Z]|[a-z ]+)$")
"""Keys and words of the tools: `Action.word` and `Action.key`."""
STYLE = re.compile(r"\d+px|px solid|<span")


def literals(tree: ast.AST, way: tuple[ast.AST, ...] = ()) -> Iterator[tuple[ast.Constant, tuple]]:
    """Go through the texts of a module, each with what it lies in; docstrings left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, (*way, tree)
        yield from literals(node, (*way, tree))


def called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def is_for_users(text: ast.Constant, way: tuple[ast.AST, ...], name: str) -> bool:
    if not READS_AS_WORDS.search(text.value) or STYLE.search(text.value):
        return False
    if text.value in NO_WORDS or (name == "tools" and RECORDS.match(text.value)):
        return False
    calls = {called(node) for node in way}
    return not calls & {*FOR_PROGRAMMERS, *DOORS}


def outside_the_door(path: Path) -> list[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return [
        f"{path.name}:{text.lineno}: {text.value!r}"
        for text, way in literals(tree)
        if is_for_users(text, way, path.stem)
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(WIDGETS)))
def test_no_word_for_users_passes_by_the_door(path: Path):
    assert outside_the_door(path) == []


def test_words_that_pass_by_would_be_found(tmp_path: Path):
    path = tmp_path / "panel.py"
    path.write_text(
        '"""A panel."""\n'
        "TITLE = 'Open'\n"
        "button.setText('&Open scan...')\n"
        "label.setText(f'{n} planes are done')\n"
        "layer.name = 'x' if one else 'the lesion here'\n"
        "logger.error('not for users at all')\n"
        "label.setText(tr('For users'))\n"
    )
    assert [found.partition(": ")[0] for found in outside_the_door(path)] == [
        f"panel.py:{line}" for line in (2, 3, 4, 5)
    ]


def door_calls() -> Iterator[tuple[str, ast.Call]]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if called(node) in DOORS:
                yield f"{path.relative_to(WIDGETS)}:{node.lineno}", node


def test_catalogs_can_be_made_from_the_source():
    found = list(door_calls())
    assert len(found) > 300
    for place, call in found:
        texts = call.args[: DOORS[called(call)]]
        assert all(isinstance(text, ast.Constant) for text in texts), place
        assert len(call.args) == len(texts) + (called(call) == "tr_n"), place


def test_every_name_in_a_sentence_is_filled_and_reads_as_a_name():
    for place, call in door_calls():
        given = {word.arg for word in call.keywords}
        texts = [text.value for text in call.args[: DOORS[called(call)]]]
        named = {
            field for text in texts for _, field, _, _ in string.Formatter().parse(text) if field
        }
        assert named - {"n"} == given, place
        assert ("n" in named) <= (called(call) == "tr_n"), place
        assert all(name.isidentifier() and not name[-1].isdigit() for name in named), place


def test_no_sentence_is_pasted_together():
    for place, call in door_calls():
        for text in call.args[: DOORS[called(call)]]:
            assert text.value == text.value.strip(), place
            assert text.value[0] not in ",;:.)", place
            assert not re.search(r"\(s\)|\{s\}", text.value), place


class Pseudo(gettext.NullTranslations):
    """A language in which every sentence is told by its marks, and few is not several."""

    def gettext(self, message: str) -> str:
        return f"«{message}»"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"«{msgid1}»" if n < 2 else f"«few: {msgid2}»" if n < 5 else f"«{msgid2}»"


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(translation, "catalog", Pseudo)


def test_words_come_in_the_users_language(pseudo):
    assert tr("Saved {path}", path="a{b}.nii") == "«Saved a{b}.nii»"
    assert tr("{as it stands}") == "«{as it stands}»"
    assert tr("") == ""
    told = [tr_n("{n} plane of {name}", "{n} planes of {name}", n, name="x") for n in (1, 3, 1200)]
    assert told == ["«1 plane of x»", "«few: 3 planes of x»", "«1,200 planes of x»"]


def test_words_stand_as_written_where_no_catalog_is():
    assert tr("Saved {path}", path="x") == "Saved x"
    assert [tr_n("{n} copy", "{n} copies", n) for n in (0, 1, 2)] == [
        "0 copies",
        "1 copy",
        "2 copies",
    ]


@pytest.mark.parametrize("broken", ["{pth}", "{path", "{0}", "{path.gone:q}"])
def test_a_translation_that_cannot_be_filled_is_left_for_what_is_written(monkeypatch, broken):
    class Broken(gettext.NullTranslations):
        def gettext(self, message):
            return broken

    monkeypatch.setattr(translation, "catalog", Broken)
    assert tr("Saved {path}", path="x") == "Saved x"


OPEN_ALL = """
import gettext, json, sys
from napari_multicancer import translation

class Marked(gettext.NullTranslations):
    def gettext(self, message):
        return f"⟦{message}⟧"
    def ngettext(self, one, several, n):
        return f"⟦{one if n == 1 else several}⟧"

translation.catalog = Marked
import napari
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QAbstractButton, QComboBox, QLabel, QLineEdit, QMenu, QTableView, QWidget
)
viewer = napari.Viewer(show=False)
_, panel = viewer.window.add_plugin_dock_widget("napari-multicancer", "Multi-Cancer")
viewer.open_sample("napari-multicancer", "brain_tumor_stack")
tabs, said = panel.ui.tabs, []
for index in range(tabs.count()):
    tabs.page(index)
for widget in panel.findChildren(QWidget):
    said += [widget.toolTip(), widget.accessibleName()]
    if isinstance(widget, (QLabel, QAbstractButton)):
        said.append(widget.text())
    if isinstance(widget, QComboBox):
        said += [widget.itemText(place) for place in range(widget.count())]
    if isinstance(widget, QLineEdit):
        said.append(widget.placeholderText())
    if isinstance(widget, QMenu):
        said += [one for action in widget.actions() for one in (action.text(), action.toolTip())]
    if isinstance(widget, QTableView) and widget.model() is not None:
        model = widget.model()
        said += [
            str(model.headerData(place, Qt.Orientation.Horizontal) or "")
            for place in range(model.columnCount())
        ]
print("SAID", json.dumps(sorted({text for text in said if text})))
viewer.close()
"""


@pytest.mark.slow
def test_in_another_language_nothing_of_ours_in_the_panel_is_left_in_english():
    run = subprocess.run(
        [sys.executable, "-c", OPEN_ALL], capture_output=True, text=True, check=False
    )
    assert "SAID" in run.stdout, run.stderr[-2000:]
    said = json.loads(run.stdout.partition("SAID")[2])
    assert sum("⟦" in text for text in said) > 100
    ours = {text for text in said if set(WORD.findall(unmarked(text))) - words_of_others()}
    assert sorted(ours) == []


def unmarked(text: str) -> str:
    """Leave out what went through the door, and tags."""
    outside = re.sub("⟦[^⟦⟧]*⟧|<[^>]*>", "", text)
    return outside if outside == text else unmarked(outside)


WORD = re.compile(r"[A-Za-z]{3,}")


def words_of_others() -> set[str]:
    """Gather the words that stand in model cards and samples, and those of keys."""
    names = [model_name(card) for card in known_cards()]
    cards = [f"{card.label} {card.architecture} {card.words.title}" for card in known_cards()]
    samples = [sample.name for sample in SAMPLES]
    others = [*names, *cards, *class_names(), *samples, RESEARCH_USE, user_name()]
    return set(WORD.findall(" ".join(others))) | {
        "Alt",
        "Ctrl",
        "Shift",
    }
