"""Masks of volumes: on the source's own voxels in every format, and the same when opened again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import nrrd
import numpy as np
import pytest
from pydicom.data import get_testdata_file

from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan, save_mask
from napari_multicancer.io.load import is_mask, load_mask
from napari_multicancer.io.masks import Ground
from tests.io.dicom.slices import save, slice_dataset

SUFFIXES = pytest.mark.parametrize("suffix", [".nrrd", ".mha", ".nii.gz"])
PROVENANCE = {"source": "scan", "note": "a: b, = \u00e4"}


def _nrrd(path: Path, shape: tuple[int, ...], **header: Any) -> Path:
    voxels = np.arange(np.prod(shape), dtype=np.int16).reshape(shape)
    nrrd.write(str(path), voxels, {"encoding": "raw", **header})
    return path


def _turned(path: Path, shape: tuple[int, ...] = (20, 18, 17)) -> Path:
    directions = [[0, 2.0, 0.1], [0, 0.1, -3.0], [-3.0, 0, 0]]
    if len(shape) > 3:
        directions.append([float("nan")] * 3)
    return _nrrd(
        path,
        shape,
        space="left-posterior-superior",
        kinds=["domain"] * 3 + ["time"] * (len(shape) - 3),
        **{"space directions": directions, "space origin": [1.0, 2.0, 3.0]},
    )


def _mask(scan: Scan) -> np.ndarray:
    return np.random.default_rng(7).integers(0, 3, scan.spatial_shape).astype(np.uint8)


def _stored(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read voxels (i, j, k) and their affine to the right, the front and the head."""
    if path.name.endswith(".nii.gz"):
        image = nibabel.load(path)
        return np.asarray(image.dataobj), image.affine
    if path.suffix == ".nrrd":
        voxels, header = nrrd.read(str(path))
        columns, corner = header["space directions"], header["space origin"]
    else:
        lines = path.read_bytes().split(b"ElementDataFile")[0].decode().splitlines()
        fields = dict(line.split(" = ", 1) for line in lines)
        numbers = {name: np.array(fields[name].split(), float) for name in _NUMBERS}
        columns = numbers["TransformMatrix"].reshape(3, 3) * numbers["ElementSpacing"][:, None]
        corner, voxels = numbers["Offset"], np.asarray(load_mask(path).labels)
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = columns[:3].T, corner
    return voxels, np.diag([-1, -1, 1, 1]) @ affine


_NUMBERS = ("TransformMatrix", "ElementSpacing", "Offset")


@SUFFIXES
def test_a_mask_has_its_sources_own_voxels_and_place(suffix: str, tmp_path: Path) -> None:
    path = _turned(tmp_path / "scan.nrrd")
    scan = load_scan(path)
    mask = _mask(scan)
    written = save_mask(tmp_path / f"mask{suffix}", mask, Ground.of(scan), PROVENANCE)
    voxels, affine = _stored(written)
    _, expected = _stored(path)
    np.testing.assert_allclose(affine, expected, atol=1e-5)
    if suffix != ".mha":
        np.testing.assert_array_equal(voxels, scan.origin.stored(mask, "mask"))


@SUFFIXES
@pytest.mark.parametrize("shape", [(20, 18, 17), (20, 18, 17, 2), (20, 18, 1)])
def test_a_mask_opens_again_as_it_was_saved(
    suffix: str, shape: tuple[int, ...], tmp_path: Path
) -> None:
    scan = load_scan(_turned(tmp_path / "scan.nrrd", shape))
    mask = _mask(scan)
    written = save_mask(tmp_path / f"mask{suffix}", mask, Ground.of(scan), PROVENANCE)
    assert is_mask(written)
    again = load_mask(written)
    np.testing.assert_array_equal(again.labels, mask)
    assert again.provenance == PROVENANCE
    assert again.spacing is not None
    assert scan.voxel_size is not None
    assert again.spacing[-2:] == pytest.approx(scan.voxel_size[-2:], rel=1e-5)


@SUFFIXES
def test_a_mask_over_one_of_several_volumes_is_a_volume(suffix: str, tmp_path: Path) -> None:
    scan = load_scan(_turned(tmp_path / "scan.nrrd", (20, 18, 17, 2))).volume(1)
    mask = _mask(scan)
    written = save_mask(tmp_path / f"mask{suffix}", mask, Ground.of(scan), PROVENANCE)
    np.testing.assert_array_equal(load_mask(written).labels, mask)


@pytest.mark.parametrize("suffix", [".nrrd", ".mha"])
def test_masks_of_scans_that_lie_nowhere_and_of_pictures_come_back(
    suffix: str, tmp_path: Path
) -> None:
    for name, shape, header in [
        ("unsized", (20, 18, 17), {}),
        ("sized", (20, 18, 17), {"spacings": [2.0, 3.0, 5.0]}),
        ("picture", (20, 18), {"spacings": [2.0, 3.0]}),
    ]:
        scan = load_scan(_nrrd(tmp_path / f"{name}.nrrd", shape, **header))
        mask = _mask(scan)
        written = save_mask(tmp_path / f"{name}_mask{suffix}", mask, Ground.of(scan), PROVENANCE)
        again = load_mask(written)
        np.testing.assert_array_equal(again.labels, mask)
        assert again.spacing == scan.voxel_size


def _nowhere(path: Path) -> Path:
    """Write a NIfTI file whose header tells no place, only a size."""
    image = nibabel.Nifti1Image(np.arange(20 * 18 * 17, dtype=np.int16).reshape(20, 18, 17), None)
    image.header.set_zooms((2.0, 3.0, 5.0))
    image.to_filename(path)
    return path


def _bad_ras(path: Path) -> Path:
    """Write a FreeSurfer volume that says that its place does not count."""
    nibabel.save(nibabel.MGHImage(np.zeros((20, 18, 17), np.uint8), np.eye(4)), path)
    head = bytearray(path.read_bytes())
    head[28:30] = b"\0\0"
    path.write_bytes(head)
    return path


@SUFFIXES
@pytest.mark.parametrize("name", ["scan.nii", "scan.nrrd", "scan.mgh"])
def test_a_mask_comes_back_where_formats_turn_what_lies_nowhere_differently(
    name: str, suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    if name == "scan.nrrd":
        _nrrd(path, (20, 18, 17), spacings=[2.0, 3.0, 5.0])
    else:
        (_nowhere if name == "scan.nii" else _bad_ras)(path)
    scan = load_scan(path)
    mask = _mask(scan)
    written = save_mask(tmp_path / f"mask{suffix}", mask, Ground.of(scan), PROVENANCE)
    again = load_mask(written)
    np.testing.assert_array_equal(again.labels, mask)
    assert again.provenance == PROVENANCE


@pytest.mark.parametrize("suffix", [".nrrd", ".mha"])
def test_a_mask_of_a_dicom_scan_lies_where_that_lies(suffix: str, tmp_path: Path) -> None:
    scan = load_scan(Path(get_testdata_file("MR_small.dcm", download=False)))
    mask = _mask(scan)
    written = save_mask(tmp_path / f"mask{suffix}", mask, Ground.of(scan), PROVENANCE)
    np.testing.assert_array_equal(load_mask(written).labels, mask)
    np.testing.assert_allclose(
        np.sort(np.abs(load_scan(written).place.affine[:3, 3])),
        np.sort(np.abs(scan.place.affine[:3, 3])),
        rtol=1e-6,
    )


def test_a_nifti_scan_gets_its_own_voxels_in_nrrd(tmp_path: Path) -> None:
    affine = np.array([[0, 0, 3, 5], [-2, 0, 0, 6], [0, -2.5, 0, 7], [0, 0, 0, 1.0]])
    path = tmp_path / "scan.nii"
    nibabel.save(nibabel.Nifti1Image(np.zeros((20, 18, 17), np.int16), affine), path)
    scan = load_scan(path)
    mask = _mask(scan)
    written = save_mask(tmp_path / "mask.nrrd", mask, Ground.of(scan), PROVENANCE)
    voxels, placed = _stored(written)
    np.testing.assert_allclose(placed, affine, atol=1e-5)
    np.testing.assert_array_equal(voxels, scan.origin.stored(mask, "mask"))


@pytest.mark.parametrize("suffix", [".nrrd", ".mha"])
def test_a_mask_of_another_shape_is_refused_and_nothing_is_lost(
    suffix: str, tmp_path: Path
) -> None:
    scan = load_scan(_turned(tmp_path / "scan.nrrd"))
    path = tmp_path / f"mask{suffix}"
    path.write_text("before")
    with pytest.raises(OutputError, match="do not lie on the scan of"):
        save_mask(path, np.ones((3, 4, 5), np.uint8), Ground.of(scan))
    assert path.read_text() == "before"
    assert sorted(one.name for one in tmp_path.iterdir()) == [f"mask{suffix}", "scan.nrrd"]


def test_a_segmentation_of_another_program_is_a_mask_and_its_scan_is_not(tmp_path: Path) -> None:
    labels = np.zeros((20, 18, 17), np.uint8)
    labels[5:9, 5:9, 5:9] = 2
    path = tmp_path / "a.seg.nrrd"
    nrrd.write(str(path), labels, {"Segment0_ID": "one", "Segment0_LabelValue": "2"})
    assert is_mask(path)
    np.testing.assert_array_equal(load_mask(path).labels, labels.T)
    assert not is_mask(_turned(tmp_path / "scan.nrrd"))


def _tilted_series(folder: Path) -> Scan:
    """Planes of a gantry that was tilted: 5 mm apart, each 1.2 mm further back."""
    for number in range(6):
        place = {"ImagePositionPatient": [10, 20 + 1.2 * number, 5 * number]}
        save(slice_dataset(number, 0, **place), folder / f"{number}.dcm")
    return load_scan(folder)


def _tilted_nifti(folder: Path) -> Scan:
    affine = np.array([[0.25, 0, 0.5, 1], [0, 0.5, 1.2, 2], [0, 0, 5, 3], [0, 0, 0, 1.0]])
    image = nibabel.Nifti1Image(np.ones((30, 20, 6), np.int16), affine)
    image.set_sform(affine, code=1)
    nibabel.save(image, folder / "scan.nii")
    return load_scan(folder / "scan.nii")


@pytest.mark.parametrize("suffix", [".tif", ".nrrd", ".mha", ".nii.gz"])
@pytest.mark.parametrize("made", [_tilted_series, _tilted_nifti])
def test_a_mask_on_tilted_planes_has_the_volume_that_it_covers(
    made: Callable[[Path], Scan], suffix: str, tmp_path: Path
) -> None:
    (tmp_path / "scan").mkdir()
    scan = made(tmp_path / "scan")
    assert scan.voxel_size == pytest.approx((5, 0.5, 0.25))
    path = save_mask(tmp_path / f"mask{suffix}", _mask(scan), Ground.of(scan), PROVENANCE)
    assert load_mask(path).spacing == pytest.approx((5, 0.5, 0.25))
    if suffix != ".tif":
        again = load_scan(path)
        np.testing.assert_allclose(again.place.affine, scan.place.affine, atol=1e-5)
        assert not again.notes


def test_tilted_planes_are_written_for_programs_that_know_boxes_only(tmp_path: Path) -> None:
    scan = _tilted_series(tmp_path / "scan")
    header = nibabel.load(save_mask(tmp_path / "mask.nii.gz", _mask(scan), Ground.of(scan))).header
    assert header.get_zooms() == pytest.approx((0.25, 0.5, 5))
    qform, sform = header.get_qform(), header.get_sform()
    assert int(header["qform_code"]) == int(header["sform_code"]) == 1
    np.testing.assert_allclose(qform[:, [0, 1, 3]], sform[:, [0, 1, 3]], atol=1e-5)
    assert np.linalg.det(qform) == pytest.approx(np.linalg.det(sform))
