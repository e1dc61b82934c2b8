"""DICOM and NIfTI in napari, with their voxel size."""

from __future__ import annotations

import nibabel
import numpy as np
import pytest

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
