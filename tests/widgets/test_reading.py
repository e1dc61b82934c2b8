"""DICOM and NIfTI in napari, with their voxel size."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from napari.components import ViewerModel
from pydicom.data import get_testdata_file

from napari_multicancer.io.load import is_mask
from napari_multicancer.widgets.common.layers import geometry, voxel_size
from napari_multicancer.widgets.files.open_scans import add_scans
from napari_multicancer.widgets.files.readers import get_scan_reader, read_scans
from napari_multicancer.widgets.files.writer import image_under, save_labels
from tests.io.dicom.slices import series


@pytest.fixture
def viewer(windowless: ViewerModel) -> ViewerModel:
    return windowless


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
    assert layers[0].metadata["napari_multicancer"]["origin"].modality == "MR"
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


def test_a_broken_file_is_one_sentence_and_no_layer(viewer, tmp_path, told):
    for name, content in product(["broken.dcm", "broken.nii"], [b"", b"no scan at all"]):
        told.clear()
        path = tmp_path / name
        path.write_bytes(content)
        assert viewer.open(path, plugin="napari-multicancer") == []
        assert len(viewer.layers) == 0
        assert len(told) == 1, (name, content)
        assert name in told[0]


@pytest.fixture
def head(viewer, tmp_path):
    """A NIfTI volume stored front to back, opened."""
    affine = np.array([[0, 0, 2.0, -9], [-3, 0, 0, 8], [0, 4, 0, 7], [0, 0, 0, 1]])
    volume = np.random.default_rng(1).integers(0, 999, (20, 30, 25)).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(volume, affine), tmp_path / "head.nii")
    return viewer.open(tmp_path / "head.nii", plugin="napari-multicancer")[0]


@pytest.fixture
def turned(viewer, tmp_path):
    """A DICOM series that was taken in sagittal slices, opened in axial planes."""
    folder = tmp_path / "sagittal"
    folder.mkdir()
    dataset = pydicom.dcmread(get_testdata_file("MR_small.dcm", download=False))
    dataset.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    for number in range(40):
        dataset.ImagePositionPatient = [number * -0.5, 0, 0]
        dataset.SOPInstanceUID = f"1.2.{number}"
        dataset.save_as(folder / f"{number}.dcm")
    (layer,) = viewer.open(folder, plugin="napari-multicancer")
    assert layer.data.shape == (64, 64, 40)
    return layer


@pytest.fixture
def thick(viewer, tmp_path):
    """A NIfTI volume of thick sagittal slices, opened."""
    volume = np.random.default_rng(1).integers(0, 999, (18, 30, 25)).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(volume, np.diag([-5.0, 1, 1, 1])), tmp_path / "thick.nii")
    (layer,) = viewer.open(tmp_path / "thick.nii", plugin="napari-multicancer")
    assert layer.data.shape == (18, 25, 30)
    return layer


@pytest.fixture
def slices(viewer, tmp_path):
    """A DICOM series, opened."""
    _series(tmp_path / "study", 2, 0, 3, 6)
    return viewer.open(tmp_path / "study", plugin="napari-multicancer")[0]


@pytest.mark.parametrize(
    ("scan", "name"),
    [
        ("head", "mask.nii.gz"),
        ("head", "mask.nii"),
        ("slices", "mask.dcm"),
        ("slices", "mask.nii"),
        ("turned", "mask.dcm"),
        ("turned", "mask.nii"),
        ("thick", "mask.nii"),
        ("thick", "thick_mask.tif"),
    ],
)
def test_a_saved_mask_opens_as_labels_exactly_over_its_scan(
    request, viewer, tmp_path, told, scan, name
):
    image = request.getfixturevalue(scan)
    pixels = (np.asarray(image.data) > 500).astype(np.uint8)
    drawn = viewer.add_labels(pixels, name="mine", **geometry(image))
    path = save_labels(tmp_path / name, drawn)
    viewer.layers.remove(drawn)
    (labels,) = viewer.open(path, plugin="napari-multicancer")
    assert told == []
    assert type(labels).__name__ == "Labels"
    np.testing.assert_array_equal(labels.data, pixels)
    np.testing.assert_allclose(labels.extent.world, image.extent.world)
    assert labels.units == image.units
    assert image_under(labels) is image


def test_a_scan_and_its_mask_open_together(viewer, slices, tmp_path):
    drawn = viewer.add_labels(np.ones(slices.data.shape, np.uint8), **geometry(slices))
    mask = save_labels(tmp_path / "mask.dcm", drawn)
    viewer.layers.clear()
    paths = [str(mask), *map(str, sorted((tmp_path / "study").glob("*.dcm")))]
    found = read_scans(paths)
    assert [kind for _, _, kind in found] == ["image", "labels"]
    assert found[1][0].shape == found[0][0].shape


def test_a_segmentation_without_its_scan_keeps_its_planes_and_voxel_size(viewer, slices, tmp_path):
    pixels = np.zeros(slices.data.shape, np.uint8)
    pixels[1, 5:9, 5:9] = 1
    mask = save_labels(tmp_path / "mask.dcm", viewer.add_labels(pixels, **geometry(slices)))
    viewer.layers.clear()
    (labels,) = viewer.open(mask, plugin="napari-multicancer")
    np.testing.assert_array_equal(labels.data, pixels)
    assert voxel_size(labels) == pytest.approx((3, 0.3125, 0.3125))


def test_whole_numbers_open_as_labels_where_the_user_says_so(viewer, tmp_path):
    nibabel.save(nibabel.Nifti1Image(np.ones((9, 8, 7), np.int16), np.eye(4)), tmp_path / "a.nii")
    assert not is_mask(tmp_path / "a.nii")
    (labels,) = viewer.open(tmp_path / "a.nii", layer_type="labels", plugin="napari-multicancer")
    assert type(labels).__name__ == "Labels"
    assert labels.data.shape == (7, 8, 9)


def test_the_terminal_opens_masks_above_scans_and_analyses_scans_only(viewer, head, tmp_path):
    drawn = viewer.add_labels(np.ones(head.data.shape, np.uint8), **geometry(head))
    mask = save_labels(tmp_path / "mask.nii", drawn)
    viewer.layers.clear()
    images = add_scans(viewer, [mask, tmp_path / "head.nii"])
    assert [image.name for image in images] == ["head"]
    assert [layer.name for layer in viewer.layers] == ["head", "mask"]
    assert viewer.layers.selection.active is images[0]
    viewer.layers.clear()
    assert add_scans(viewer, [mask]) == []
    assert len(viewer.layers) == 1


def test_a_damaged_mask_is_one_sentence(viewer, slices, tmp_path, told):
    drawn = viewer.add_labels(np.ones(slices.data.shape, np.uint8), **geometry(slices))
    mask = save_labels(tmp_path / "mask.dcm", drawn)
    mask.write_bytes(mask.read_bytes()[:-500])
    assert viewer.open(mask, plugin="napari-multicancer") == []
    assert len(told) == 1
    assert "mask.dcm is no DICOM Segmentation" in told[0]


def test_a_slice_that_is_left_out_is_told(viewer, told, tmp_path):
    series(tmp_path, {"IM1.dcm": 0.0, "IM2.dcm": 1.0, "IM3.dcm": 2.0})
    whole = (tmp_path / "IM3.dcm").read_bytes()
    (tmp_path / "IM3.dcm").write_bytes(whole[:-300])
    (layer,) = viewer.open(tmp_path, plugin="napari-multicancer")
    assert layer.data.shape[0] == 2
    assert told == ["IM3.dcm cannot be read and is left out."]
