"""DICOM and NIfTI in napari, with their voxel size."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file

from napari_multicancer.widgets.layers import voxel_size
from napari_multicancer.widgets.readers import get_scan_reader


def test_a_nifti_volume_opens_with_its_voxel_size(viewer, tmp_path):
    path = tmp_path / "head.nii.gz"
    image = nibabel.Nifti1Image(np.zeros((30, 20, 4), np.int16), np.diag([0.5, 0.75, 3.0, 1.0]))
    image.header.set_xyzt_units("mm")
    image.to_filename(path)
    (layer,) = viewer.open(path, plugin="napari-multicancer")
    assert layer.name == "head"
    assert layer.source.path == str(path)
    assert sorted(voxel_size(layer)) == pytest.approx([0.5, 0.75, 3.0])


def _series(folder: Path, number: int, *places: float) -> None:
    """Save a DICOM series of one slice a place."""
    folder.mkdir(exist_ok=True)
    dataset = pydicom.dcmread(get_testdata_file("MR_small.dcm", download=False))
    dataset.SeriesInstanceUID, dataset.SeriesNumber = f"1.{number}", number
    dataset.SeriesDescription = "JANE DOE HEAD"
    dataset.WindowCenter, dataset.WindowWidth = 600.5, 401
    for place in places:
        dataset.ImagePositionPatient = [0, 0, place]
        dataset.SOPInstanceUID = f"1.{number}.{place:.0f}"
        dataset.save_as(folder / f"IM{number}{place:.0f}.dcm")


def test_a_folder_gives_a_layer_for_each_dicom_series(viewer, tmp_path, told):
    study = tmp_path / "study"
    _series(study, 2, 0, 3, 6)
    _series(study, 4, 0, 5)
    _series(study, 5, 0, 5, 20)
    (study / "notes.txt").write_text("no scan")
    layers = viewer.open(study, plugin="napari-multicancer")
    assert [layer.name for layer in layers] == ["study#2", "study#4"]
    assert [layer.data.shape[0] for layer in layers] == [3, 2]
    assert voxel_size(layers[0]) == pytest.approx((3, 0.3125, 0.3125))
    assert tuple(layers[0].contrast_limits) == (400, 800)
    assert layers[0].metadata["napari_multicancer"]["dicom"].modality == "MR"
    assert len(told) == 1
    assert "study#5 is incomplete, 2 slices are missing" in told[0]
    assert "JANE" not in str([layer.metadata for layer in layers])


def test_the_files_of_a_stack_make_one_layer(viewer, tmp_path):
    _series(tmp_path, 2, 0, 3, 6)
    (layer,) = viewer.open(sorted(tmp_path.glob("*.dcm")), stack=True, plugin="napari-multicancer")
    assert layer.data.shape == (3, 64, 64)


def test_a_folder_without_dicom_is_declined(tmp_path):
    (tmp_path / "notes.txt").write_text("no scan")
    assert get_scan_reader(str(tmp_path)) is None
    _series(tmp_path / "deep", 2, 0)
    assert get_scan_reader(str(tmp_path)) is not None


@pytest.mark.parametrize("name", ["a.dcm", "a.DCM", "a.nii", "a.NII.GZ"])
def test_dicom_and_nifti_are_taken_by_their_names(name):
    assert get_scan_reader(name) is not None


@pytest.mark.parametrize("name", ["a.tif", "a.png", "a.csv", "a"])
def test_others_are_declined(name):
    assert get_scan_reader(name) is None


@pytest.mark.parametrize("content", [b"", b"no scan at all"])
@pytest.mark.parametrize("name", ["broken.dcm", "broken.nii"])
def test_a_broken_file_is_one_sentence_and_no_layer(viewer, tmp_path, told, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    assert viewer.open(path, plugin="napari-multicancer") == []
    assert len(told) == 1
    assert name in told[0]
