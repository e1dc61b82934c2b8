"""Whatever goes wrong is one sentence to the user, and nothing is lost."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog

from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.models import cards as registry
from napari_multicancer.core.models.runtime import unload_models
from napari_multicancer.widgets.analyse.commands import classify_and_segment

from .conftest import speckle, weights_copy


def with_nan() -> np.ndarray:
    return np.full((60, 60), np.nan, np.float32)


def test_a_scan_that_cannot_be_analysed_is_one_sentence(qtbot, viewer, panel, told):
    huge = np.lib.stride_tricks.as_strided(np.zeros(1, "u1"), (50_000, 50_000), (0, 0))
    for pixels, says in (
        (np.full((60, 60), 7, np.uint8), "same value everywhere"),
        (with_nan(), "same value everywhere"),
        (np.ones((1, 1), np.uint8), "at least 16 x 16"),
        (speckle(5, 5, 40, 40), "not a single picture"),
        (huge, "million"),
    ):
        image = viewer.add_image(pixels, name="strange", contrast_limits=(0, 1))
        told.clear()
        with qtbot.waitSignal(panel.finished) as finished:
            panel.run(image)
        assert finished.args == [False]
        assert not panel.is_working
        assert len(told) == 1, pixels.shape
        assert says in told[0]
        assert "strange" in told[0]
        assert list(viewer.layers) == [image]
        viewer.layers.clear()


def test_a_colour_movie_is_one_sentence(viewer, panel, told):
    movie = viewer.add_image(np.zeros((2, 3, 30, 30, 3), np.uint8), rgb=True, name="movie")
    panel.run(movie)
    assert len(told) == 1
    assert told[0].startswith("movie")


def test_some_nan_and_infinite_pixels_do_no_harm(viewer, analyse, told):
    pixels = speckle(60, 60, dtype="float32")
    pixels[:5], pixels[5:9] = np.nan, np.inf
    assert analyse(viewer.add_image(pixels, contrast_limits=(0, 1))) is not None
    assert told == []


def test_no_layer_at_all_is_one_sentence(qtbot, viewer, panel, told):
    qtbot.mouseClick(panel.ui.button, Qt.MouseButton.LeftButton)
    classify_and_segment(viewer)
    assert len(told) == 2
    assert "open a scan" in told[0]
    assert "select the scan's image layer" in told[1]


def test_a_command_on_a_shapes_layer_is_one_sentence(viewer, breast, told):
    viewer.add_shapes(name="outline")
    classify_and_segment(viewer)
    assert told == [
        "outline is no image: select the scan's image layer in the layer list and try again."
    ]


@pytest.fixture
def own_weights(tmp_path, monkeypatch):
    folder = weights_copy(tmp_path / "weights")
    monkeypatch.setenv(registry.WEIGHTS_VARIABLE, str(folder))
    registry.forget_models()
    unload_models()
    yield folder
    registry.forget_models()
    unload_models()


def test_an_altered_weight_file_is_one_sentence(own_weights, viewer, breast, analyse, told):
    file = registry.find_model("breast").path
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert analyse(breast) is None
    assert len(told) == 1
    assert "sha256" in told[0]
    assert list(viewer.layers) == [breast]


def test_a_missing_weight_file_is_one_sentence(own_weights, viewer, breast, analyse, told):
    registry.find_model("breast").path.unlink()
    assert analyse(breast) is None
    assert len(told) == 1
    assert "missing" in told[0]


def test_no_weights_at_all_is_one_sentence(own_weights, breast, analyse, told):
    for file in own_weights.iterdir():
        file.unlink()
    registry.forget_models()
    assert analyse(breast) is None
    assert len(told) == 1
    assert "no model" in told[0]


def test_the_unexpected_is_one_sentence_and_a_traceback_in_the_log(
    breast, analyse, told, monkeypatch, caplog
):
    def explode(*args: object, **keywords: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("napari_multicancer.core.analysis.analyze.analyze", explode)
    with caplog.at_level(logging.ERROR, "napari_multicancer"):
        assert analyse(breast) is None
    assert len(told) == 1
    assert "Traceback" not in told[0]
    assert "secret" not in told[0]
    assert "ZeroDivisionError: secret" in caplog.text


@pytest.mark.parametrize("where", ["no/such/folder/mask.tif", "file.txt/mask.tif"])
def test_a_place_that_cannot_be_written_is_one_sentence_and_the_mask_stays(
    viewer, panel, breast, analyse, told, tmp_path, monkeypatch, where
):
    (tmp_path / "file.txt").write_text("kept")
    labels = analyse(breast)
    before = labels.data.copy()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(tmp_path / where), ""))
    panel.ui.save.click()
    assert len(told) == 1
    assert "mask.tif" in told[0]
    np.testing.assert_array_equal(labels.data, before)
    assert (tmp_path / "file.txt").read_text() == "kept"


def test_a_full_disk_keeps_the_file_that_was_there(
    panel, breast, analyse, told, tmp_path, monkeypatch
):
    path = tmp_path / "mask.tif"
    path.write_bytes(b"the old one")

    def full(*args: object, **keywords: object) -> None:
        raise OSError(28, "No space left on device")

    analyse(breast)
    monkeypatch.setattr("tifffile.imwrite", full)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(path), ""))
    panel.ui.save.click()
    assert len(told) == 1
    assert path.read_bytes() == b"the old one"
    assert list(tmp_path.glob("*mask*")) == [path]


def test_napari_itself_hears_why_a_layer_was_not_saved(viewer, breast, analyse, tmp_path):
    labels = analyse(breast)
    with pytest.raises(OutputError):
        labels.save(str(tmp_path / "missing" / "mask.tif"), plugin="napari-multicancer")
