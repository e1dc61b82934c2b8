"""A picture that may tell who the patient is warns of it, and no other does."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from PIL import Image, ImageDraw
from pydicom.data import get_testdata_file

from napari_multicancer import load_scan
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.report.content import report_content
from napari_multicancer.report.page import html
from napari_multicancer.report.picture import TEXT_IS_SAID, TEXT_IS_SEEN, caution
from napari_multicancer.samples import SAMPLES


def a_mask(scan: Scan) -> np.ndarray:
    mask = np.zeros(scan.spatial_shape, np.uint8)
    mask[..., 20:30, 20:30] = 1
    return mask


@pytest.mark.parametrize(("said", "words"), [("YES", TEXT_IS_SAID), ("NO", ""), (None, "")])
def test_text_that_a_dicom_file_tells_of_is_told(tmp_path, said, words):
    dataset = pydicom.dcmread(get_testdata_file("MR_small.dcm", download=False))
    if said:
        dataset.BurnedInAnnotation = said
    dataset.save_as(tmp_path / "a.dcm")
    scan = load_scan(tmp_path / "a.dcm")
    assert caution(scan, a_mask(scan), scan.origin) == words


@pytest.mark.parametrize("writing", [True, False])
def test_writing_on_the_screen_beside_the_scan_is_told(writing):
    plane = load_scan(next(one.path for one in SAMPLES if one.file == "breast_benign.png")).plane(0)
    screen = Image.new("L", (plane.shape[1] + 200, plane.shape[0] + 120))
    screen.paste(Image.fromarray(plane).convert("L"), (100, 60))
    if writing:
        ImageDraw.Draw(screen).text((10, 10), "DOE JANE 1970-01-01 ID 12345", fill=230)
    scan = Scan(np.asarray(screen), "yx")
    assert caution(scan, a_mask(scan)) == (TEXT_IS_SEEN if writing else "")


def test_the_shipped_scans_show_nothing_but_themselves():
    for scan in (load_scan(one.path) for one in SAMPLES):
        assert caution(scan, a_mask(scan)) == ""


def test_the_caution_stands_on_the_page():
    content = report_content("a", "", {}, (), TEXT_IS_SAID)
    assert TEXT_IS_SAID in html(content, b"png").replace("&#39;", "'")
