"""The ways through menus that the guide and the README name are there."""

from __future__ import annotations

from collections.abc import Iterator

from napari.viewer import Viewer
from qtpy.QtWidgets import QMenu

from tests.guide.pages import DOCS, PAGES, menus

OURS = " (napari-multicancer)"


def ways(viewer: Viewer) -> Iterator[str]:
    """List all ways through the menus, such as "File > Preferences"."""
    for entry in viewer.window._qt_window.menuBar().actions():
        yield from _below(entry.menu(), _plain(entry.text()))


def _below(menu: QMenu, way: str) -> Iterator[str]:
    menu.aboutToShow.emit()
    for entry in menu.actions():
        here = f"{way} > {_plain(entry.text())}"
        yield here
        if entry.menu() is not None:
            yield from _below(entry.menu(), here)


def _plain(text: str) -> str:
    return text.replace("&", "").removesuffix(OURS)


def test_every_way_through_a_menu_is_there(viewer: Viewer):
    there = set(ways(viewer))
    assert "File > Open Sample > napari-multicancer > Brain tumor" in there
    pages = [*PAGES, DOCS.parent / "README.md"]
    missing = {page.name: {way for way in menus(page) if way not in there} for page in pages}
    assert missing == {page.name: set() for page in pages}
