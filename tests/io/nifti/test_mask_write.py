from __future__ import annotations

import errno
import json
from itertools import permutations
from pathlib import Path

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.scan.place import Frame, Place
from napari_multicancer.io import load_scan
from napari_multicancer.io.dicom.geometry import patient_affine
from napari_multicancer.io.masks import Ground
from napari_multicancer.io.nifti.mask_write import write_label_nifti

RESEARCH_USE = "For research use only, not for diagnosis."
LABELS = np.zeros((3, 20, 30), np.uint8)
LABELS[1, 5:9, 6:8] = 1
RECORD = {"source": "äöü.nii", "probabilities": {"tumor": 0.25}, "models": ["a 1", "b 2"]}


def _axis_affines() -> st.SearchStrategy[np.ndarray]:
    """Affines of scans stored in any order of axes, turned about all three, with any origin."""

    def build(order: tuple[int, ...], signs: tuple[int, ...], sizes: list, tilts: list):
        affine = np.eye(4)
        turns = np.linalg.multi_dot([_turn(axis, tilt) for axis, tilt in enumerate(tilts)])
        affine[:3, :3] = turns @ np.eye(3)[:, list(order)] @ np.diag(np.multiply(signs, sizes))
        affine[:3, 3] = (-90.5, 12.25, 7)
        return affine

    return st.builds(
        build,
        st.sampled_from(list(permutations(range(3)))),
        st.tuples(*[st.sampled_from([-1, 1])] * 3),
        st.lists(st.floats(0.1, 9), min_size=3, max_size=3),
        st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=3),
    )


def _turn(axis: int, angle: float) -> np.ndarray:
    turn = np.eye(3)
    others = np.ix_(*[[one for one in range(3) if one != axis]] * 2)
    turn[others] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return turn


@pytest.mark.slow
@settings(max_examples=60)
@given(
    stored=hnp.arrays(
        st.sampled_from([np.uint8, np.uint16]), hnp.array_shapes(min_dims=3, max_dims=4, max_side=6)
    ),
    affine=_axis_affines(),
    codes=st.tuples(st.integers(0, 4), st.integers(1, 4)),
    unit=st.sampled_from(["mm", "micron", "meter", "unknown"]),
    big=st.booleans(),
    suffix=st.sampled_from([".nii", ".nii.gz"]),
)
def test_what_was_read_is_written_back_voxel_by_voxel(
    stored: np.ndarray,
    affine: np.ndarray,
    codes: tuple[int, int],
    unit: str,
    big: bool,
    suffix: str,
    tmp_path_factory,
) -> None:
    folder = tmp_path_factory.mktemp("nifti")
    kind = nibabel.Nifti2Image if big else nibabel.Nifti1Image
    source = kind(stored, affine)
    source.set_qform(affine, codes[0])
    source.set_sform(affine, codes[1])
    source.header.set_xyzt_units(unit)
    source.header["descrip"] = b"Doe^Jane"
    nibabel.save(source, folder / "scan.nii")
    seen = load_scan(folder / "scan.nii").pixels
    ground = Ground.of(load_scan(folder / "scan.nii"))
    (folder / "scan.nii").rename(folder / "moved.nii")
    path = write_label_nifti(folder / f"mask{suffix}", seen, ground, RECORD)
    source, mask = nibabel.load(folder / "moved.nii"), nibabel.load(path)
    assert type(mask) is kind
    np.testing.assert_array_equal(np.asanyarray(mask.dataobj), stored)
    assert mask.get_data_dtype() == (np.uint8 if stored.max() <= 255 else np.uint16)
    for found, expected in zip(
        mask.get_sform(coded=True) + mask.get_qform(coded=True),
        source.get_sform(coded=True) + source.get_qform(coded=True),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)
    assert mask.header.get_zooms() == source.header.get_zooms()
    assert mask.header.get_xyzt_units() == source.header.get_xyzt_units()
    np.testing.assert_array_equal(load_scan(path).pixels, seen)
    assert b"Jane" not in path.read_bytes()


@pytest.mark.slow
@settings(max_examples=60)
@given(
    labels=hnp.arrays(
        st.sampled_from([np.bool_, np.uint8, np.uint16, np.int64]),
        hnp.array_shapes(min_dims=2, max_dims=4, min_side=2, max_side=6),
        elements={"min_value": 0},
    ).filter(lambda labels: labels.max() <= 65535),
    sizes=st.lists(st.floats(1e-3, 1e3), min_size=4, max_size=4),
    unit=st.sampled_from(["mm", "um", "pixel"]),
)
def test_labels_of_any_other_scan_keep_pixels_and_size(
    labels: np.ndarray, sizes: list[float], unit: str, tmp_path_factory
) -> None:
    path = tmp_path_factory.mktemp("nifti") / "mask.nii"
    spacing = sizes[-labels.ndim :]
    axes = "tzyx"[-labels.ndim :]
    write_label_nifti(path, labels, Ground(Place.of_axes(np.diag([*spacing, 1]), axes, unit), axes))
    back = nibabel.load(path)
    np.testing.assert_array_equal(np.asanyarray(back.dataobj).T.reshape(labels.shape), labels)
    header = back.header
    factor = 1e-3 if unit == "um" else 1.0
    spatial = min(labels.ndim, 3)
    np.testing.assert_allclose(
        header.get_zooms()[:spatial][::-1], np.multiply(spacing[-spatial:], factor), rtol=1e-5
    )
    assert header.get_xyzt_units()[0] == ("unknown" if unit == "pixel" else "mm")
    if labels.ndim == 4:
        assert header.get_zooms()[3] == pytest.approx(spacing[0])


def test_an_affine_is_taken_from_feet_front_and_right(tmp_path: Path) -> None:
    affine = np.diag([5.0, 0.5, 0.25, 1])
    affine[:3, 3] = (100, 20, 10)  # z, y, x
    path = write_label_nifti(tmp_path / "mask.nii.gz", LABELS, Ground(Place.of_axes(affine, "zyx")))
    mask = nibabel.load(path)
    assert mask.shape == (30, 20, 3)
    np.testing.assert_array_equal(
        mask.affine, [[-0.25, 0, 0, -10], [0, -0.5, 0, -20], [0, 0, 5, 100], [0, 0, 0, 1]]
    )
    np.testing.assert_array_equal(np.asanyarray(mask.dataobj), LABELS.T)


def test_a_turn_and_a_shear_are_kept(tmp_path: Path) -> None:
    affine = np.array([[1.0, 0, 0, 0], [0, 3, 4, 0], [0, -4, 3.5, 0], [0, 0, 0, 1]])
    path = write_label_nifti(tmp_path / "mask.nii", LABELS, Ground(Place.of_axes(affine, "zyx")))
    found = nibabel.load(path).affine
    np.testing.assert_array_equal(found[:3, :3], [[-3.5, 4, 0], [-4, -3, 0], [0, 0, 1]])


SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)
"""Rows run from front to back, columns from head to feet; so planes follow to the right."""


def _in_patient(orientation: tuple[float, ...], positions: list, size: tuple[float, ...]) -> Place:
    affine = patient_affine(np.array(orientation), np.array(positions, float), size)
    return Place(affine, Frame.PATIENT)


def test_the_mask_of_a_series_lies_in_the_patient(tmp_path: Path) -> None:
    place = _in_patient(SAGITTAL, [(40, -20, 90), (35, -20, 90), (30, -20, 90)], (5, 0.5, 0.25))
    path = write_label_nifti(tmp_path / "mask.nii", LABELS, Ground(place, "zyx"))
    mask = nibabel.load(path)
    np.testing.assert_array_equal(
        mask.affine, [[0, 0, 5, -40], [-0.25, 0, 0, 20], [0, -0.5, 0, 90], [0, 0, 0, 1]]
    )
    assert mask.get_sform(coded=True)[1] == 1
    np.testing.assert_array_equal(np.asanyarray(mask.dataobj), LABELS.T)


def test_the_mask_of_a_slice_lies_in_the_patient(tmp_path: Path) -> None:
    upright = _in_patient((1.0, 0, 0, 0, 1.0, 0), [(-10, -20, 30)], (1, 0.5, 0.25))
    path = write_label_nifti(tmp_path / "mask.nii", LABELS[1], Ground(upright, "yx"))
    mask = nibabel.load(path)
    np.testing.assert_array_equal(
        mask.affine, [[-0.25, 0, 0, 10], [0, -0.5, 0, 20], [0, 0, 1, 30], [0, 0, 0, 1]]
    )
    np.testing.assert_array_equal(load_scan(path).pixels, LABELS[1])


def test_planes_in_time_lie_along_the_fourth_axis(tmp_path: Path) -> None:
    place = Place.of_axes(np.diag([0.04, 0.5, 0.25, 1]), "tyx")
    path = write_label_nifti(tmp_path / "mask.nii", LABELS, Ground(place, "tyx"))
    mask = nibabel.load(path)
    assert mask.shape == (30, 20, 1, 3)
    np.testing.assert_allclose(mask.header.get_zooms(), (0.25, 0.5, 1, 0.04))


def test_the_record_and_the_note_travel_in_the_header(tmp_path: Path) -> None:
    path = write_label_nifti(tmp_path / "mask.nii.gz", LABELS, provenance=RECORD)
    header = nibabel.load(path).header
    assert header["descrip"].item().decode() == RESEARCH_USE
    (extension,) = header.extensions
    assert extension.get_code() == 6
    assert json.loads(extension.get_content()) == RECORD | {"on_source": False, "n_axes": 3}
    assert header["intent_code"] == 1002


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_picture_goes_back_into_its_volume_of_one_plane(axis: int, tmp_path: Path) -> None:
    volume = np.random.default_rng(0).integers(0, 2, (5, 6, 7)).astype(np.uint8).take([0], axis)
    affine = np.diag([2.0, -3, 4, 1])
    nibabel.save(nibabel.Nifti1Image(volume, affine), tmp_path / "scan.nii")
    scan = load_scan(tmp_path / "scan.nii")
    assert scan.axes == "yx"
    path = write_label_nifti(
        tmp_path / "mask.nii", scan.pixels, Ground.of(load_scan(tmp_path / "scan.nii"))
    )
    mask = nibabel.load(path)
    np.testing.assert_array_equal(np.asanyarray(mask.dataobj), volume)
    np.testing.assert_array_equal(mask.affine, affine)


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 6, 2)])
def test_two_and_four_dimensions_go_back_as_they_came(
    shape: tuple[int, ...], tmp_path: Path
) -> None:
    volume = np.random.default_rng(0).integers(0, 9, shape).astype(np.uint8)
    nibabel.save(nibabel.Nifti1Image(volume, np.diag([2.0, 3, 4, 1])), tmp_path / "scan.nii")
    seen = load_scan(tmp_path / "scan.nii").pixels
    path = write_label_nifti(
        tmp_path / "mask.nii", seen, Ground.of(load_scan(tmp_path / "scan.nii"))
    )
    np.testing.assert_array_equal(np.asanyarray(nibabel.load(path).dataobj), volume)


def test_a_scan_without_a_usable_affine_gets_its_mask_back(tmp_path: Path) -> None:
    volume = np.random.default_rng(0).integers(0, 2, (4, 5, 6)).astype(np.uint8)
    image = nibabel.Nifti1Image(volume, None)
    image.header.set_sform(np.zeros((4, 4)), code=1)
    nibabel.save(image, tmp_path / "scan.nii")
    seen = load_scan(tmp_path / "scan.nii").pixels
    path = write_label_nifti(
        tmp_path / "mask.nii", seen, Ground.of(load_scan(tmp_path / "scan.nii"))
    )
    np.testing.assert_array_equal(np.asanyarray(nibabel.load(path).dataobj), volume)


def _scan(folder: Path) -> Path:
    path = folder / "scan.nii"
    nibabel.save(nibabel.Nifti1Image(LABELS.T, np.eye(4)), path)
    return path


@pytest.mark.parametrize("shape", [(3, 20, 29), (20, 30), (2, 3, 20, 30)])
def test_labels_of_another_shape_are_not_laid_on_a_scan(
    shape: tuple[int, ...], tmp_path: Path
) -> None:
    source = _scan(tmp_path)
    ground = Ground.of(load_scan(source))
    with pytest.raises(OutputError, match=r"do not lie on the scan of 3 x 20 x 30: choose"):
        write_label_nifti(tmp_path / "mask.nii", np.zeros(shape, np.uint8), ground)
    assert list(tmp_path.iterdir()) == [source]


def test_a_scan_that_is_gone_gets_its_mask_nevertheless(tmp_path: Path) -> None:
    ground = Ground.of(load_scan(_scan(tmp_path)))
    (tmp_path / "scan.nii").unlink()
    mask = nibabel.load(write_label_nifti(tmp_path / "mask.nii", LABELS, ground))
    np.testing.assert_array_equal(np.asanyarray(mask.dataobj), LABELS.T[::-1, ::-1])
    np.testing.assert_array_equal(mask.affine, np.eye(4))


INTO_TIME = np.array([[1.0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])


@pytest.mark.parametrize(
    ("affine", "axes", "reason"),
    [
        (INTO_TIME, "tyx", "reset its transform"),
        (np.diag([1.0, 0, 1, 1]), "zyx", "reset its transform"),
        (np.diag([1.0, np.nan, 1, 1]), "zyx", "reset its transform"),
    ],
)
def test_a_place_that_the_format_cannot_hold_is_refused(
    affine: np.ndarray, axes: str, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match=reason):
        write_label_nifti(tmp_path / "mask.nii", LABELS, Ground(Place.of_axes(affine, axes), axes))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("labels", [np.full((4, 4), 65536), np.full((4, 4), -1)])
def test_labels_that_do_not_fit_are_refused(labels: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="renumber"):
        write_label_nifti(tmp_path / "mask.nii", labels)


def _disk_full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("what", ["os.replace", "nibabel.Nifti1Image.to_stream"])
@pytest.mark.parametrize("name", ["mask.nii", "mask.nii.gz"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    what: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_label_nifti(tmp_path / name, LABELS)
    before = path.read_bytes()
    monkeypatch.setattr(what, _disk_full)
    with pytest.raises(OutputError, match=r"mask\.nii.* \(No space left on device\): free some"):
        write_label_nifti(path, LABELS + 1)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for folder in ("file", "missing"):
        with pytest.raises(OutputError, match="cannot be written"):
            write_label_nifti(tmp_path / folder / "mask.nii", LABELS)


def test_a_real_volume_gets_its_mask_back(real_files: Path, tmp_path: Path) -> None:
    for name in ("glioma_t1post.nii.gz", "example_nifti2.nii.gz", "anatomical.nii"):
        source = real_files / "nifti" / name
        original, scan = nibabel.load(source), load_scan(source)
        bright = scan.pixels > scan.pixels.mean()
        mask = nibabel.load(
            write_label_nifti(tmp_path / "mask.nii.gz", bright, Ground.of(load_scan(source)))
        )
        assert mask.shape == original.shape
        np.testing.assert_array_equal(mask.affine, original.affine)
        values = np.asarray(original.get_fdata(dtype=np.float32))
        stored = np.asanyarray(mask.dataobj) > 0
        assert values[stored].min() > values[~stored].max() * (1 - 1e-6)
