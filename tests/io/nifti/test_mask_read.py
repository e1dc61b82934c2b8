"""NIfTI masks come back in the order of their scan's axes."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.core.scan.place import Place
from napari_multicancer.io import load_mask, load_scan
from napari_multicancer.io.masks import Ground
from napari_multicancer.io.nifti.mask_read import is_label_nifti, read_label_nifti
from napari_multicancer.io.nifti.mask_write import write_label_nifti

RECORD = {"source": "scan.png", "models": ["brain 1"], "edited_by_hand": False}
LABELS = np.random.default_rng(0).integers(0, 3, (3, 4, 5)).astype(np.uint8)


@settings(max_examples=25)
@given(
    order=st.permutations([0, 1, 2]),
    signs=st.tuples(*[st.sampled_from([-1, 1])] * 3),
    sizes=st.tuples(*[st.sampled_from([0.5, 1.0, 3.0])] * 3),
    source_is_named=st.booleans(),
)
def test_a_mask_of_a_nifti_scan_has_its_voxels_however_they_are_stored(
    order, signs, sizes, source_is_named, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("nifti")
    affine = np.eye(4)
    affine[:3, :3] = np.diag(np.multiply(signs, sizes))[:, order]
    pixels = np.random.default_rng(1).integers(0, 99, (3, 4, 5)).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(pixels, affine), folder / "scan.nii")
    scan = load_scan(folder / "scan.nii")
    labels = (scan.pixels > 50).astype(np.uint8)
    record = RECORD | (
        {"source": "scan.nii"} if source_is_named else {"source": "me", "models": []}
    )
    path = write_label_nifti(folder / "mask.nii", labels, Ground.of(scan), record)
    assert is_label_nifti(path)
    found = read_label_nifti(path)
    np.testing.assert_array_equal(found.labels, labels)
    assert found.labels.dtype == np.uint8
    assert found.spacing == pytest.approx(scan.voxel_size)
    assert found.unit == "mm"
    assert found.provenance == record


@pytest.mark.parametrize(
    ("shape", "axes", "geometry"),
    [
        ((4, 5), "yx", [2.0, 3.0]),
        ((3, 4, 5), "zyx", [1.0, 2.0, 3.0]),
        ((3, 4, 5), "tyx", [1.0, 2.0, 3.0]),
        ((1, 3, 4, 5), "tzyx", [1.0, 1.0, 2.0, 3.0]),
        ((2, 3, 4, 5), "tzyx", [1.0, 1.0, 2.0, 3.0]),
        ((3, 4, 5), "zyx", [0.5, 0.5, 9.0]),
    ],
)
def test_a_mask_of_any_other_layer_has_the_order_of_its_axes(tmp_path, shape, axes, geometry):
    labels = np.random.default_rng(0).integers(0, 3, shape).astype(np.uint8)
    record = RECORD | {"geometry": {"scale": geometry}}
    ground = Ground(Place.of_axes(np.diag([*geometry, 1.0]), axes), axes)
    found = read_label_nifti(write_label_nifti(tmp_path / "mask.nii.gz", labels, ground, record))
    np.testing.assert_array_equal(found.labels, labels)
    assert found.spacing == pytest.approx(geometry)
    assert found.unit == "mm"


def test_a_turned_layer_that_was_drawn_on_by_hand_keeps_its_order(tmp_path):
    upright_to_sagittal = np.array([[0, 0, 1.0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
    place = {"scale": [1, 1, 1], "affine": upright_to_sagittal.tolist()}
    record = {"source": "me", "models": [], "edited_by_hand": True, "geometry": place}
    ground = Ground(Place.of_axes(upright_to_sagittal, "zyx"), "zyx")
    path = write_label_nifti(tmp_path / "mask.nii", LABELS, ground, record)
    np.testing.assert_array_equal(read_label_nifti(path).labels, LABELS)


def test_labels_of_other_programs_are_known_by_their_intent(tmp_path):
    image = nibabel.Nifti1Image(LABELS.T, np.diag([-1, -1, 2, 1]))
    image.to_filename(tmp_path / "plain.nii")
    assert not is_label_nifti(tmp_path / "plain.nii")
    image.header.set_intent("label")
    image.to_filename(tmp_path / "labels.nii")
    assert is_label_nifti(tmp_path / "labels.nii")
    write_label_nifti(tmp_path / "ours.nii", LABELS)
    assert is_label_nifti(tmp_path / "ours.nii")
    found = read_label_nifti(tmp_path / "labels.nii")
    np.testing.assert_array_equal(found.labels, LABELS)
    assert found.spacing == (2, 1, 1)
    assert found.provenance is None
    image.set_data_dtype(np.float32)
    image.to_filename(tmp_path / "float.nii")
    assert not is_label_nifti(tmp_path / "float.nii")


@pytest.mark.parametrize("content", [b"", b"no mask", None])
def test_what_cannot_be_read_is_no_mask_but_one_sentence(tmp_path: Path, content):
    path = tmp_path / "mask.nii"
    if content is None:
        whole = write_label_nifti(path, LABELS, provenance=RECORD).read_bytes()
        content = whole[: len(whole) - 20]
    path.write_bytes(content)
    with pytest.raises(MulticancerError, match=r"mask\.nii"):
        load_mask(path)
