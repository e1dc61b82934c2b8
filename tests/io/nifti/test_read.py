from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.io import load_scan

SHAPE = (17, 19, 23)
VOLUME = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
"""In order right, anterior, superior."""


def _save(pixels: np.ndarray, path: Path, affine: np.ndarray, unit: str = "mm") -> Path:
    image = nibabel.Nifti1Image(pixels, affine)
    image.header.set_xyzt_units(unit, "sec")
    nibabel.save(image, path)
    return path


@settings(max_examples=30)
@given(
    order=st.sampled_from(list(permutations(range(3)))),
    signs=st.tuples(*[st.sampled_from([-1, 1])] * 3),
)
def test_the_scan_is_the_same_however_the_axes_are_stored(
    order: tuple[int, ...], signs: tuple[int, ...], tmp_path_factory
) -> None:
    stored = VOLUME.transpose(order)
    affine = np.eye(4)
    for axis, (world, sign) in enumerate(zip(order, signs, strict=True)):
        affine[:3, axis] = 0
        affine[world, axis] = sign * (2.0, 3.0, 4.0)[world]
        if sign < 0:
            stored = np.flip(stored, axis)
    scan = load_scan(_save(stored, tmp_path_factory.mktemp("nifti") / "scan.nii", affine))
    assert scan.axes == "zyx"
    assert scan.voxel_size == (4, 3, 2)
    assert scan.pixels.dtype == np.int16
    np.testing.assert_array_equal(scan.pixels, VOLUME[::-1, ::-1].T)


def test_planes_are_axial_front_up_and_right_on_the_left(tmp_path: Path) -> None:
    volume = np.zeros(SHAPE, np.uint8)
    volume[-1, -1, -1] = 1  # right, anterior, superior
    scan = load_scan(_save(volume, tmp_path / "scan.nii.gz", np.eye(4)))
    assert np.argwhere(scan.pixels).tolist() == [[SHAPE[2] - 1, 0, 0]]
    assert scan.name == "scan"


@pytest.mark.parametrize(
    ("unit", "told", "size"),
    [("mm", 2.0, 2.0), ("micron", 2.0, 0.002), ("meter", 0.002, 2.0), ("unknown", 2.0, 2.0)],
)
def test_the_voxel_size_is_in_mm(unit: str, told: float, size: float, tmp_path: Path) -> None:
    affine = np.diag([told, told, told, 1.0])
    scan = load_scan(_save(VOLUME, tmp_path / "scan.nii", affine, unit))
    np.testing.assert_allclose(scan.voxel_size, (size,) * 3)


def test_scaled_values_are_those_that_are_meant(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(VOLUME, np.eye(4))
    image.header.set_slope_inter(0.5, 10)
    nibabel.save(image, tmp_path / "scan.nii")
    scan = load_scan(tmp_path / "scan.nii")
    assert scan.pixels.dtype == np.float32
    np.testing.assert_array_equal(scan.pixels, VOLUME[::-1, ::-1].T * 0.5 + 10)


@pytest.mark.parametrize("components", ["RGB", "RGBA"])
def test_colours_become_an_axis(components: str, tmp_path: Path) -> None:
    dtype = np.dtype([(component, "u1") for component in components])
    pixels = np.zeros(SHAPE, dtype)
    pixels["G"] = VOLUME % 200
    scan = load_scan(_save(pixels, tmp_path / "scan.nii", np.eye(4)))
    assert scan.axes == "zyxc"
    assert scan.pixels.shape == (*SHAPE[::-1], len(components))
    np.testing.assert_array_equal(scan.pixels[..., 1], VOLUME[::-1, ::-1].T % 200)
    scan.check()


def test_big_endian_becomes_native(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(VOLUME, np.eye(4), nibabel.Nifti1Header(endianness=">"))
    nibabel.save(image, tmp_path / "scan.nii")
    scan = load_scan(tmp_path / "scan.nii")
    assert scan.pixels.dtype.isnative
    np.testing.assert_array_equal(scan.pixels, VOLUME[::-1, ::-1].T)


def test_several_volumes_are_refused_by_the_check(tmp_path: Path) -> None:
    scan = load_scan(_save(np.stack([VOLUME] * 2, -1), tmp_path / "scan.nii", np.eye(4)))
    assert scan.axes == "tzyx"
    with pytest.raises(UnsupportedScanError, match="holds 2 volumes"):
        scan.check()


@pytest.mark.parametrize(
    ("axis", "expected"), [(2, VOLUME[::-1, ::-1, 0].T), (0, VOLUME[0, ::-1, ::-1].T)]
)
def test_one_plane_is_a_picture(axis: int, expected: np.ndarray, tmp_path: Path) -> None:
    plane = VOLUME.take([0], axis)
    affine = np.diag([2.0, 3.0, 4.0, 1.0])
    scan = load_scan(_save(plane, tmp_path / "scan.nii", affine))
    assert scan.axes == "yx"
    assert scan.voxel_size == ((3, 2) if axis == 2 else (4, 3))
    np.testing.assert_array_equal(scan.pixels, expected)


def test_a_picture_without_depth_opens(tmp_path: Path) -> None:
    scan = load_scan(_save(VOLUME[..., 0], tmp_path / "scan.nii", np.eye(4)))
    assert scan.axes == "yx"


def test_a_broken_affine_does_not_stop_it(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(VOLUME, None)
    image.header.set_sform(np.zeros((4, 4)), code=1)
    nibabel.save(image, tmp_path / "scan.nii")
    assert load_scan(tmp_path / "scan.nii").pixels.shape == SHAPE[::-1]


def test_a_mask_lies_over_its_scan(real_files: Path) -> None:
    scan = load_scan(real_files / "nifti/glioma_t1post.nii.gz")
    truth = load_scan(real_files / "nifti/glioma_t1post_truth.nii.gz")
    assert scan.pixels.shape == truth.pixels.shape
    enhancing = scan.pixels[truth.pixels > 0].mean()
    other_side = scan.pixels[truth.pixels[..., ::-1] > 0].mean()
    assert enhancing > 1.2 * other_side


@pytest.mark.parametrize(
    ("sizes", "view", "turned"),
    [
        ((1.0, 1.0, 5.0), "axial", lambda axial: axial),
        ((1.0, 1.0, 1.2), "axial", lambda axial: axial),
        ((5.0, 1.0, 1.0), "sagittal", lambda axial: axial.transpose(2, 0, 1)[::-1, ::-1]),
        ((1.0, 5.0, 1.0), "coronal", lambda axial: axial.transpose(1, 0, 2)[:, ::-1]),
    ],
)
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_thick_slices_are_looked_at_as_they_were_taken(
    order: tuple[int, ...],
    sizes: tuple[float, ...],
    view: str,
    turned: Callable[[np.ndarray], np.ndarray],
    tmp_path: Path,
) -> None:
    affine = np.eye(4)
    affine[:3, :3] = np.diag(sizes)[:, order]
    scan = load_scan(_save(VOLUME.transpose(order), tmp_path / "scan.nii", affine))
    assert scan.view == view
    np.testing.assert_array_equal(scan.pixels, turned(VOLUME[::-1, ::-1].T))
    assert scan.voxel_size[0] == pytest.approx(max(sizes))
