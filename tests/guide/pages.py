"""The guide's pages, and what stands in them: commands, code, pictures, names from the window."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

import napari_multicancer

DOCS = Path(__file__).resolve().parents[2] / "docs"
PACKAGE = Path(napari_multicancer.__file__).parent
PAGES = [DOCS / "index.md", *sorted((DOCS / "guide").glob("*.md"))]

_BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_SENTENCE = re.compile(r"^ *- \*\*([^*]+)\*\*", re.MULTILINE)
LONGEST_NAME = 3
"""Words; what is bold at the beginning of a list's entry and longer is a sentence."""


def blocks(page: Path, language: str) -> Iterator[str]:
    """Give the code blocks of a language, without their indentation."""
    for named, code in _BLOCK.findall(page.read_text("utf-8")):
        if named == language:
            yield "\n".join(line.strip() if language == "sh" else line for line in code.split("\n"))


def commands(page: Path) -> list[str]:
    """List the lines that are to be typed into a terminal."""
    return [line for block in blocks(page, "sh") for line in block.split("\n") if line]


def names(page: Path) -> set[str]:
    """Collect what the page quotes from the window: bold, and slanted without a path."""
    text = prose(page)
    emphasized = {one for one in _SENTENCE.findall(text) if len(one.split()) > LONGEST_NAME}
    bold = {one for one in re.findall(r"\*\*([^*]+)\*\*", text) if not re.search(r"[^.]\.$", one)}
    slanted = {one for one in _slanted(text) if " > " not in one}
    return (bold - emphasized) | slanted


def menus(page: Path) -> set[str]:
    """Collect the ways through menus, such as "File > Preferences"."""
    return {one for one in _slanted(prose(page)) if " > " in one}


def keys(page: Path) -> set[str]:
    """Collect the keys."""
    return set(re.findall(r"<kbd>(.+?)</kbd>", page.read_text("utf-8")))


def pictures(text: str) -> set[str]:
    """Collect the names of the pictures that a page shows or links to."""
    return set(re.findall(r"images/([\w-]+\.png)", text))


def prose(page: Path) -> str:
    """Give a page's text without code, in one line a paragraph."""
    text = _CODE.sub("", page.read_text("utf-8"))
    return re.sub(r"\n(?=[^\n|#*-])", " ", text)


def _slanted(text: str) -> list[str]:
    found = re.findall(r"(?<!\*)\*([^*\s][^*]*)\*(?!\*)", text)
    return [" ".join(one.split()) for one in found]


@cache
def words_of_the_window() -> frozenset[str]:
    """Collect all texts in the source of the widgets, and the manifest's titles."""
    found = {
        _plain(node.value)
        for path in (PACKAGE / "widgets").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    manifest = yaml.safe_load((PACKAGE / "napari.yaml").read_text("utf-8"))
    titles = {command["title"] for command in manifest["contributions"]["commands"]}
    return frozenset(found | titles)


def _plain(text: str) -> str:
    return text.replace("&", "").strip().rstrip(":").strip()
