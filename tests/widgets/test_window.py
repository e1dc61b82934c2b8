"""The window as the terminal opens it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from napari_multicancer.samples import SAMPLES
from napari_multicancer.widgets import window


def test_a_screenshot_shows_the_window_with_the_result(
    make_napari_viewer, monkeypatch, tmp_path, told
):
    viewer = make_napari_viewer()
    monkeypatch.setattr(window.napari, "Viewer", lambda: viewer)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    picture = tmp_path / "deep" / "window.png"
    paths = [broken, *(sample.path for sample in reversed(SAMPLES))]
    window.open_window(paths, screenshot=picture)
    assert len(told) == 1
    assert "broken.png" in told[0]
    pixels = np.asarray(Image.open(picture))
    assert pixels.shape[0] >= 500
    assert pixels.std() > 10


def test_a_place_that_cannot_be_written_is_said(make_napari_viewer, monkeypatch, tmp_path):
    viewer = make_napari_viewer()
    monkeypatch.setattr(window.napari, "Viewer", lambda: viewer)
    (tmp_path / "file").write_text("")
    with pytest.raises(window.OutputError, match=r"window\.png"):
        window.open_window([], screenshot=tmp_path / "file" / "window.png")
