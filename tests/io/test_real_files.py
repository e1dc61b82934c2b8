"""Real files open with the geometry that pydicom or nibabel report, and can be analysed."""

from __future__ import annotations

import warnings
from pathlib import Path

import nibabel
import numpy as np
import pytest
from nibabel.orientations import io_orientation
from PIL import Image
from pydicom import dcmread

from napari_multicancer.batch.one_file import analyze_file
from napari_multicancer.batch.worklist import find_files, plan_jobs
from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io import load_scan, read_label_tiff

CUT_SHORT = "MR_truncated.dcm"
REASONS = ("is called a mask", "pictures at one place", "holds 2 volumes", "same value everywhere")
"""A truth lies beside its scan; a picture twice; nibabel's examples; masks of nothing."""


def test_dicom_files_keep_the_geometry_that_pydicom_reports(real_files: Path) -> None:
    seen = 0
    for path in sorted(real_files.glob("dicom/*.dcm")):
        if path.name == CUT_SHORT:
            continue
        seen += 1
        header = dcmread(path, stop_before_pixels=True)
        scan = load_scan(path)
        assert scan.spatial_shape[-2:] == (header.Rows, header.Columns), path.name
        assert scan.n_planes == int(header.get("NumberOfFrames") or 1), path.name
        if "PixelSpacing" in header:
            assert scan.plane_spacing == tuple(map(float, header.PixelSpacing)), path.name
        elif "SequenceOfUltrasoundRegions" not in header:
            assert scan.voxel_size is None or scan.is_stack, path.name
    assert seen


def test_nifti_files_keep_the_geometry_that_nibabel_reports(real_files: Path) -> None:
    seen = 0
    for path in sorted(real_files.glob("nifti/*.nii*")):
        seen += 1
        image, scan = nibabel.load(path), load_scan(path)
        world = io_orientation(image.affine)[:, 0].astype(int)
        shape, zooms = np.empty(3, int), np.empty(3)
        shape[world], zooms[world] = image.shape[:3], image.header.get_zooms()[:3]
        assert scan.spatial_shape[-3:] == tuple(shape[::-1]), path.name
        np.testing.assert_allclose(scan.voxel_size[-3:], zooms[::-1], rtol=1e-6)
        upright = nibabel.as_closest_canonical(image).get_fdata()
        upright = upright.reshape(*upright.shape[:3], -1)[:, ::-1][::-1]
        np.testing.assert_allclose(
            scan.pixels.reshape(-1, *scan.pixels.shape[-3:]), upright.T, rtol=1e-5
        )
    assert seen


def test_pictures_keep_their_size(real_files: Path) -> None:
    seen = 0
    for path in sorted(real_files.glob("pictures/*")):
        seen += 1
        with Image.open(path) as image:
            assert load_scan(path).spatial_shape == (image.height, image.width), path.name
    assert seen


def test_a_file_cut_short_is_refused(real_files: Path) -> None:
    with pytest.raises(UnreadableFileError, match=CUT_SHORT):
        load_scan(real_files / "dicom" / CUT_SHORT)


def test_every_real_file_is_analysed_or_refused_in_one_sentence(
    real_files: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "masks").mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        for job in plan_jobs(find_files([real_files], recursive=True)):
            row = analyze_file(job, out=tmp_path, models={})
            assert "unexpected" not in row["error"], caplog.text
            if row["status"] == "failed":
                assert row["error"].endswith("."), job.path
                assert any(reason in row["error"] for reason in REASONS), row["error"]
            elif row["mask"]:
                labels, spacing, *_ = read_label_tiff(tmp_path / row["mask"])
                scan = load_scan(job.path)
                assert labels.shape == scan.spatial_shape, job.path
                assert spacing == (scan.voxel_size and pytest.approx(scan.voxel_size)), job.path
