"""Every real file opens in napari where pydicom, nibabel and Pillow say that its voxels lie."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nibabel
import numpy as np
from napari.layers import Image
from PIL import Image as Picture
from pydicom import dcmread

from napari_multicancer.io import load_scan
from napari_multicancer.widgets.common.layers import scan_from_layer, voxel_size

CUT_SHORT = "MR_truncated.dcm"


def _scans(real_files: Path, pattern: str) -> Iterator[Path]:
    """Find the files that are whole."""
    found = [path for path in sorted(real_files.glob(pattern)) if path.name != CUT_SHORT]
    assert found
    return iter(found)


def _opened(viewer, path: Path) -> Image:
    """Open a file as File > Open does, and make sure that the panel and `load_scan` agree."""
    viewer.layers.clear()
    plugin = "napari-multicancer" if path.suffix in (".dcm", ".nii", ".gz") else "napari"
    (layer,) = viewer.open(path, plugin=plugin)
    assert isinstance(layer, Image)
    scan, seen = load_scan(path), scan_from_layer(layer)
    assert seen.spatial_shape == scan.spatial_shape
    if plugin == "napari-multicancer":
        assert (seen.axes, seen.voxel_size) == (scan.axes, scan.voxel_size)
        assert {str(unit) for unit in layer.units} == {"millimeter" if scan.voxel_size else "pixel"}
        np.testing.assert_array_equal(seen.plane(0), scan.plane(0))
    np.testing.assert_array_equal(layer.translate, 0)
    return layer


def test_dicom_files_have_the_geometry_that_pydicom_reports(viewer, real_files) -> None:
    for path in _scans(real_files, "dicom/*.dcm"):
        _check_dicom(viewer, path)


def _check_dicom(viewer, path: Path) -> None:
    header = dcmread(path)
    layer = _opened(viewer, path)
    frames, colours = int(header.get("NumberOfFrames") or 1), header.SamplesPerPixel
    expected = (header.Rows, header.Columns)
    assert layer.data.shape[: layer.ndim] == ((frames,) if frames > 1 else ()) + expected
    assert layer.rgb == (colours == 3 or header.PhotometricInterpretation == "PALETTE COLOR")
    if "PixelSpacing" in header:
        assert voxel_size(layer)[-2:] == tuple(map(float, header.PixelSpacing))
    elif "SequenceOfUltrasoundRegions" not in header:
        assert voxel_size(layer) is None
    if "PixelSpacing" in header and frames > 1:
        assert layer.scale[0] == float(header.get("SpacingBetweenSlices") or header.SliceThickness)
    if not layer.rgb and "RescaleSlope" not in header:
        np.testing.assert_array_equal(layer.data, header.pixel_array)


def test_nifti_files_have_the_geometry_that_nibabel_reports(viewer, real_files) -> None:
    for path in _scans(real_files, "nifti/*.nii*"):
        _check_nifti(viewer, path)


def _check_nifti(viewer, path: Path) -> None:
    upright = nibabel.as_closest_canonical(nibabel.load(path))
    layer = _opened(viewer, path)
    right_front_head = np.asarray(upright.dataobj).reshape(upright.shape)
    np.testing.assert_allclose(
        layer.data, np.flip(right_front_head.T, axis=(-2, -1)), rtol=1e-5, err_msg=path.name
    )
    zooms = upright.header.get_zooms()[:3][::-1]
    np.testing.assert_allclose(voxel_size(layer)[-3:], zooms, rtol=1e-6)


def test_pictures_have_the_size_that_pillow_reports(viewer, real_files) -> None:
    for path in _scans(real_files, "pictures/*.*"):
        _check_picture(viewer, path)


def _check_picture(viewer, path: Path) -> None:
    layer = _opened(viewer, path)
    with Picture.open(path) as picture:
        assert layer.data.shape[: layer.ndim] == (picture.height, picture.width)
    assert voxel_size(layer) is None


def test_a_dicom_file_that_is_cut_short_is_one_sentence(viewer, told, real_files) -> None:
    assert viewer.open(real_files / "dicom" / CUT_SHORT, plugin="napari-multicancer") == []
    assert len(told) == 1
    assert told[0].startswith(CUT_SHORT)


def test_the_folder_of_dicom_files_opens_as_one_layer_a_scan(viewer, told, real_files) -> None:
    layers = viewer.open(real_files / "dicom", plugin="napari-multicancer")
    names = {layer.name for layer in layers}
    assert {"examples_palette", "examples_ybr_color", "693_J2KI", "MR_Implicit_Little"} <= names
    (about_files,) = [sentence for sentence in told if ".dcm" in sentence]
    assert about_files == f"{CUT_SHORT} cannot be read and is left out."
