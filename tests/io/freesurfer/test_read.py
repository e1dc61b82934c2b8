"""FreeSurfer's volumes, packed or not, and headers that lie."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import nibabel
import numpy as np
import pytest

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.core.scan.place import Frame
from napari_multicancer.io import load_scan, save_mask
from napari_multicancer.io.masks import Ground

VOXELS = np.arange(20 * 18 * 17, dtype=np.int16).reshape(20, 18, 17)
CORONAL = np.array([[-2, 0, 0, 20], [0, 0, 2, 30], [0, -3, 0, 40], [0, 0, 0, 1.0]])
"""As FreeSurfer stores heads: to the left, to the feet, to the front."""


def write(path: Path, voxels: np.ndarray = VOXELS) -> bytes:
    nibabel.save(nibabel.MGHImage(voxels, CORONAL), path)
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".mgz" else content


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32])
@pytest.mark.parametrize("suffix", [".mgz", ".mgh"])
def test_a_coronal_head_is_shown_in_axial_planes(suffix: str, dtype: type, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    write(path, VOXELS.astype(dtype))
    scan = load_scan(path)
    expected = VOXELS.astype(dtype)[:, ::-1, ::-1].transpose(1, 2, 0)
    np.testing.assert_array_equal(scan.pixels, expected)
    assert (scan.axes, scan.voxel_size) == ("zyx", pytest.approx((3, 2, 2)))
    assert scan.place.frame is Frame.PATIENT
    np.testing.assert_allclose(scan.place.affine @ (17, 16, 0, 1), [-20, -30, 40, 1])


def test_the_first_bytes_tell_what_a_file_is(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.mgh")
    for name, content in [("b.mgz", plain), ("c.mgh", gzip.compress(plain)), ("d.nii", plain)]:
        (tmp_path / name).write_bytes(content)
        assert load_scan(tmp_path / name).pixels.shape == (18, 17, 20)


def test_what_follows_the_voxels_does_no_harm(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.mgh")
    (tmp_path / "b.mgh").write_bytes(plain + b"a command line" * 1000)
    assert load_scan(tmp_path / "b.mgh").pixels.shape == (18, 17, 20)


def test_frames_are_several_volumes(tmp_path: Path) -> None:
    frames = np.stack([VOXELS, VOXELS + 1], axis=-1)
    write(tmp_path / "a.mgz", frames)
    scan = load_scan(tmp_path / "a.mgz")
    assert scan.axes == "tzyx"
    np.testing.assert_array_equal(scan.pixels[1], scan.pixels[0] + 1)


def test_a_header_that_does_not_know_its_place_is_told(tmp_path: Path) -> None:
    plain = bytearray(write(tmp_path / "a.mgh"))
    plain[28:30] = b"\0\0"
    (tmp_path / "a.mgh").write_bytes(plain)
    scan = load_scan(tmp_path / "a.mgh")
    np.testing.assert_array_equal(scan.pixels, VOXELS.T)
    assert (scan.voxel_size, scan.place.frame) == (None, Frame.NONE)
    assert scan.notes == ("The header does not say how the volume lies in the patient.",)


def test_its_mask_has_its_voxels_in_nifti(tmp_path: Path) -> None:
    write(tmp_path / "a.mgz")
    scan = load_scan(tmp_path / "a.mgz")
    mask = (np.asarray(scan.pixels) > 3000).astype(np.uint8)
    image = nibabel.load(save_mask(tmp_path / "mask.nii.gz", mask, Ground.of(scan)))
    np.testing.assert_array_equal(np.asarray(image.dataobj), VOXELS > 3000)
    np.testing.assert_allclose(image.affine, CORONAL, atol=1e-5)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    ("at", "value", "reason"),
    [
        (4, 40, "where its header promises"),
        (4, -20, "which makes no sense"),
        (8, 0, "which makes no sense"),
        (12, 2**31 - 1, "promises"),
        (20, 7, "holds values of type 7"),
        (0, 9, "is no volume of FreeSurfer"),
    ],
)
def test_a_header_that_lies_is_refused_in_a_sentence(
    at: int, value: int, reason: str, packed: bool, tmp_path: Path
) -> None:
    content = bytearray(write(tmp_path / "a.mgh"))
    struct.pack_into(">i", content, at, value)
    path = tmp_path / "b.mgz"
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(MulticancerError, match=reason) as refused:
        load_scan(path)
    assert str(refused.value).endswith(".")


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.mgz")
    content = (tmp_path / "a.mgz").read_bytes()
    for length in (20, len(content) // 2):
        (tmp_path / "a.mgz").write_bytes(content[:length])
        with pytest.raises(MulticancerError, match=r"damaged|promises"):
            load_scan(tmp_path / "a.mgz")


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["mgh", "mgz"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_an_axis_that_is_told_too_short_is_refused_with_its_footer_and_without(
    axis: int, suffix: str, tmp_path: Path
) -> None:
    voxels = np.arange(70 * 72 * 74, dtype=np.int32).reshape(70, 72, 74)
    content = bytearray(nibabel.MGHImage(voxels, np.eye(4)).to_bytes())
    end = 284 + voxels.nbytes
    wrong = bytearray(content)
    wrong[4 + 4 * axis : 8 + 4 * axis] = (voxels.shape[axis] - 1).to_bytes(4, "big")
    pack = gzip.compress if suffix == "mgz" else bytes
    path = tmp_path / f"a.{suffix}"
    for footer in (b"", bytes(16), bytes(20), bytes(20) + b"tag" * 700):
        path.write_bytes(pack(bytes(content[:end]) + footer))
        assert load_scan(path).pixels.size == voxels.size
        if len(footer) <= 20:
            path.write_bytes(pack(bytes(wrong[:end]) + footer))
            with pytest.raises(MulticancerError, match="bytes of voxels where its header promises"):
                load_scan(path)
