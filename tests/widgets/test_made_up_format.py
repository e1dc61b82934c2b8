"""A format that nobody has heard of takes one row; then window, terminal and dialogs know it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from napari_multicancer.batch.worklist import find_files
from napari_multicancer.cli import app
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import Format, load_mask, load_scan, register
from napari_multicancer.io.files import replacing
from napari_multicancer.io.formats import unregister
from napari_multicancer.io.masks import SavedMask
from napari_multicancer.samples import FOLDER
from napari_multicancer.widgets.files.open_scans import add_scans
from napari_multicancer.widgets.files.readers import get_scan_reader
from napari_multicancer.widgets.files.save_mask import ask_and_save
from napari_multicancer.widgets.files.writer import write_labels


def _write(path, labels, ground, provenance=None):
    with replacing(path) as beside, beside.open("wb") as file:
        np.save(file, labels)
    return path


MADE_UP = Format(
    name="numpy",
    title="NumPy",
    suffixes=(".npy",),
    sniff=lambda head: head.startswith(b"\x93NUMPY"),
    read=lambda path: Scan(np.load(path), "yx", name=path.name, source=str(path)),
    is_mask=lambda path: "mask" in path.name,
    read_mask=lambda path, origins: SavedMask(np.load(path)),
    write_mask=_write,
    in_napari=True,
)


@pytest.fixture(autouse=True)
def registered():
    register(MADE_UP)
    yield
    unregister(MADE_UP.name)


@pytest.fixture
def head(tmp_path: Path) -> Path:
    """A brain in the made-up format, alone in its folder."""
    path = tmp_path / "scans" / "head.npy"
    path.parent.mkdir()
    np.save(path, load_scan(FOLDER / "brain_tumor.jpg").plane(0))
    return path


def test_a_scan_opens_by_its_first_bytes_and_by_its_name(head: Path, tmp_path: Path) -> None:
    assert load_scan(head).name == "head"
    head.rename(tmp_path / "noname")
    assert load_scan(tmp_path / "noname").axes == "yx"


def test_a_folder_lists_it_and_the_terminal_reads_and_writes_it(head: Path, tmp_path: Path) -> None:
    assert list(find_files([head.parent])) == [head]
    out = tmp_path / "out"
    command = ["analyze", str(head.parent), "--out", str(out), "--format", "numpy"]
    assert CliRunner().invoke(app, command).exit_code == 0
    mask = out / "masks" / "head_mask.npy"
    assert f"masks/{mask.name}" in (out / "results.csv").read_text("utf-8")
    assert load_mask(mask).labels.shape == load_scan(head).spatial_shape
    assert load_mask(mask).labels.any()


def test_the_window_opens_a_scan_and_lays_its_mask_over_it(viewer, head: Path, tmp_path) -> None:
    assert get_scan_reader(str(head)) is not None
    mask = head.with_name("mask.npy")
    np.save(mask, np.ones(np.load(head).shape, np.uint8))
    (image,) = add_scans(viewer, [head, mask])
    assert image.name == "head"
    assert [type(layer).__name__ for layer in viewer.layers] == ["Image", "Labels"]


def test_the_dialog_offers_it_and_the_writer_takes_its_name(
    viewer, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choose(parent, title, suggested, filters):
        return str(tmp_path / "a"), next(one for one in filters.split(";;") if "NumPy" in one)

    monkeypatch.setattr("qtpy.QtWidgets.QFileDialog.getSaveFileName", choose)
    labels = viewer.add_labels(np.eye(40, dtype=np.uint8))
    assert ask_and_save(None, labels) == tmp_path / "a.npy"
    assert write_labels(str(tmp_path / "b.npy"), labels.data, {}) == [str(tmp_path / "b.npy")]
    np.testing.assert_array_equal(np.load(tmp_path / "b.npy"), labels.data)


def test_a_name_is_taken_once_only() -> None:
    with pytest.raises(ValueError, match="'numpy' already: choose another name"):
        register(MADE_UP)
