"""A layer or file may be called anything: it does no harm in windows, tables, reports and files."""

from __future__ import annotations

import csv
import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import tifffile
from napari.layers import Labels
from qtpy.QtWidgets import QFileDialog

from napari_multicancer.widgets.files.save_mask import LONGEST_STEM, file_stem, suggested_path
from napari_multicancer.widgets.files.save_report import report
from napari_multicancer.widgets.files.writer import save_labels

NASTY = '<img src="x" onerror="alert(1)"><b>../../T2\x07\n\x00</b>'
ESCAPED = "&lt;img src="


@pytest.fixture
def nasty(viewer, breast) -> Labels:
    """A small mask on a scan, both with a name that nobody should have."""
    breast.name = NASTY
    pixels = np.zeros(breast.data.shape[:2], np.uint8)
    pixels[20:40, 30:60] = 1
    labels = Labels(pixels, name=NASTY)
    viewer.add_layer(labels)
    return labels


class Tags(HTMLParser):
    """Collects where a page's pictures come from; fails where a tag runs something."""

    def __init__(self, page):
        super().__init__()
        self.images = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        assert tag != "script"
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag == "img":
            self.images.append(dict(attrs)["src"].partition(":")[0])


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\a\\b", "C__a_b"),
        ("..", "mask"),
        ("", "mask"),
        (".hidden", "hidden"),
        ("a\x00b\nc\x1b[31m", "a b c [31m"),
        ("T2 <b>", "T2 _b_"),
        ("x" * 999, "x" * LONGEST_STEM),
        ("Läsion 3", "Läsion 3"),
    ],
)
def test_a_name_for_a_file_lies_in_no_folder_and_is_printable(name, stem):
    assert file_stem(name) == stem
    assert Path(stem).name == stem


def test_a_mask_and_its_report_are_written_where_they_were_meant_to_be(nasty, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    name = suggested_path(nasty).name
    assert name.isprintable()
    tiff = save_labels(folder / name, nasty)
    page = folder / "report.html"
    beside = report(page, nasty)
    assert {path.parent for path in tmp_path.rglob("*.*")} == {folder}
    with tifffile.TiffFile(tiff) as file:
        np.testing.assert_array_equal(file.asarray(), nasty.data)
    text = page.read_text("utf-8")
    assert ESCAPED in text
    assert Tags(text).images == ["data"]
    assert json.loads(beside.read_text("utf-8"))["name"] == NASTY


def test_lists_and_tooltips_show_it_as_it_stands(panel, nasty):
    for index in (1, 2, 4):
        panel.ui.tabs.setCurrentIndex(index)
    combos = [
        panel.ui.layer,
        panel.ui.tabs.page(1).ui.labels,
        panel.ui.tabs.page(2).layer,
        panel.ui.tabs.page(4).ui.after,
    ]
    for combo in combos:
        shown = [combo.itemText(index) for index in range(combo.count())]
        assert any(text.startswith(NASTY) for text in shown)
        assert combo.toolTip().startswith("<span>")
        assert "<img" not in combo.toolTip()
        assert ESCAPED in combo.toolTip()


def test_the_table_of_measurements_holds_no_name(
    panel, nasty, qtbot, tmp_path, monkeypatch, viewer
):
    panel.ui.tabs.setCurrentIndex(2)
    measure = panel.ui.tabs.page(2)
    qtbot.waitUntil(lambda: measure.table.rowCount() > 0)
    suggested = []

    def ask(parent, title, name, kinds):
        suggested.append(name)
        return str(tmp_path / name), kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    measure.save.click()
    assert suggested == [f"{file_stem(nasty.name)}.csv"]
    with (tmp_path / suggested[0]).open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["label"] == "1"
    assert "img" not in "".join([*row, *row.values()])


def test_a_report_on_nothing_or_on_500_labels_is_a_page_or_a_sentence(
    viewer, breast, tmp_path, told, monkeypatch, panel
):
    from napari_multicancer.widgets.files.save_report import ask_and_report

    page = tmp_path / "report.html"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(page), ""))
    empty = viewer.add_labels(np.zeros(breast.data.shape[:2], np.uint16), name="empty")
    assert ask_and_report(panel, empty) == page
    assert "Nothing is outlined." in page.read_text("utf-8")
    page.unlink()
    told.clear()
    many = viewer.add_labels(np.zeros(breast.data.shape[:2], np.uint16), name="many")
    many.data[:20, :25] = np.arange(1, 501).reshape(20, 25)
    assert ask_and_report(panel, many) is None
    assert told == ["This mask has more than 100 labels: remove those not meant."]
    assert not page.exists()


def test_a_mask_deleted_while_its_map_is_made_does_no_harm(viewer, breast, qtbot, told):
    correction = viewer.window.add_plugin_dock_widget("napari-multicancer", "Correct a mask")[1]
    own = Labels(np.zeros(breast.data.shape[:2], np.uint8), name="own")
    viewer.add_layer(own)
    told.clear()
    correction.ui.threshold.map_wanted.emit()
    assert correction.is_working
    viewer.layers.remove(own)
    assert not correction.is_working
    assert told == []
