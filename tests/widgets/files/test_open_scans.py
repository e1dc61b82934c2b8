"""Open scan...: files and folders, several at once, by our readers and without a question."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from napari.components import ViewerModel
from napari.utils.history import get_open_history
from PIL import Image as Picture
from pydicom.data import get_testdata_file
from qtpy.QtWidgets import QFileDialog

from napari_multicancer.io.formats import formats
from napari_multicancer.widgets.files.open_scans import (
    choose_files,
    choose_folder,
    file_filters,
    opener_of,
)
from napari_multicancer.widgets.files.readers import MOST_FILES

from ..conftest import speckle


@pytest.fixture
def viewer(windowless: ViewerModel) -> ViewerModel:
    return windowless


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A series of three slices without suffixes, and a picture beside its folder."""
    folder = tmp_path / "study" / "series"
    folder.mkdir(parents=True)
    dataset = pydicom.dcmread(get_testdata_file("MR_small.dcm", download=False))
    for number in range(3):
        dataset.ImagePositionPatient = [0, 0, 3 * number]
        dataset.SOPInstanceUID, dataset.InstanceNumber = f"1.2.{number}", number + 1
        dataset.save_as(folder / f"I{number}")
    Picture.fromarray(speckle(40, 48)).save(folder.parent / "a.png")
    return folder.parent


@pytest.fixture
def choose(viewer, qtbot, monkeypatch):
    """Answer the dialog with some paths, and wait until they are open."""

    def answer(*paths: Path) -> list[str]:
        viewer.layers.clear()
        monkeypatch.setattr(
            QFileDialog, "getOpenFileNames", lambda *args: ([str(one) for one in paths], args[-1])
        )
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(paths[0]))
        with qtbot.waitSignal(opener_of(viewer).opened):
            (choose_folder if paths[0].is_dir() else choose_files)(viewer)
        return [layer.name for layer in viewer.layers]

    return answer


def test_chosen_slices_make_their_volume_beside_other_files(viewer, choose, study):
    slices = sorted((study / "series").iterdir())
    assert choose(*slices, study / "a.png") == ["series", "a"]
    volume = viewer.layers[0]
    assert volume.data.shape == (3, 64, 64)
    assert volume.scale[0] == pytest.approx(3)
    assert Path(get_open_history()[0]) == study / "series"


def test_a_folder_gives_its_series_or_else_its_files_or_says_why_not(choose, study, told):
    assert choose(study) == ["series"]
    pictures = study / "pictures"
    pictures.mkdir()
    assert choose(pictures) == []
    assert told == [f"There are no scans in {pictures}: choose another folder."]
    (pictures / "a.gipl").write_bytes(b"?" * 400)
    assert choose(pictures) == []
    assert "a.gipl is GIPL by its name, and is not read here" in told[-1]
    (pictures / "a.gipl").unlink()
    for number in range(3):
        Picture.fromarray(speckle(40, 48)).save(pictures / f"{number}.png")
    assert sorted(choose(pictures)) == ["0", "1", "2"]
    for number in range(MOST_FILES + 1):
        (pictures / f"{number}.png").write_bytes(b"")
    assert choose(pictures) == []
    assert "more than 20 that open at once" in told[-1]


def test_what_cannot_be_read_is_told_and_the_rest_opens(choose, study, told):
    (study / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert choose(study / "broken.png", study / "a.png") == ["a"]
    assert len(told) == 2
    assert "broken.png" in told[-1]


def test_nothing_chosen_opens_nothing(viewer, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *args: ([], ""))
    choose_files(viewer)
    assert not opener_of(viewer).is_opening


def test_the_filters_name_every_format_and_all_files():
    first, *each, everything = file_filters()
    readable = [row for row in formats() if row.read]
    assert everything == "All files (*)"
    assert len(each) == len(readable)
    assert all(f"*{suffix}" in first for row in readable for suffix in row.suffixes)


def test_images_lie_below_masks_and_only_the_last_is_shown(viewer, choose, study):
    other = study / "b.png"
    Picture.fromarray(np.flipud(speckle(40, 48))).save(other)
    assert choose(study / "a.png", other) == ["a", "b"]
    assert [layer.visible for layer in viewer.layers] == [False, True]
    assert viewer.layers.selection.active.name == "b"
