"""NRRD volumes: every encoding, lie in the patient, and headers that lie."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import numpy as np
import pytest

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.core.scan.place import Frame
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan

VOXELS = np.arange(20 * 18 * 3, dtype=np.int16).reshape(20, 18, 3)
"""(i, j, k)"""
PACKED = {
    "raw": bytes,
    "gzip": gzip.compress,
    "gz": gzip.compress,
    "bzip2": bz2.compress,
    "ascii": lambda content: " ".join(map(str, np.frombuffer(content, "<i2"))).encode(),
}
LPS = """space: left-posterior-superior
space directions: (2,0,0) (0,3,0) (0,0,5)
space origin: (10,20,30)
"""


def header(geometry: str = LPS, encoding: str = "raw", **other: str) -> str:
    fields = {
        "type": "short",
        "dimension": "3",
        "sizes": "20 18 3",
        "endian": "little",
        "encoding": encoding,
        **{name.replace("_", " "): value for name, value in other.items()},
    }
    lines = [f"{name}: {value}\n" for name, value in fields.items() if value]
    return "NRRD0005\n" + "".join(lines) + geometry


def write(path: Path, text: str, voxels: bytes = VOXELS.tobytes("F")) -> Path:
    path.write_bytes(text.encode() + b"\n" + voxels)
    return path


def read(path: Path, text: str, voxels: bytes = VOXELS.tobytes("F")) -> Scan:
    return load_scan(write(path, text, voxels))


@pytest.mark.parametrize("encoding", PACKED)
def test_every_encoding_holds_the_same_voxels(encoding: str, tmp_path: Path) -> None:
    content = PACKED[encoding](VOXELS.tobytes("F"))
    scan = read(tmp_path / "a.nrrd", header(encoding=encoding), content)
    np.testing.assert_array_equal(scan.pixels, VOXELS.T)
    assert (scan.axes, scan.voxel_size, scan.place.frame) == ("zyx", (5, 3, 2), Frame.PATIENT)
    assert (scan.place.affine @ (1, 1, 1, 1)).tolist() == [12, 23, 35, 1]


def test_both_orders_of_bytes_and_all_kinds_of_numbers_are_read(tmp_path: Path) -> None:
    for name, dtype in [("uchar", ">u1"), ("ushort", ">u2"), ("int", ">i4"), ("double", ">f8")]:
        voxels = VOXELS.astype(dtype)
        text = header(type=name, endian="big")
        scan = read(tmp_path / "a.nrrd", text, voxels.tobytes("F"))
        np.testing.assert_array_equal(scan.pixels, voxels.T)
        assert scan.pixels.dtype.isnative


def test_voxels_may_lie_in_a_file_beside_their_header(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(b"one line\n" + b"1234" + VOXELS.tobytes("F"))
    text = header(data_file="a.raw", line_skip="1", byte_skip="4")
    for name, content in [("a.nhdr", text + "\n"), ("without_end.nhdr", text)]:
        (tmp_path / name).write_text(content)
        np.testing.assert_array_equal(load_scan(tmp_path / name).pixels, VOXELS.T)
    (tmp_path / "last.nhdr").write_text(header(data_file="./a.raw", byte_skip="-1"))
    np.testing.assert_array_equal(load_scan(tmp_path / "last.nhdr").pixels, VOXELS.T)


@pytest.mark.parametrize(
    ("space", "directions"),
    [
        ("right-anterior-superior", "(-2,0,0) (0,-3,0) (0,0,5)"),
        ("RAS", "(-2,0,0) (0,-3,0) (0,0,5)"),
        ("left-anterior-superior", "(2,0,0) (0,-3,0) (0,0,5)"),
        ("left-posterior-superior", "(2,0,0) (0,3,0) (0,0,5)"),
        ("LPS", "(2,0,0) (0,3,0) (0,0,5)"),
    ],
)
def test_each_space_turns_the_same_head_the_same_way(
    space: str, directions: str, tmp_path: Path
) -> None:
    geometry = f"space: {space}\nspace directions: {directions}\nspace origin: (0,0,0)\n"
    scan = read(tmp_path / "a.nrrd", header(geometry))
    np.testing.assert_array_equal(scan.pixels, VOXELS.T)
    assert np.diag(scan.place.affine[:3, 2::-1]).tolist() == [2, 3, 5]


def test_a_volume_stored_otherwise_is_turned_to_axial_planes(tmp_path: Path) -> None:
    geometry = (
        "space: left-posterior-superior\nspace directions: (0,2,0) (0,0,-3) (-3,0,0)\n"
        "space origin: (1,2,3)\n"
    )
    scan = read(tmp_path / "a.nrrd", header(geometry))
    expected = VOXELS[:, ::-1, ::-1].transpose(1, 0, 2)
    np.testing.assert_array_equal(scan.pixels, expected)
    assert scan.voxel_size == (3, 2, 3)
    assert (scan.place.affine @ (17, 0, 2, 1)).tolist() == [1, 2, 3, 1]


@pytest.mark.parametrize(
    ("geometry", "size", "said"),
    [
        ("spacings: 2 3 5\n", (5, 3, 2), ""),
        ('spacings: 2 3 5\nunits: "um" "um" "um"\n', (0.005, 0.003, 0.002), ""),
        ("space: scanner-xyz\nspace directions: (2,0,0) (0,3,0) (0,0,5)\n", (5, 3, 2), ""),
        ("space dimension: 3\nspace directions: (2,0,0) (0,3,0) (0,0,5)\n", (5, 3, 2), ""),
        (LPS + 'space units: "cm" "cm" "cm"\n', (50, 30, 20), ""),
        ("spacings: 2 3 nan\n", (float("nan"), 3, 2), "distance of planes"),
        ("spacings: 2 3 1e6\n", (float("nan"), 3, 2), "distance of planes"),
        ("spacings: 2 inf 5\n", None, "size of a pixel"),
        ("spacings: nan nan nan\n", None, "size of a pixel"),
        (LPS.replace("(0,3,0)", "(2,0,0)"), None, "size of a pixel"),
        (LPS.replace("(0,3,0)", "(0,inf,0)"), None, "size of a pixel"),
        (LPS.replace("(0,3,0)", "(0,0,0)"), None, "size of a pixel"),
        ("", None, ""),
    ],
)
def test_what_is_known_of_the_size_is_told(
    geometry: str, size: tuple[float, ...] | None, said: str, tmp_path: Path
) -> None:
    scan = read(tmp_path / "a.nrrd", header(geometry))
    assert scan.voxel_size == (size and pytest.approx(size, nan_ok=True))
    if "left-posterior" not in geometry:
        assert scan.place.frame is Frame.NONE
        assert scan.notes[0] == "The header does not say how the volume lies in the patient."
    assert said in "".join(scan.notes)
    assert ("makes no sense" in "".join(scan.notes)) is bool(said)


def test_a_missing_origin_is_told(tmp_path: Path) -> None:
    scan = read(tmp_path / "a.nrrd", header(LPS.replace("space origin: (10,20,30)\n", "")))
    assert "not where it lies in the patient" in scan.notes[0]


@pytest.mark.parametrize("first", [True, False])
def test_colors_come_last_wherever_they_are_stored(first: bool, tmp_path: Path) -> None:
    colors = np.arange(3 * 20 * 18 * 2, dtype=np.uint8).reshape(3, 20, 18, 2)
    stored = colors if first else np.moveaxis(colors, 0, -1)
    directions = ["(2,0,0)", "(0,3,0)", "(0,0,5)"]
    directions.insert(0 if first else 3, "none")
    kinds = ["domain"] * 3
    kinds.insert(0 if first else 3, "RGB-color")
    geometry = f"space: LPS\nspace directions: {' '.join(directions)}\nspace origin: (0,0,0)\n"
    sizes = " ".join(map(str, stored.shape))
    text = header(geometry, type="uchar", dimension="4", sizes=sizes, kinds=" ".join(kinds))
    scan = read(tmp_path / "a.nrrd", text, stored.tobytes("F"))
    assert scan.axes == "zyxc"
    np.testing.assert_array_equal(scan.pixels, np.moveaxis(colors, 0, -1).transpose(2, 1, 0, 3))


@pytest.mark.parametrize("kind", ["time", "list"])
def test_an_axis_that_is_no_space_is_several_volumes(kind: str, tmp_path: Path) -> None:
    several = np.arange(5 * 20 * 18 * 3, dtype=np.int16).reshape(5, 20, 18, 3)
    text = header(
        "space: LPS\nspace directions: none (2,0,0) (0,3,0) (0,0,5)\nspace origin: (0,0,0)\n",
        dimension="4",
        sizes="5 20 18 3",
        kinds=f"{kind} domain domain domain",
    )
    scan = read(tmp_path / "a.nrrd", text, several.tobytes("F"))
    assert scan.axes == "tzyx"
    np.testing.assert_array_equal(scan.volume(2).pixels, several[2].T)
    assert bool(scan.notes) == (kind == "list")


def test_a_picture_has_two_axes(tmp_path: Path) -> None:
    voxels = VOXELS[:, :, 0]
    text = header("spacings: 2 3\n", dimension="2", sizes="20 18")
    scan = read(tmp_path / "a.nrrd", text, voxels.tobytes("F"))
    assert (scan.axes, scan.voxel_size) == ("yx", (3, 2))
    np.testing.assert_array_equal(scan.pixels, voxels.T)


REFUSED = {
    "fewer": (header(sizes="20 18 4"), "2,160 bytes of voxels where its header promises 2,880"),
    "more": (header(sizes="20 18 2"), "2,160 bytes of voxels where its header promises 1,440"),
    "negative": (header(sizes="20 -18 3"), "promises 20 x -18 x 3 voxels"),
    "zero": (header(sizes="20 18 0"), "promises 20 x 18 x 0 voxels"),
    "too few sizes": (header(sizes="20 18"), "promises 20 x 18 voxels along 3 axes"),
    "a million axes": (header(dimension="1000000"), "along 1000000 axes"),
    "huge": (header(sizes="90000 90000 90000"), "holds 2,160 bytes"),
    "a bomb": (header(sizes="9000 9000 900", encoding="gzip"), "more than its"),
    "cut gzip": (header(encoding="gzip"), "cut or damaged"),
    "no order": (header(endian=""), "in which order the bytes"),
    "odd order": (header(endian="middle"), "in which order the bytes"),
    "block": (header(type="block"), "values of type 'block'"),
    "hex": (header(encoding="hex"), "'hex', which is not read"),
    "no words": (header(encoding="ascii"), "where its header promises 1,080"),
    "absolute": (header(data_file="/etc/passwd"), "/etc/passwd, which is not in its own folder"),
    "above": (header(data_file="../a.raw"), "../a.raw, which is not in its own folder"),
    "backslash": (header(data_file="..\\a.raw"), "not in its own folder"),
    "missing": (header(data_file="gone.raw"), "gone.raw, which is missing"),
    "an empty list": (header() + "data file: LIST\n", "refers to"),
    "a list from above": (header() + "data file: LIST\n../a.raw\n", "not in its own folder"),
    "a pattern from above": (header(data_file="../a%d.raw 1 3 1"), "not in its own folder"),
    "a pattern of nothing": (header(data_file="a%d.raw 3 1 1"), "names no file with its voxels"),
    "a pattern without steps": (header(data_file="a%d.raw 1 3 0"), "in steps of 0"),
    "a pattern without end": (header(data_file="a%d.raw 1 999999999 1"), "more than 10,000 files"),
    "a pattern of missing files": (header(data_file="a%03d.raw 1 3 1"), "a001.raw, which is missi"),
    "two numbers": (header(data_file="a%d%d.raw 1 3 1"), "which is missing"),
    "backwards": (header(byte_skip="-2"), "skips 0 lines and -2 bytes"),
    "twice": (header() + "sizes: 20 18 3\n", "header is damaged"),
    "no number": (header(sizes="20 18 x"), "header is damaged"),
    "no field": (header().replace("type: short", "type"), "header is damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_header_that_lies_is_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    text, reason = REFUSED[name]
    content = gzip.compress(VOXELS.tobytes("F"))[:-30] if "gzip" in text else VOXELS.tobytes("F")
    with pytest.raises(MulticancerError) as refused:
        read(tmp_path / "a.nrrd", text, content)
    assert reason in str(refused.value)
    assert str(refused.value).endswith(".")


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.raw").write_bytes(VOXELS.tobytes("F"))
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "a.raw").symlink_to(tmp_path / "secret.raw")
    path = tmp_path / "scans" / "a.nhdr"
    path.write_text(header(data_file="a.raw"))
    with pytest.raises(MulticancerError, match="not in its own folder"):
        load_scan(path)


LISTS = {
    "a list of planes": ("LIST", ["s1.raw", "s2.raw", "s3.raw"]),
    "a list that tells its axes": ("LIST 2", ["./s1.raw", "", "s2.raw", "s3.raw"]),
    "a pattern": ("s%d.raw 1 3 1", []),
    "a pattern with zeros": ("s%03d.raw 1 3 1 2", ["s001.raw", "s002.raw", "s003.raw"]),
    "a pattern that counts down": ("s%d.raw 3 1 -1", ["s3.raw", "s2.raw", "s1.raw"]),
    "a pattern in steps": ("s%2d.raw 2 6 2", ["s 2.raw", "s 4.raw", "s 6.raw"]),
}


@pytest.mark.parametrize("encoding", ["raw", "gzip", "ascii"])
@pytest.mark.parametrize("name", LISTS)
def test_voxels_may_lie_in_several_files(name: str, encoding: str, tmp_path: Path) -> None:
    words, names = LISTS[name]
    files = [one for one in names if one] or ["s1.raw", "s2.raw", "s3.raw"]
    for k, file in enumerate(files):
        content = PACKED[encoding](VOXELS[:, :, k].tobytes("F"))
        (tmp_path / file).write_bytes(b"one\ntwo\n" + content)
    text = header(encoding=encoding, line_skip="2") + f"data file: {words}\n"
    listed = "\n".join(names) if words.startswith("LIST") else ""
    path = tmp_path / "a.nhdr"
    path.write_text(text + listed)
    scan = load_scan(path)
    np.testing.assert_array_equal(scan.pixels, VOXELS.T)
    assert scan.voxel_size == (5, 3, 2)


@pytest.mark.parametrize(("sizes", "n_files"), [("20 18 3", 1), ("20 18 4", 2), ("20 9 2 3", 6)])
def test_files_share_the_slowest_axes(sizes: str, n_files: int, tmp_path: Path) -> None:
    shape = tuple(map(int, sizes.split()))
    voxels = np.arange(np.prod(shape), dtype=np.int16).reshape(shape, order="F")
    names = [f"{n}.raw" for n in range(n_files)]
    for name, part in zip(names, np.split(voxels.ravel("F"), n_files), strict=True):
        (tmp_path / name).write_bytes(part.tobytes())
    kinds = " ".join(["domain"] * 3 + ["time"] * (len(shape) - 3))
    text = header("", dimension=str(len(shape)), sizes=sizes, kinds=kinds)
    path = tmp_path / "a.nhdr"
    path.write_text(text + "data file: LIST\n" + "\n".join(names))
    np.testing.assert_array_equal(load_scan(path).pixels, voxels.T)


def test_several_files_that_do_not_hold_what_is_promised_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.nhdr"
    for n in range(4):
        (tmp_path / f"{n}.raw").write_bytes(VOXELS[:, :, 0].tobytes("F")[: None if n != 1 else 700])
    path.write_text(header(data_file="%d.raw 0 2 1"))
    with pytest.raises(
        MulticancerError, match=r"1\.raw holds 700 bytes .* promises 720 \(20 x 18\)"
    ):
        load_scan(path)
    path.write_text(header(data_file="%d.raw 0 3 1"))
    with pytest.raises(MulticancerError, match="names 4 files for 20 x 18 x 3 voxels"):
        load_scan(path)


@pytest.mark.parametrize("encoding", ["raw", "gzip"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_an_axis_that_is_told_one_too_short_is_refused_in_a_long_volume(
    axis: int, encoding: str, tmp_path: Path
) -> None:
    voxels = np.arange(60 * 70 * 80).astype(np.int16).reshape(60, 70, 80)
    told = [length - (n == axis) for n, length in enumerate(voxels.shape)]
    content = PACKED[encoding](voxels.tobytes("F"))
    for sizes in (voxels.shape, told):
        write(
            tmp_path / "a.nrrd", header(sizes=" ".join(map(str, sizes)), encoding=encoding), content
        )
        if sizes == voxels.shape:
            np.testing.assert_array_equal(load_scan(tmp_path / "a.nrrd").pixels, voxels.T)
    with pytest.raises(MulticancerError, match="bytes of voxels where its header promises"):
        load_scan(tmp_path / "a.nrrd")


def test_a_few_bytes_behind_the_voxels_are_padding(tmp_path: Path) -> None:
    voxels = np.arange(60 * 70 * 80).astype(np.int16).reshape(60, 70, 80)
    text = header(sizes="60 70 80")
    scan = read(tmp_path / "a.nrrd", text, voxels.tobytes("F") + bytes(500))
    np.testing.assert_array_equal(scan.pixels, voxels.T)
