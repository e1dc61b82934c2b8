"""The report: complete, self-contained, harmless whatever stands in a name."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import zlib
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from napari_multicancer import analyze, load_scan
from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.masks.measurements import measure_labels
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.provenance import provenance
from napari_multicancer.report.content import report_content
from napari_multicancer.report.page import html, write_report
from napari_multicancer.report.picture import LONGER_SIDE, OUTLINE, outlined
from napari_multicancer.samples import SAMPLES

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NASTY = '<script>alert(1)</script>"../\x07&amp;'


@pytest.fixture(scope="module")
def scan():
    return load_scan(next(one.path for one in SAMPLES if one.file == "breast_malignant.png"))


@pytest.fixture(scope="module")
def analysis(scan):
    return analyze(scan)


@pytest.fixture(scope="module")
def content(scan, analysis):
    measured = measure_labels(analysis.mask, None, scan.pixels)
    return report_content(scan.name, "a picture", provenance(scan, analysis), measured)


@pytest.fixture(scope="module")
def picture(scan, analysis):
    return outlined(scan, analysis.mask)


class Texts(HTMLParser):
    """Collects what a page shows and what it would fetch or run."""

    def __init__(self, page):
        super().__init__()
        self.shown, self.tags, self.addresses = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href", "action")]

    def handle_data(self, data):
        self.shown.append(data)


def test_it_says_what_was_found_measured_and_done(content, analysis, picture):
    text = " ".join(" ".join(Texts(html(content, picture)).shown).split())
    assert "Breast ultrasound" in text
    assert "Malignant" in text
    assert "For research use only" in text
    assert f"{np.count_nonzero(analysis.mask):,} px" in text
    assert "segmentation" in text
    assert "percentage points on average" in text
    for model in analysis.models:
        assert model in text
    assert "The mask was not changed by hand." in text


def test_a_stroke_that_was_undone_leaves_the_page_but_not_the_record(scan, analysis, picture):
    record = provenance(scan, analysis)
    at = {"who": "user", "start": "2026-01-02T12:00:00+00:00", "end": "2026-01-02T12:00:00+00:00"}
    record["history"] += [
        {**at, "tool": "polygon", "added": 31, "removed": 0},
        {**at, "tool": "undo", "added": 0, "removed": 31},
        {**at, "tool": "grow", "added": 7, "removed": 0},
    ]
    content = report_content("scan", "", record, ())
    assert [step["tool"] for step in content["corrections"]] == ["segmentation", "grow"]
    assert [step["tool"] for step in content["history"]][1:] == ["polygon", "undo", "grow"]
    page = html(content, picture)
    assert "<td>grow</td>" in page
    assert "<td>polygon</td>" not in page


def test_it_counts_clicks_and_planes_where_there_were_any(scan, analysis, picture):
    record = provenance(scan, analysis)
    assert "planes clicked on" not in html(report_content("scan", "", record, ()), picture)
    record["clicks"] = {"clicks": 3, "planes": 2, "proposed_planes": 9, "network": "click 1.0.0"}
    content = report_content("scan", "", record, ())
    assert content["clicks"] == {**record["clicks"], "seconds": 0.0}
    text = " ".join(" ".join(Texts(html(content, picture)).shown).split())
    assert "Clicks: 3; planes clicked on: 2;" in text
    assert "network: click 1.0.0" in text
    assert report_content("scan", "", {**record, "clicks": [7]}, ())["clicks"] is None


def test_it_fetches_and_runs_nothing(content, picture):
    page = Texts(html(content, picture))
    assert "script" not in page.tags
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
    assert len(page.addresses) == 1


def test_names_with_markup_are_shown_as_they_are(scan, analysis, picture):
    record = provenance(scan, analysis)
    record["history"][0]["tool"] = NASTY
    page = html(report_content(NASTY, NASTY, record, ()), picture)
    read = Texts(page)
    assert "script" not in read.tags
    assert read.shown.count(NASTY) >= 2


def test_no_folder_or_file_name_goes_into_it(content, scan):
    assert str(scan.source) not in json.dumps(content)
    assert "source" not in content


def test_the_json_says_the_same(tmp_path, content, picture):
    beside = write_report(tmp_path / "one.html", content, picture)
    assert beside == tmp_path / "one.json"
    assert json.loads(beside.read_text("utf-8")) == json.loads(json.dumps(content))


def test_a_folder_that_is_missing_is_named(tmp_path, content):
    with pytest.raises(OutputError, match="gone"):
        write_report(tmp_path / "gone" / "one.html", content, None)


def test_a_mask_drawn_by_hand_has_a_report_too(scan):
    content = report_content("mine", "", provenance(scan, None, edited=True), ())
    page = html(content, None)
    assert "No model was asked" in page
    assert "Nothing is outlined." in page


def test_a_model_of_another_version_is_named_as_such(scan, analysis):
    record = {**provenance(scan, analysis), "models": ["brain 0.0.1"]}
    assert "not part of this version" in html(report_content("x", "", record, ()), None)


def test_the_outline_lies_around_the_lesion():
    mask = np.zeros((30, 60), np.uint8)
    mask[10:20, 20:40] = 1
    pixels = np.linspace(0, 99, 1800, dtype=np.uint8).reshape(30, 60)
    scan = Scan(pixels, "yx", voxel_size=(2.0, 1.0))
    drawn = np.asarray(Image.open(io.BytesIO(outlined(scan, mask))))
    assert drawn.shape == (LONGER_SIDE, LONGER_SIDE, 3)
    rows, columns = np.nonzero((drawn == OUTLINE).all(axis=-1))
    for low, high, edges in (
        (rows.min(), rows.max(), (300, 600)),
        (columns.min(), columns.max(), (300, 600)),
    ):
        assert (low, high) == pytest.approx(edges, abs=3)


def test_many_labels_stand_in_several_tables(scan, picture):
    mask = np.zeros(scan.spatial_shape, np.uint8)
    mask[:10, : 2 * 20] = np.repeat(np.arange(1, 21), 2)
    content = report_content("x", "", provenance(scan, None), measure_labels(mask, None, None))
    page = html(content, picture)
    assert re.findall(r">label (\d+)<", page) == [str(label) for label in range(1, 21)]
    assert page.count("<table>") == 4


def browse(tmp_path, *options):
    subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={tmp_path / 'profile'}", "--hide-scrollbars", *options,
            (tmp_path / "report.html").as_uri(),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip


needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium to render with")
DARK, LIGHT = 0, 1
DARK_PAPER = (0.086, 0.106, 0.133)
"""#161b22."""


def fills(pdf):
    """Collect the colours in which a PDF fills, 0..1."""
    found = set()
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            drawn = zlib.decompress(stream)
        except zlib.error:
            continue
        for colour in re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) rg\b", drawn):
            found.add(tuple(round(float(part), 3) for part in colour))
    return found


@pytest.mark.slow
@needs_browser
@pytest.mark.parametrize(("width", "scheme"), [(1000, LIGHT), (420, LIGHT), (1000, DARK)])
def test_a_browser_shows_it_whole(tmp_path, content, picture, width, scheme):
    write_report(tmp_path / "report.html", content, picture)
    shot = tmp_path / "report.png"
    browse(
        tmp_path,
        f"--window-size={width},1600",
        f"--blink-settings=preferredColorScheme={scheme}",
        f"--screenshot={shot}",
    )
    shown = np.asarray(Image.open(shot).convert("RGB"))
    assert shown.shape[:2] == (1600, width)
    assert (np.abs(shown.astype(int) - OUTLINE).max(axis=-1) < 12).sum() > 500
    assert np.ptp(shown[:, -8:], axis=(0, 1)).max() == 0, "something leaves the page to the right"
    paper, ink = shown[2, 2].mean(), shown[:120, 24 : width // 2]
    assert (paper < 60) if scheme == DARK else (paper > 250)
    assert ink.max() - 200 > paper if scheme == DARK else ink.min() + 180 < paper


@pytest.mark.slow
@needs_browser
def test_it_prints_dark_on_white_whatever_the_screen_is_like(tmp_path, content, picture):
    page = write_report(tmp_path / "report.html", content, picture).with_suffix(".pdf")
    browse(
        tmp_path,
        f"--blink-settings=preferredColorScheme={DARK}",
        "--no-pdf-header-footer",
        f"--print-to-pdf={page}",
    )
    printed = page.read_bytes()
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 2
    assert {(0, 0, 0), (1, 1, 1)} <= fills(printed)
    assert DARK_PAPER not in fills(printed)


def test_every_line_of_the_page_is_closed(content, picture):
    page = html(content, picture)
    for tag in ("section", "table", "div", "p", "ul"):
        assert len(re.findall(rf"<{tag}[ >]", page)) == page.count(f"</{tag}>"), tag
