"""MetaImage volumes: packed or not, beside their header or behind it, and headers that lie."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.core.scan.believed_size import NO_PIXEL_SIZE, NO_PLANE_DISTANCE
from napari_multicancer.core.scan.place import Frame
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan

VOXELS = np.arange(20 * 18 * 3, dtype=np.int16).reshape(20, 18, 3)
"""(i, j, k)"""


def header(data: str = "LOCAL", **other: str) -> str:
    fields = {
        "ObjectType": "Image",
        "NDims": "3",
        "BinaryData": "True",
        "BinaryDataByteOrderMSB": "False",
        "TransformMatrix": "1 0 0 0 1 0 0 0 1",
        "Offset": "10 20 30",
        "ElementSpacing": "2 3 5",
        "DimSize": "20 18 3",
        "ElementType": "MET_SHORT",
        **other,
        "ElementDataFile": data,
    }
    return "".join(f"{key} = {value}\n" for key, value in fields.items() if value)


def read(path: Path, text: str, voxels: bytes = VOXELS.tobytes("F")) -> Scan:
    path.write_bytes(text.encode() + voxels)
    return load_scan(path)


@pytest.mark.parametrize(
    ("fields", "content"),
    [
        ({}, VOXELS.tobytes("F")),
        ({"CompressedData": "True"}, zlib.compress(VOXELS.tobytes("F"))),
        ({"BinaryDataByteOrderMSB": "True"}, VOXELS.astype(">i2").tobytes("F")),
        (
            {"BinaryDataByteOrderMSB": "", "ElementByteOrderMSB": "True"},
            VOXELS.astype(">i2").tobytes("F"),
        ),
        ({"HeaderSize": "5"}, b"12345" + VOXELS.tobytes("F")),
        ({"HeaderSize": "-1"}, b"12345" + VOXELS.tobytes("F")),
        ({"BinaryData": "False"}, " ".join(map(str, VOXELS.ravel("F"))).encode()),
        ({"ElementType": "MET_FLOAT"}, VOXELS.astype("<f4").tobytes("F")),
        ({"ElementType": "MET_LONG"}, VOXELS.astype("<i4").tobytes("F")),
        ({"Comment": "a = b"}, VOXELS.tobytes("F")),
    ],
)
def test_every_way_to_store_voxels_holds_the_same(
    fields: dict[str, str], content: bytes, tmp_path: Path
) -> None:
    scan = read(tmp_path / "a.mha", header(**fields), content)
    np.testing.assert_array_equal(scan.pixels, VOXELS.T)
    assert (scan.axes, scan.voxel_size, scan.place.frame) == ("zyx", (5, 3, 2), Frame.PATIENT)
    assert (scan.place.affine @ (1, 1, 1, 1)).tolist() == [12, 23, 35, 1]


@pytest.mark.parametrize("packed", [True, False])
def test_voxels_may_lie_in_a_file_beside_their_header(packed: bool, tmp_path: Path) -> None:
    content = VOXELS.tobytes("F")
    (tmp_path / "a.raw").write_bytes(zlib.compress(content) if packed else content)
    scan = read(tmp_path / "a.mhd", header("a.raw", CompressedData=str(packed)), b"")
    np.testing.assert_array_equal(scan.pixels, VOXELS.T)


def test_directions_are_told_axis_by_axis(tmp_path: Path) -> None:
    text = header(TransformMatrix="0 1 0 0 0 -1 -1 0 0", ElementSpacing="2 3 3")
    scan = read(tmp_path / "a.mha", text)
    np.testing.assert_array_equal(scan.pixels, VOXELS[:, ::-1, ::-1].transpose(1, 0, 2))
    assert scan.voxel_size == (3, 2, 3)
    assert (scan.place.affine @ (17, 0, 2, 1)).tolist() == [10, 20, 30, 1]


def test_what_the_header_leaves_open_is_told(tmp_path: Path) -> None:
    scan = read(tmp_path / "a.mha", header(TransformMatrix="", Offset="", ElementSpacing=""))
    assert (scan.voxel_size, scan.place.frame) == (None, Frame.NONE)
    assert scan.notes == ("The header does not say how the volume lies in the patient.",)
    scan = read(tmp_path / "b.mha", header(ElementToIntensityFunctionSlope="2"))
    assert "shown as stored" in scan.notes[0]


@pytest.mark.parametrize("told", ["0", "nan", "inf", "1e-9", "1e6"])
def test_sizes_that_are_impossible_are_none_and_told(told: str, tmp_path: Path) -> None:
    scan = read(tmp_path / "a.mha", header(ElementSpacing=f"2 {told} 5"))
    assert (scan.voxel_size, scan.notes) == (None, (NO_PIXEL_SIZE,))
    scan = read(tmp_path / "b.mha", header(ElementSpacing=f"2 3 {told}"))
    assert scan.voxel_size == pytest.approx((np.nan, 3, 2), nan_ok=True)
    assert scan.notes == (NO_PLANE_DISTANCE,)


def test_several_values_are_colors_or_volumes(tmp_path: Path) -> None:
    values = np.arange(3 * 20 * 18 * 3, dtype=np.uint8).reshape(3, 20, 18, 3)
    text = header(ElementNumberOfChannels="3", ElementType="MET_UCHAR_ARRAY")
    scan = read(tmp_path / "a.mha", text, values.tobytes("F"))
    assert scan.axes == "zyxc"
    np.testing.assert_array_equal(scan.pixels, values.transpose(3, 2, 1, 0))
    text = header(ElementNumberOfChannels="3", ElementType="MET_FLOAT")
    scan = read(tmp_path / "b.mha", text, values.astype("<f4").tobytes("F"))
    assert (scan.axes, scan.pixels.shape) == ("tzyx", (3, 3, 18, 20))
    assert scan.notes == ("Each voxel has 3 values: they are shown as 3 volumes.",)


def test_pictures_and_times_have_their_axes(tmp_path: Path) -> None:
    text = header(
        NDims="2", DimSize="20 18", ElementSpacing="2 3", TransformMatrix="1 0 0 1", Offset="0 0"
    )
    scan = read(tmp_path / "a.mha", text, VOXELS[:, :, 0].tobytes("F"))
    assert (scan.axes, scan.voxel_size) == ("yx", (3, 2))
    text = header(
        NDims="4",
        DimSize="20 18 3 1",
        ElementSpacing="2 3 5 1.5",
        TransformMatrix="1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1",
        Offset="0 0 0 0",
    )
    assert read(tmp_path / "b.mha", text).axes == "zyx"
    scan = read(tmp_path / "c.mha", text.replace("20 18 3 1\n", "20 18 1 3\n"))
    assert (scan.axes, scan.place.time_step) == ("tzyx", 1.5)


REFUSED = {
    "fewer": (header(DimSize="20 18 4"), "2,160 bytes of voxels where its header promises 2,880"),
    "more": (header(DimSize="20 18 2"), "2,160 bytes of voxels where its header promises 1,440"),
    "negative": (header(DimSize="20 -18 3"), "promises 20 x -18 x 3 voxels"),
    "too few sizes": (header(DimSize="20 18"), "along 3 axes"),
    "negative channels": (header(ElementNumberOfChannels="-3"), "which makes no sense"),
    "huge": (header(DimSize="90000 90000 90000"), "holds 2,160 bytes"),
    "a bomb": (header(DimSize="9000 9000 900", CompressedData="True"), "more than its"),
    "not packed": (header(CompressedData="True"), "cut or damaged"),
    "no type": (header(ElementType=""), "does not tell the type of values"),
    "odd type": (header(ElementType="MET_OTHER"), "values of type 'MET_OTHER'"),
    "absolute": (header("/etc/passwd"), "/etc/passwd, which is not in its own folder"),
    "above": (header("../a.raw"), "../a.raw, which is not in its own folder"),
    "missing": (header("gone.raw"), "gone.raw, which is missing"),
    "an empty list": (header("LIST"), "refers to"),
    "a list from above": (header("LIST") + "../a.raw\n", "not in its own folder"),
    "a pattern of missing files": (header("a%03d.raw 1 3 1"), "a001.raw, which is missing"),
    "backwards": (header(HeaderSize="-2"), "skips -2 bytes"),
    "no sizes": (header(DimSize=""), "header is damaged"),
    "no data": ("ObjectType = Image\nNDims = 3\n", "header is damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_header_that_lies_is_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    text, reason = REFUSED[name]
    with pytest.raises(MulticancerError) as refused:
        read(tmp_path / "a.mha", text)
    assert reason in str(refused.value)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("LIST\na.raw\nb.raw\nc.raw\n", {}),
        ("LIST 2\na.raw\n./b.raw\nc.raw", {"HeaderSize": "-1"}),
        ("LIST\na.raw\nb.raw\nc.raw\n", {"CompressedData": "True"}),
        ("%x.raw 10 12 1", None),
        ("s%02d.raw 1 3 1", {"HeaderSize": "3"}),
    ],
)
def test_voxels_may_lie_in_several_files(
    words: str, fields: dict[str, str] | None, tmp_path: Path
) -> None:
    names = (
        ("s01.raw", "s02.raw", "s03.raw") if words.startswith("s") else ("a.raw", "b.raw", "c.raw")
    )
    is_packed = "CompressedData" in (fields or {})
    before = b"123" if "HeaderSize" in (fields or {}) else b""
    for k, name in enumerate(names):
        content = VOXELS[:, :, k].tobytes("F")
        (tmp_path / name).write_bytes(before + (zlib.compress(content) if is_packed else content))
    path = tmp_path / "a.mhd"
    path.write_text(header(words, **(fields or {})))
    if fields is None:
        with pytest.raises(MulticancerError, match="which is missing"):
            load_scan(path)
    else:
        np.testing.assert_array_equal(load_scan(path).pixels, VOXELS.T)
