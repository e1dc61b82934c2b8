"""NIfTI and Analyze files whose headers or names are odd, as the field has them."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import nibabel
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.core.scan.place import Frame
from napari_multicancer.io import load_scan
from napari_multicancer.io.load import is_mask
from napari_multicancer.io.masks import Ground
from napari_multicancer.io.nifti.sniff import begins_like_header, begins_like_nifti
from napari_multicancer.io.save import save_mask

SHAPE = (20, 24, 5)
VOLUME = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
AFFINE = np.diag([2.0, 2.0, 5.0, 1.0])
SEEN = VOLUME[::-1, ::-1].T
"""As `load_scan` turns it."""


def _content(
    volume: np.ndarray = VOLUME,
    kind: type = nibabel.Nifti1Image,
    order: str = "<",
    **fields: object,
) -> bytes:
    """Give a file's bytes after fields of its header were overwritten."""
    image = kind(volume, AFFINE, kind.header_class(endianness=order))
    image.header.set_data_dtype(volume.dtype)
    image.header.set_xyzt_units("mm")
    content = image.to_bytes()
    size = image.header.sizeof_hdr
    header = np.frombuffer(content[:size], image.header.template_dtype.newbyteorder(order)).copy()
    for name, value in fields.items():
        header[name] = value
    return header.tobytes() + content[size:]


def _saved(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _refusal(path: Path) -> str:
    with pytest.raises((UnreadableFileError, UnsupportedScanError)) as refused:
        load_scan(path)
    words = str(refused.value)
    assert words.endswith(".")
    assert ". " not in words
    return words


@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz", "scan", "scan.gz", "scan.img.backup"])
@pytest.mark.parametrize("is_packed", [False, True])
def test_first_bytes_tell_what_a_file_is_whatever_its_name(
    kind: type, order: str, name: str, is_packed: bool, tmp_path: Path
) -> None:
    content = _content(kind=kind, order=order)
    scan = load_scan(_saved(tmp_path / name, gzip.compress(content) if is_packed else content))
    np.testing.assert_array_equal(scan.pixels, SEEN)
    assert scan.pixels.dtype == np.int16
    assert scan.voxel_size == (5, 2, 2)


@given(st.binary(max_size=352))
def test_any_bytes_are_told_from_nifti_without_an_error(head: bytes) -> None:
    assume(head[:2] != b"\x1f\x8b" and head[4:8] != b"n+2\0")  # packed; NIfTI-2
    assert not begins_like_nifti(head[:344])
    assert begins_like_nifti(head[:344].ljust(344, b"\0") + b"n+1\0")
    begins_like_header(head)
    begins_like_nifti(b"\x1f\x8b" + head)


@pytest.mark.parametrize("values", [(1, np.nan), (0, 3), (np.nan, np.nan), (np.inf, 0)])
def test_scaling_that_is_not_said_is_none(values: tuple, tmp_path: Path) -> None:
    slope, inter = values
    path = _saved(tmp_path / "s.nii", _content(scl_slope=slope, scl_inter=inter))
    np.testing.assert_array_equal(load_scan(path).pixels, SEEN)


@pytest.mark.parametrize("values", [(1, np.inf), (2, -np.inf), (1e-30, 1e30), (1e30, 0)])
def test_scaling_that_makes_no_sense_is_refused(values: tuple, tmp_path: Path) -> None:
    slope, inter = values
    path = _saved(tmp_path / "s.nii", _content(scl_slope=slope, scl_inter=inter))
    assert "scales its values by" in _refusal(path)


@pytest.mark.parametrize(
    "dim",
    [
        [4, *SHAPE, 0, 0, 0, 0],
        [4, *SHAPE, 1, 9, 9, 9],
        [7, *SHAPE, 0, 1, 0, 1],
        [3, *SHAPE, 0, 0, 0, 0],
    ],
)
def test_axes_beyond_the_third_that_hold_nothing_do_not_count(dim: list, tmp_path: Path) -> None:
    scan = load_scan(_saved(tmp_path / "s.nii", _content(dim=dim)))
    assert scan.axes == "zyx"
    np.testing.assert_array_equal(scan.pixels, SEEN)


@pytest.mark.parametrize("is_packed", [False, True])
@pytest.mark.parametrize(
    ("dim", "says"),
    [
        ([3, 20, 24, 0, 1, 1, 1, 1], "promises 20 x 24 x 0 voxels"),
        ([3, -20, 24, 5, 1, 1, 1, 1], "promises -20 x 24 x 5 voxels"),
        ([3, 19, 24, 5, 1, 1, 1, 1], r"where its header promises 4,560 (19 x 24 x 5)"),
        ([1, 20, 24, 5, 1, 1, 1, 1], r"where its header promises 40 (20)"),
        ([3, 20, 24, 6, 1, 1, 1, 1], r"4,800 bytes of voxels where its header promises 5,760"),
        ([0, 20, 24, 5, 1, 1, 1, 1], "no NIfTI file, or is damaged"),
        ([9, 20, 24, 5, 1, 1, 1, 1], "no NIfTI file, or is damaged"),
    ],
)
def test_a_header_that_does_not_fit_its_voxels_is_refused(
    dim: list, says: str, is_packed: bool, tmp_path: Path
) -> None:
    content = _content(dim=dim)
    path = _saved(tmp_path / "s.nii", gzip.compress(content) if is_packed else content)
    assert says in _refusal(path)


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_complex_values_are_refused_by_the_reader_itself(dtype: type, tmp_path: Path) -> None:
    path = _saved(tmp_path / "s.nii", _content(VOLUME.astype(dtype)))
    assert _refusal(path) == f"s.nii holds {np.dtype(dtype)} values: convert them to real numbers."


@pytest.mark.parametrize("intent", [0, 1007, 2003])
@pytest.mark.parametrize("n_colors", [3, 4])
def test_bytes_in_threes_along_the_fifth_axis_are_colors(
    intent: int, n_colors: int, tmp_path: Path
) -> None:
    colors = np.stack([(VOLUME + n) % 200 for n in range(n_colors)], axis=-1).astype(np.uint8)
    path = _saved(tmp_path / "s.nii", _content(colors[:, :, :, None], intent_code=intent))
    scan = load_scan(path)
    assert scan.axes == "zyxc"
    np.testing.assert_array_equal(scan.pixels[..., 1], ((VOLUME + 1) % 200)[::-1, ::-1].T)
    labels = np.zeros(scan.spatial_shape, np.uint8)
    labels[1, 2, 3] = 1
    saved = save_mask(tmp_path / "mask.nii", labels, Ground.of(scan))
    assert nibabel.load(saved).shape == SHAPE


def test_other_values_along_the_fifth_axis_are_volumes(tmp_path: Path) -> None:
    vectors = np.stack([VOLUME] * 3, axis=-1)[:, :, :, None].astype(np.float32)
    scan = load_scan(_saved(tmp_path / "s.nii", _content(vectors, intent_code=1007)))
    assert (scan.axes, scan.pixels.shape[0]) == ("tzyx", 3)


SFORM = {"sform_code": 2, "srow_x": (2, 0, 0, 7), "srow_y": (0, 2, 0, 8), "srow_z": (0, 0, 5, 9)}


@pytest.mark.parametrize(
    ("pixdim", "size", "said"),
    [
        ((2, 2, 5), (5, 2, 2), ""),
        ((2.004, 2, 5), (5, 2, 2.004), ""),
        ((1, 1, 1), (5, 2, 2), "5 x 2 x 2 mm (sform) counts here, not 1 x 1 x 1 mm (pixdim)"),
        ((3, 3, 4), (4, 3, 3), "4 x 3 x 3 mm (pixdim) counts here, not 5 x 2 x 2 mm (sform)"),
        ((1e6, 2, 5), (5, 2, 2), "5 x 2 x 2 mm (sform) counts here"),
        ((0, 0, 0), (5, 2, 2), "pixdim makes no sense"),
        ((np.nan, 2, 5), (5, 2, 2), "pixdim makes no sense"),
        ((2, np.inf, 5), (5, 2, 2), "pixdim makes no sense"),
    ],
)
def test_two_sizes_of_a_voxel_are_told(
    pixdim: tuple, size: tuple, said: str, tmp_path: Path
) -> None:
    content = _content(pixdim=(1, *pixdim, 1, 1, 1, 1), **SFORM)
    scan = load_scan(_saved(tmp_path / "s.nii", content))
    assert scan.voxel_size == pytest.approx(size)
    assert scan.place.voxel_size == pytest.approx(size, rel=2e-3), "what is exported is the same"
    assert scan.place.frame is Frame.PATIENT
    assert len(scan.notes) == bool(said)
    assert said in "".join(scan.notes)


def test_an_sform_of_ones_does_not_overrule_pixdim(tmp_path: Path) -> None:
    ones = {"srow_x": (1, 0, 0, 0), "srow_y": (0, 1, 0, 0), "srow_z": (0, 0, 1, 0)}
    scan = load_scan(_saved(tmp_path / "s.nii", _content(sform_code=1, **ones)))
    assert scan.voxel_size == scan.place.voxel_size == (5, 2, 2)
    assert scan.notes


@pytest.mark.parametrize("row", [(0, 0, 0, 0), (np.nan, 0, 0, 0), (np.inf, 0, 0, 1)])
def test_an_sform_that_spans_no_space_leaves_it_to_the_qform(row: tuple, tmp_path: Path) -> None:
    turned = {"qform_code": 1, "quatern_b": 1, "quatern_c": 0, "quatern_d": 0}
    content = _content(**{**SFORM, **turned, "srow_x": row})
    scan = load_scan(_saved(tmp_path / "s.nii", content))
    assert scan.place.frame is Frame.PATIENT
    assert scan.voxel_size == (5, 2, 2)
    np.testing.assert_array_equal(scan.pixels, VOLUME[::-1, :, ::-1].T, "half a turn around x")


def test_a_qform_that_turns_otherwise_than_the_sform_is_told(tmp_path: Path) -> None:
    turned = {"qform_code": 1, "quatern_b": 0, "quatern_c": 0, "quatern_d": 1}
    scan = load_scan(_saved(tmp_path / "s.nii", _content(**SFORM, **turned)))
    np.testing.assert_array_equal(scan.pixels, SEEN)
    assert "qform and sform turn this scan differently" in scan.notes[0]


@pytest.mark.parametrize("quaternion", [(2, 2, 2), (np.nan, 0, 0)])
def test_a_qform_that_makes_no_sense_counts_for_nothing(quaternion: tuple, tmp_path: Path) -> None:
    said = dict(zip(("quatern_b", "quatern_c", "quatern_d"), quaternion, strict=True))
    content = _content(qform_code=1, sform_code=0, **said)
    scan = load_scan(_saved(tmp_path / "s.nii", content))
    assert (scan.place.frame, scan.voxel_size) == (Frame.NONE, (5, 2, 2))


def _with_extensions(sizes: list[int], code: int = 0) -> bytes:
    content = _content(vox_offset=352 + sum(sizes))
    heads = b"".join(struct.pack("<2i", size, code).ljust(size, b"\0") for size in sizes)
    return content[:348] + b"\1\0\0\0" + heads + content[352:]


def test_extensions_are_skipped(tmp_path: Path) -> None:
    path = _saved(tmp_path / "s.nii.gz", gzip.compress(_with_extensions([16, 4000, 32])))
    np.testing.assert_array_equal(load_scan(path).pixels, SEEN)


@pytest.mark.parametrize("size", [8, 16])
def test_of_many_extensions_no_more_than_the_first_are_read(size: int, tmp_path: Path) -> None:
    content = gzip.compress(_with_extensions([size] * 1_002, code=6))
    whole = _saved(tmp_path / "whole.nii.gz", content)
    assert "more than 1,000 extensions" in _refusal(whole)
    cut = _with_extensions([size] * 500_000, code=6)[: 352 + 1_001 * size]
    assert "more than 1,000 extensions" in _refusal(_saved(tmp_path / "cut.nii", cut))
    assert not is_mask(tmp_path / "cut.nii")


def test_an_extension_that_reaches_into_the_voxels_is_refused(tmp_path: Path) -> None:
    content = bytearray(_with_extensions([32]))
    content[352:356] = struct.pack("<i", 48)
    assert "damaged" in _refusal(_saved(tmp_path / "s.nii", bytes(content)))


def test_extensions_that_are_announced_but_not_there_do_no_harm(tmp_path: Path) -> None:
    content = bytearray(_content())
    content[348] = 1
    np.testing.assert_array_equal(load_scan(_saved(tmp_path / "s.nii", content)).pixels, SEEN)


def _pair(folder: Path, kind: type, header: str, pixels: str) -> Path:
    image = kind(VOLUME, AFFINE)
    image.header.set_data_dtype(np.int16)
    nibabel.save(image, folder / "made.img")
    for made, name in (("made.hdr", header), ("made.img", pixels)):
        content = (folder / made).read_bytes()
        (folder / made).unlink()
        (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return folder


@pytest.mark.parametrize("kind", [nibabel.Nifti1Pair, nibabel.Spm99AnalyzeImage])
@pytest.mark.parametrize(
    ("header", "pixels"),
    [("s.hdr", "s.img"), ("S.HDR", "S.IMG"), ("s.hdr.gz", "s.img.gz"), ("s.hdr", "s.img.gz")],
)
def test_either_file_of_a_pair_opens_both(
    kind: type, header: str, pixels: str, tmp_path: Path
) -> None:
    _pair(tmp_path, kind, header, pixels)
    for name in (header, pixels):
        scan = load_scan(tmp_path / name)
        assert np.array_equal(np.sort(scan.pixels, None), np.sort(SEEN, None))
        assert scan.voxel_size == (5, 2, 2)
        is_analyze = kind is nibabel.Spm99AnalyzeImage
        assert bool(scan.notes) is is_analyze
        assert scan.place.frame is (Frame.NONE if is_analyze else Frame.PATIENT)


@pytest.mark.parametrize("missing", ["s.hdr", "s.img"])
def test_a_pair_without_its_other_file_says_so(missing: str, tmp_path: Path) -> None:
    _pair(tmp_path, nibabel.Nifti1Pair, "s.hdr", "s.img")
    (tmp_path / missing).unlink()
    left = "s.img" if missing == "s.hdr" else "s.hdr"
    assert _refusal(tmp_path / left) == (
        f"{left} is one of two files, and {missing} is not beside it: copy both."
    )


def test_the_mask_of_an_analyze_file_lies_on_it(tmp_path: Path) -> None:
    _pair(tmp_path, nibabel.Spm99AnalyzeImage, "s.hdr", "s.img")
    scan = load_scan(tmp_path / "s.img")
    labels = (np.asarray(scan.pixels) > 1000).astype(np.uint8)
    saved = nibabel.load(save_mask(tmp_path / "mask.nii", labels, Ground.of(scan)))
    np.testing.assert_array_equal(np.asanyarray(saved.dataobj), VOLUME > 1000)


@pytest.mark.parametrize("code", [4, 5, 7])
def test_a_unit_that_no_code_stands_for_counts_as_mm(code: int, tmp_path: Path) -> None:
    scan = load_scan(_saved(tmp_path / "a.nii", _content(xyzt_units=code)))
    assert scan.voxel_size == (5, 2, 2)
    np.testing.assert_array_equal(scan.pixels, SEEN)


def test_sizes_that_are_no_numbers_are_not_known(tmp_path: Path) -> None:
    pixdim = [1, np.nan, 2, 5, 1, 1, 1, 1]
    content = _content(pixdim=pixdim, sform_code=0, qform_code=0)
    scan = load_scan(_saved(tmp_path / "a.nii", content))
    assert scan.voxel_size is None
    assert scan.spatial_shape == (5, 24, 20)
