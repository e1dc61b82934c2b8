"""Many voxels that are stored as they are come from their file when somebody looks at them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask
import nibabel
import nrrd
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan
from napari_multicancer.io.volumes import on_disk
from napari_multicancer.io.volumes.on_disk import VoxelsOnDisk

SHAPE = (20, 25, 30)
VOXELS = np.random.default_rng(0).integers(-500, 500, SHAPE).astype(np.int16)
BYTES = np.random.default_rng(1).integers(0, 256, (*SHAPE, 3)).astype(np.uint8)
AXIAL = np.diag([1.0, 1, 2, 1])
CORONAL = np.array([[0.0, 0, 1, 0], [1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
RGB = np.dtype([(color, np.uint8) for color in "RGB"])
MHA = "NDims = 3\nDimSize = {}\n{}ElementType = {}\nElementDataFile = LOCAL\n"


def _nifti(
    path: Path,
    voxels: np.ndarray,
    affine: np.ndarray = AXIAL,
    scaling: tuple[float, float] = (1, 0),
    order: str = "<",
) -> Path:
    header = nibabel.Nifti1Header(endianness=order)
    header.set_data_dtype(voxels.dtype)
    image = nibabel.Nifti1Image(voxels, affine, header)
    image.header.set_slope_inter(*scaling)
    nibabel.save(image, path.with_suffix(".nii"))
    return path.with_suffix(".nii")


def _mgh(path: Path) -> Path:
    nibabel.save(nibabel.MGHImage(VOXELS, AXIAL), path.with_suffix(".mgh"))
    return path.with_suffix(".mgh")


def _mha(path: Path, content: np.ndarray, kind: str, more: str = "") -> Path:
    sides = " ".join(map(str, SHAPE))
    path = path.with_suffix(".mha")
    path.write_bytes(MHA.format(sides, more, kind).encode() + content.tobytes())
    return path


def _nrrd(path: Path, voxels: np.ndarray, **header: Any) -> Path:
    path = path.with_suffix(".nrrd")
    nrrd.write(str(path), voxels, {"encoding": "raw", **header})
    return path


DOMAIN = ["domain"] * 3
FILES: dict[str, Callable[[Path], Path]] = {
    "NIfTI": lambda path: _nifti(path, VOXELS),
    "NIfTI, scaled": lambda path: _nifti(path, VOXELS, scaling=(0.5, 3)),
    "NIfTI, big-endian": lambda path: _nifti(path, VOXELS.astype(">i2"), order=">"),
    "NIfTI, turned": lambda path: _nifti(path, VOXELS, CORONAL),
    "NIfTI with time": lambda path: _nifti(path, np.stack([VOXELS, VOXELS[::-1]], axis=-1)),
    "NIfTI with colors": lambda path: _nifti(path, BYTES.view(RGB)[..., 0]),
    "NIfTI, colors along an axis": lambda path: _nifti(path, BYTES[:, :, :, None]),
    "FreeSurfer": _mgh,
    "MetaImage": lambda path: _mha(path, VOXELS, "MET_SHORT"),
    "MetaImage with colors": lambda path: _mha(
        path, BYTES, "MET_UCHAR", "ElementNumberOfChannels = 3\n"
    ),
    "MetaImage, several values": lambda path: _mha(
        path, np.stack([VOXELS] * 2), "MET_SHORT", "ElementNumberOfChannels = 2\n"
    ),
    "NRRD": lambda path: _nrrd(path, VOXELS),
    "NRRD with colors": lambda path: _nrrd(
        path, np.moveaxis(BYTES, -1, 0), kinds=["RGB-color", *DOMAIN]
    ),
    "NRRD with time": lambda path: _nrrd(
        path, np.stack([VOXELS, VOXELS[::-1]], axis=-1), kinds=[*DOMAIN, "time"]
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_large_volume_gives_the_voxels_of_a_small_one(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = FILES[kind](tmp_path / "a")
    small = load_scan(path)
    assert isinstance(small.pixels, np.ndarray)
    monkeypatch.setattr(on_disk, "LARGEST_IN_MEMORY", 0)
    monkeypatch.setattr(on_disk, "CHUNK_BYTES", 1000)
    large = load_scan(path)
    assert not isinstance(large.pixels, np.ndarray)
    assert (large.axes, large.notes, large.voxel_size) == (
        small.axes,
        small.notes,
        small.voxel_size,
    )
    assert (large.pixels.shape, large.pixels.dtype) == (small.pixels.shape, small.pixels.dtype)
    for index in (small.n_planes - 1, 0):
        np.testing.assert_array_equal(large.plane(index), small.plane(index))
    np.testing.assert_array_equal(np.asarray(large.pixels), small.pixels)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("voxels")


@given(st.data())
def test_any_part_of_voxels_on_disk_is_that_part(folder: Path, data: st.DataObject) -> None:
    shape = data.draw(st.tuples(*[st.integers(1, 5)] * 3))
    one = [st.slices(length) | st.integers(0, length - 1) for length in shape]
    key = data.draw(st.tuples(*one))
    voxels = np.arange(np.prod(shape), dtype=">i4").reshape(shape)
    (folder / "voxels.raw").write_bytes(b"head" + voxels.tobytes())
    part = VoxelsOnDisk(folder / "voxels.raw", voxels.dtype, 4, shape)[key]
    np.testing.assert_array_equal(part, voxels[key])
    assert (part.dtype, part.flags.writeable) == (np.dtype("=i4"), True)


@pytest.mark.parametrize("affine", [AXIAL, CORONAL], ids=["as stored", "turned"])
@pytest.mark.parametrize("scaling", [(1, 0), (2, 5)], ids=["plain", "scaled"])
def test_of_a_large_volume_a_few_planes_are_in_memory(
    affine: np.ndarray, scaling: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voxels = np.random.default_rng(0).integers(0, 9, (200, 200, 100)).astype(np.uint16)
    path = _nifti(tmp_path / "a", voxels, affine, scaling=scaling)
    whole = load_scan(path).pixels
    monkeypatch.setattr(on_disk, "LARGEST_IN_MEMORY", 2**20)
    monkeypatch.setattr(on_disk, "CHUNK_BYTES", 2**19)
    with dask.config.set(scheduler="synchronous"):
        load_scan(path).plane(0)  # so that libraries are loaded
        tracemalloc.start()
        scan: Scan = load_scan(path)
        for index in range(0, scan.n_planes, 19):
            assert np.array_equal(scan.plane(index), whole[index])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < voxels.nbytes / 2


def test_a_large_volume_that_is_replaced_or_gone_is_read_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_disk, "LARGEST_IN_MEMORY", 0)
    path = _nifti(tmp_path / "a", VOXELS)
    scan = load_scan(path)
    _nifti(tmp_path / "b", VOXELS + 1).replace(path)
    np.testing.assert_array_equal(np.asarray(scan.pixels), _as_seen(VOXELS))
    path.unlink()
    np.testing.assert_array_equal(scan.plane(3), _as_seen(VOXELS)[3])


def test_a_large_volume_that_is_overwritten_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_disk, "LARGEST_IN_MEMORY", 0)
    path = _nifti(tmp_path / "a", VOXELS)
    scan = load_scan(path)
    changed = path.stat()
    path.write_bytes(path.read_bytes()[::-1])
    os.utime(path, ns=(changed.st_atime_ns, changed.st_mtime_ns + 10**9))
    with pytest.raises(UnreadableFileError, match=CHANGED):
        scan.plane(3)


def _as_seen(voxels: np.ndarray) -> np.ndarray:
    return voxels.T[:, ::-1, ::-1]


CHANGED = r"^a\.\w+ has changed, or cannot be read any more: open it again\.$"
CUT_WHILE_HELD = """
import os, sys
from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io import load_scan

scan = load_scan(sys.argv[1])
os.truncate(sys.argv[1], 5000)
try:
    print(scan.plane(scan.n_planes - 1).max(), "in memory")
except UnreadableFileError as error:
    print(error)
"""
LARGE = (512, 512, 300)


def _large(path: Path, head: bytes, after: int = 0) -> Path:
    """Save a header in front of voxels that are all 0, and take no room on the disk."""
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + 2 * int(np.prod(LARGE)) + after)
    return path


def _large_nifti(folder: Path) -> Path:
    header = nibabel.Nifti1Header()
    header.set_data_shape(LARGE)
    header.set_data_dtype(np.int16)
    header["vox_offset"], header["magic"] = 352, b"n+1"
    return _large(folder / "a.nii", header.binaryblock + bytes(4))


def _large_mgh(folder: Path) -> Path:
    header = nibabel.freesurfer.mghformat.MGHHeader()
    header.set_data_shape(LARGE)
    header.set_data_dtype(np.int16)
    return _large(folder / "a.mgh", header.binaryblock[:284].ljust(284, b"\0"))


def _large_mha(folder: Path) -> Path:
    sides = " ".join(map(str, LARGE))
    return _large(folder / "a.mha", MHA.format(sides, "", "MET_SHORT").encode())


def _large_nrrd(folder: Path) -> Path:
    sides = " ".join(map(str, LARGE))
    words = f"NRRD0004\ntype: short\ndimension: 3\nsizes: {sides}\nencoding: raw\nendian: little"
    return _large(folder / "a.nrrd", f"{words}\n\n".encode())


def _large_tiff(folder: Path) -> Path:
    path = folder / "a.tif"
    tifffile.memmap(path, shape=LARGE[::-1], dtype=np.int16)
    return path


def _small(folder: Path) -> Path:
    return _nifti(folder / "a", np.full(SHAPE, 7, np.int16))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        *((make, CHANGED) for make in (_large_nifti, _large_mgh, _large_mha, _large_nrrd)),
        (_large_tiff, CHANGED),
        (_small, "^7 in memory$"),
    ],
)
def test_a_file_that_is_cut_while_it_is_held_does_not_end_the_process(
    make: Callable[[Path], Path], told: str, tmp_path: Path
) -> None:
    path = make(tmp_path)
    run = subprocess.run(
        [sys.executable, "-c", CUT_WHILE_HELD, str(path)], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert re.search(told, run.stdout.strip()), run.stdout
