"""MINC volumes of both versions, made here with the fewest variables that the format asks for."""

from __future__ import annotations

import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from nibabel.externals.netcdf import netcdf_file

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.core.scan.place import Frame
from napari_multicancer.io import load_scan

VALUES = np.arange(17 * 18 * 20).reshape(17, 18, 20) % 256
STEPS = {"zspace": 5.0, "yspace": 3.0, "xspace": 2.0}
SIZES = {"time": 2, "zspace": 17, "yspace": 18, "xspace": 20}


def minc1(path: Path, names: tuple[str, ...] = tuple(STEPS), spacing: str = "regular__") -> Path:
    file = netcdf_file(str(path), "w")
    for name in names:
        file.createDimension(name, SIZES[name])
        variable = file.createVariable(name, "i", ())
        variable.spacing = spacing
        variable.step, variable.start = STEPS.get(name, 1.0), 10.0
    image = file.createVariable("image", "b", names)
    image.signtype, image.valid_range = "unsigned", np.array([0.0, 255.0])
    shape = tuple(SIZES[name] for name in names)
    image[:] = np.resize(VALUES, shape).astype(np.uint8).view(np.int8)
    for name, value in [("image-max", 510.0), ("image-min", 0.0)]:
        file.createVariable(name, "d", ()).data[...] = value
    file.close()
    return path


def minc2(path: Path) -> Path:
    with h5py.File(path, "w") as file:
        for name, step in STEPS.items():
            dimension = file.create_dataset(f"minc-2.0/dimensions/{name}", data=0)
            dimension.attrs.update(spacing=np.bytes_("regular__"), step=step, start=10.0)
        image = file.create_dataset("minc-2.0/image/0/image", data=VALUES.astype(np.uint8))
        image.attrs.update(dimorder=np.bytes_(",".join(STEPS)), valid_range=[0.0, 255.0])
        file["minc-2.0/image/0/image-max"] = 510.0
        file["minc-2.0/image/0/image-min"] = 0.0
    return path


@pytest.mark.parametrize("make", [minc1, minc2])
def test_both_versions_hold_the_same_head(make, tmp_path: Path) -> None:
    scan = load_scan(make(tmp_path / "a.mnc"))
    assert (scan.axes, scan.voxel_size, scan.place.frame) == ("zyx", (5, 3, 2), Frame.PATIENT)
    np.testing.assert_allclose(scan.pixels, 2.0 * VALUES[:, ::-1, ::-1])
    np.testing.assert_allclose(scan.place.affine @ (0, 17, 19, 1), [-10, -10, 10, 1])


def test_axes_in_another_order_are_turned_alike(tmp_path: Path) -> None:
    scan = load_scan(minc1(tmp_path / "a.mnc", ("xspace", "zspace", "yspace")))
    stored = 2.0 * np.resize(VALUES, (20, 17, 18))
    np.testing.assert_allclose(scan.pixels, stored.transpose(1, 2, 0)[:, ::-1, ::-1])
    assert scan.voxel_size == (5, 3, 2)


def test_times_are_several_volumes_and_two_axes_a_picture(tmp_path: Path) -> None:
    scan = load_scan(minc1(tmp_path / "a.mnc", ("time", "zspace", "yspace", "xspace")))
    assert (scan.axes, scan.pixels.shape) == ("tzyx", (2, 17, 18, 20))
    scan = load_scan(minc1(tmp_path / "b.mnc", ("yspace", "xspace")))
    assert (scan.axes, scan.voxel_size) == ("yx", (3, 2))


def test_without_h5py_a_file_of_version_2_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = minc2(tmp_path / "a.mnc")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MulticancerError, match=r"needs h5py: install it with pip install .*\[minc"):
        load_scan(path)


def test_uneven_planes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MulticancerError, match="planes at uneven distances"):
        load_scan(minc1(tmp_path / "a.mnc", spacing="irregular"))


@pytest.mark.parametrize("make", [minc1, minc2])
@pytest.mark.parametrize("length", [8, 100, 0.5, 0.9])
def test_a_cut_file_is_refused_in_a_sentence(make, length: float, tmp_path: Path) -> None:
    path = make(tmp_path / "a.mnc")
    content = path.read_bytes()
    path.write_bytes(content[: length if length > 1 else int(length * len(content))])
    with pytest.raises(MulticancerError, match=r"is no MINC file, or is damaged.*\.$"):
        load_scan(path)


def test_a_file_that_promises_more_than_it_can_hold_is_refused(tmp_path: Path) -> None:
    path = minc2(tmp_path / "a.mnc")
    with h5py.File(path, "a") as file:
        attributes = dict(file["minc-2.0/image/0/image"].attrs)
        del file["minc-2.0/image/0/image"]
        image = file.create_dataset(
            "minc-2.0/image/0/image", (9000, 9000, 900), np.uint8, chunks=(1, 100, 100)
        )
        image.attrs.update(attributes)
    with pytest.raises(MulticancerError, match=r"promises .* more than its"):
        load_scan(path)


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("told", [1, 2, 16, 21, 400])
def test_an_axis_that_is_told_wrong_is_refused(name: str, told: int, tmp_path: Path) -> None:
    path = minc1(tmp_path / "a.mnc")
    content = path.read_bytes()
    at = content.index(name.encode()) + 8  # a name of six letters is filled up to eight
    assert content[at : at + 4] == SIZES[name].to_bytes(4, "big")
    path.write_bytes(content[:at] + told.to_bytes(4, "big") + content[at + 4 :])
    with pytest.raises(MulticancerError, match=r"^a\.mnc is no MINC file, or is damaged: export"):
        load_scan(path)


@pytest.mark.parametrize("names", [("xspace",), ("zspace",)])
def test_one_axis_alone_is_no_scan(names: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(MulticancerError, match=r"^a\.mnc .*: (save|export|crop|use)"):
        load_scan(minc1(tmp_path / "a.mnc", names))
