"""Damaged, lying, huge and strange files of every format: a scan, or one clear sentence."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import struct
import tempfile
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import nibabel
import numpy as np
import pytest
import tifffile
from PIL import Image
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, RLELossless

from napari_multicancer.core.errors import (
    MulticancerError,
    UnreadableFileError,
    UnsupportedScanError,
)
from napari_multicancer.io import files, load_scan
from napari_multicancer.io.dicom import header as dicom_header
from napari_multicancer.io.folders import list_series
from napari_multicancer.io.load import load_series
from napari_multicancer.io.tiff import read as tiff

NOBODY = 65534
"""A user without rights."""
RNG = np.random.default_rng(0)
PLANE = RNG.integers(0, 255, (32, 40), dtype=np.uint8)
VOLUME = RNG.integers(0, 255, (20, 24, 5), dtype=np.int16)


def _small_mr() -> bytes:
    return Path(get_testdata_file("MR_small.dcm", download=False)).read_bytes()


def _dicom(content: bytes | None = None, **elements: object) -> bytes:
    """A sound DICOM file with some elements set, or taken away where they are None."""
    dataset = dcmread(io.BytesIO(content or _small_mr()))
    for keyword, value in elements.items():
        if value is None:
            del dataset[keyword]
        else:
            setattr(dataset, keyword, value)
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    return buffer.getvalue()


def _frames() -> bytes:
    pixels = _pixels_of(_small_mr())
    return _dicom(NumberOfFrames=3, PixelData=pixels * 3)


def _pixels_of(content: bytes) -> bytes:
    return dcmread(io.BytesIO(content)).PixelData


def _nifti(**fields: object) -> bytes:
    image = nibabel.Nifti1Image(VOLUME, np.eye(4))
    content = bytearray(image.to_bytes())
    header = np.frombuffer(bytes(content[:348]), nibabel.Nifti1Header.template_dtype).copy()
    for name, value in fields.items():
        header[name] = value
    return header.tobytes() + bytes(content[348:])


def _tiff(pixels: np.ndarray = PLANE, **options: object) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, photometric="minisblack", **options)
    return buffer.getvalue()


def _with_tag(content: bytes, name: str, value: int) -> bytes:
    """Put another value into a tag of a TIFF's first page."""
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        tag = file.pages[0].tags[name]
        letter = {3: "H", 4: "I"}[int(tag.dtype)]
    number = struct.pack("<" + letter, value)
    return content[: tag.valueoffset] + number + content[tag.valueoffset + len(number) :]


def _picture(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(PLANE).save(buffer, kind)
    return buffer.getvalue()


def _png_of_size(height: int, width: int) -> bytes:
    """A PNG whose header alone was changed, with its checksum."""
    content = _picture("PNG")
    header = b"IHDR" + struct.pack(">II", width, height) + content[24:29]
    return content[:12] + header + struct.pack(">I", zlib.crc32(header)) + content[33:]


def _jpeg_of_size(height: int, width: int) -> bytes:
    content = _picture("JPEG")
    frame = content.index(b"\xff\xc0") + 5
    return content[:frame] + struct.pack(">HH", height, width) + content[frame + 4 :]


def _bmp_of_size(height: int, width: int) -> bytes:
    content = _picture("BMP")
    return content[:18] + struct.pack("<ii", width, height) + content[26:]


def _webp_of_size(height: int, width: int) -> bytes:
    content = _picture("WEBP")
    size = content.index(b"\x9d\x01\x2a") + 3
    return content[:size] + struct.pack("<HH", width, height) + content[size + 4 :]


SOUND: dict[str, Callable[[], bytes]] = {
    "plane.dcm": _small_mr,
    "frames.dcm": _frames,
    "volume.nii": _nifti,
    "volume.nii.gz": lambda: gzip.compress(_nifti()),
    "plain.tif": _tiff,
    "stack.tif": lambda: _tiff(np.stack([PLANE] * 5), compression="zlib"),
    "imagej.tif": lambda: _tiff(np.stack([PLANE] * 5), imagej=True),
    "tiles.tif": lambda: _tiff(tile=(16, 16), compression="zlib"),
    "picture.png": lambda: _picture("PNG"),
    "picture.jpg": lambda: _picture("JPEG"),
    "picture.webp": lambda: _picture("WEBP"),
    "picture.bmp": lambda: _picture("BMP"),
}


def is_one_sentence(text: str, name: str) -> bool:
    """Whether a refusal names the file and says what to do, in one sentence."""
    inside = text.replace(name, "")
    return name in text and text.endswith(".") and ": " in text and not {". ", "\n"} & {*inside}


def refusal(path: Path, kind: type[MulticancerError] = MulticancerError) -> str:
    with pytest.raises(kind) as error:
        load_scan(path)
    words = str(error.value)
    assert is_one_sentence(words, path.name), words
    return words


def _written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", SOUND)
def test_the_sound_file_opens(name: str, tmp_path: Path) -> None:
    load_scan(_written(tmp_path, name, SOUND[name]())).check()


@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.parametrize("name", SOUND)
def test_a_file_cut_anywhere_is_refused(name: str, tenth: int, tmp_path: Path) -> None:
    content = SOUND[name]()
    path = _written(tmp_path, name, content[: len(content) * tenth // 10])
    assert "again" in refusal(path, UnreadableFileError)


@pytest.mark.parametrize("name", [*SOUND, "noname", "folder.dcm.txt"])
def test_an_empty_file_says_so(name: str, tmp_path: Path) -> None:
    assert "is empty (0 bytes): export" in refusal(_written(tmp_path, name, b""))


@pytest.mark.parametrize("name", [*SOUND, "noname", "text.txt"])
@pytest.mark.parametrize("content", [b"this is no picture\n" * 400, bytes(5_000), b"\xff" * 5_000])
def test_what_is_no_scan_is_refused(name: str, content: bytes, tmp_path: Path) -> None:
    refusal(_written(tmp_path, name, content), UnreadableFileError)


@pytest.mark.parametrize("name", SOUND)
def test_a_wrong_magic_number_is_refused(name: str, tmp_path: Path) -> None:
    at = {"dcm": 128, "nii": 344}.get(name.rpartition(".")[2], 0)
    content = SOUND[name]()
    damaged = content[:at] + b"?!?!" + content[at + 4 :]
    refusal(_written(tmp_path, name, damaged), UnreadableFileError)


LYING: dict[str, Callable[[], bytes]] = {
    "rows.dcm": lambda: _dicom(Rows=9_000, Columns=9_000),
    "some_rows.dcm": lambda: _dicom(Rows=65),
    "frames.dcm": lambda: _dicom(NumberOfFrames=1_000_000),
    "bits.dcm": lambda: _dicom(BitsAllocated=7),
    "colours.dcm": lambda: _dicom(PhotometricInterpretation="NONSENSE", SamplesPerPixel=5),
    "none.dcm": lambda: _dicom(Rows=0),
    "planes.nii": lambda: _nifti(dim=[3, 20, 24, 6, 1, 1, 1, 1]),
    "many_planes.nii": lambda: _nifti(dim=[3, 20, 24, 32_000, 1, 1, 1, 1]),
    "planes.nii.gz": lambda: gzip.compress(_nifti(dim=[3, 20, 24, 6, 1, 1, 1, 1])),
    "volumes.nii.gz": lambda: gzip.compress(_nifti(dim=[4, 200, 240, 200, 32_000, 1, 1, 1])),
    "negative.nii": lambda: _nifti(dim=[3, -20, 24, 5, 1, 1, 1, 1]),
    "start.nii": lambda: _nifti(vox_offset=1e9),
    "type.nii": lambda: _nifti(datatype=12_345),
    "height.tif": lambda: _with_tag(_tiff(), "ImageLength", 9_000),
    "width.tif": lambda: _with_tag(_tiff(compression="zlib"), "ImageWidth", 60_000),
    "depth.tif": lambda: _with_tag(_tiff(), "BitsPerSample", 63),
    "count.tif": lambda: _with_tag(_tiff(compression="zlib"), "StripByteCounts", 4 * 10**9),
    "offset.tif": lambda: _with_tag(_tiff(), "StripOffsets", 4 * 10**9),
    "tile.tif": lambda: _with_tag(SOUND["tiles.tif"](), "TileLength", 60_000),
    "height.png": lambda: _png_of_size(33, 40),
    "area.jpg": lambda: _jpeg_of_size(9_000, 9_000),
    "height.jpg": lambda: _jpeg_of_size(48, 40),
    "width.jpg": lambda: _jpeg_of_size(32, 80),
    "height.bmp": lambda: _bmp_of_size(33, 40),
    "area.png": lambda: _png_of_size(9_000, 9_000),
    "area.bmp": lambda: _bmp_of_size(9_000, 9_000),
    "area.webp": lambda: _webp_of_size(9_000, 9_000),
}


@pytest.mark.parametrize("name", LYING)
def test_a_header_that_promises_too_much_is_refused(name: str, tmp_path: Path) -> None:
    refusal(_written(tmp_path, name, LYING[name]()), UnreadableFileError)


HUGE: dict[str, Callable[[], bytes]] = {
    "huge.dcm": lambda: _dicom(Rows=20_000, Columns=20_000),
    "huge.nii": lambda: _nifti(dim=[3, 20_000, 20_000, 5, 1, 1, 1, 1]),
    "huge.nii.gz": lambda: gzip.compress(_nifti(dim=[3, 20_000, 20_000, 5, 1, 1, 1, 1])),
    "huge.tif": lambda: _with_tag(
        _with_tag(_tiff(compression="zlib"), "ImageLength", 50_000), "ImageWidth", 50_000
    ),
    "huge.png": lambda: _png_of_size(20_000, 20_000),
    "huger.png": lambda: _png_of_size(2**31 - 1, 2**31 - 1),
    "huge.jpg": lambda: _jpeg_of_size(20_000, 20_000),
    "huge.bmp": lambda: _bmp_of_size(20_000, 20_000),
    "huge.webp": lambda: _webp_of_size(16_000, 16_000),
}


@pytest.mark.parametrize("name", HUGE)
def test_a_huge_plane_is_refused_before_there_is_room_for_it(name: str, tmp_path: Path) -> None:
    path = _written(tmp_path, name, HUGE[name]())
    tracemalloc.start()
    try:
        words = refusal(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "million" in words
    assert most < 30 * 2**20, "it was not decoded"


def test_a_bomb_is_refused_by_what_it_would_unfold_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "ALWAYS_DECODED", 1_000)
    monkeypatch.setattr(files, "LARGEST_UNPACKED", 5_000)
    image = nibabel.Nifti1Image(np.zeros((20, 20, 20), np.uint8), np.eye(4))
    path = _written(tmp_path, "bomb.nii.gz", gzip.compress(image.to_bytes()))
    assert path.stat().st_size > 8_000 / files.MOST_EXPANSION
    with pytest.raises(UnsupportedScanError, match=r"bomb\.nii\.gz would unfold to .*: crop"):
        load_scan(path)
    plain = _written(tmp_path, "plain.nii", image.to_bytes())
    assert load_scan(plain).pixels.shape == (20, 20, 20), "as large as its file"


@pytest.mark.parametrize(
    ("n_bytes", "is_refused"), [(1_000, False), (103_200, False), (103_201, True)]
)
def test_no_compression_gets_more_than_deflate_into_a_file(
    n_bytes: int, is_refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "ALWAYS_DECODED", 1_000)
    path = _written(tmp_path, "small.png", bytes(100))
    if is_refused:
        with pytest.raises(UnreadableFileError, match=r"promises 0\.103 MB .* its 0\.000 MB"):
            files.check_decoded_size(path, n_bytes)
    else:
        files.check_decoded_size(path, n_bytes)


def _with_length(tag: bytes, length: int) -> bytes:
    """MR_small.dcm (explicit VR, little endian) with another length for an OW element."""
    content = _small_mr()
    at = content.rindex(tag) + 8
    return content[:at] + struct.pack("<I", length) + content[at + 4 :]


def _png_with_chunk_of(length: int) -> bytes:
    content = _picture("PNG")
    at = content.index(b"IDAT") - 4
    return content[:at] + struct.pack(">I", length) + content[at + 4 :]


def _nifti_with_extension_of(length: int, vox_offset: float = 400) -> bytes:
    content = _nifti(vox_offset=vox_offset)
    return content[:348] + b"\1\0\0\0" + struct.pack("<ii", length, 6) + bytes(40) + content[352:]


@pytest.mark.parametrize(
    ("name", "content", "opens"),
    [
        ("element.dcm", lambda: _with_length(b"\xe0\x7f\x10\x00OW", 0xFFFFFFF0), True),
        ("chunk.png", lambda: _png_with_chunk_of(0x7FFFFFF0), False),
        ("count.tif", LYING["count.tif"], False),
        ("extension.nii", lambda: _nifti_with_extension_of(2**31 - 1), False),
        ("extension.nii.gz", lambda: gzip.compress(_nifti_with_extension_of(2**31 - 1)), False),
        ("negative.nii", lambda: _nifti_with_extension_of(-1), False),
        (
            "first.nii.gz",
            lambda: gzip.compress(_nifti_with_extension_of(2**30, vox_offset=0)),
            False,
        ),
    ],
)
def test_a_length_in_a_header_costs_no_memory(
    name: str, content: Callable[[], bytes], opens: bool, tmp_path: Path
) -> None:
    path = _written(tmp_path, name, content())
    tracemalloc.start()
    try:
        if opens:
            assert load_scan(path).pixels.shape in ((64, 64), PLANE.shape)
        else:
            refusal(path, UnreadableFileError)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 30 * 2**20


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless], ids=lambda uid: uid.name)
def test_a_damaged_compressed_frame_is_refused(syntax: str, tmp_path: Path) -> None:
    dataset = dcmread(io.BytesIO(_small_mr()))
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([b"\x01\0\0\0\x40\0\0\0" + bytes(200)])
    dataset.save_as(tmp_path / "frame.dcm")
    assert "compression" in refusal(tmp_path / "frame.dcm", UnreadableFileError)


def test_a_frame_whose_boxes_lead_nowhere_is_refused(tmp_path: Path) -> None:
    dataset = dcmread(io.BytesIO(_small_mr()))
    dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
    dataset.PixelData = encapsulate([b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40)])
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(tmp_path / "scan.dcm")
    assert "JPEG 2000" in refusal(tmp_path / "scan.dcm", UnreadableFileError)


def test_a_picture_without_pixels_says_so(tmp_path: Path) -> None:
    path = _written(tmp_path, "pixels.dcm", _dicom(PixelData=None))
    assert "holds no picture: choose" in refusal(path, UnreadableFileError)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plane.dcm", lambda: _dicom(PixelSpacing=None)),
        ("volume.nii", lambda: _nifti(pixdim=[1, 0, 0, 0, 0, 0, 0, 0], sform_code=0)),
        ("plain.tif", _tiff),
        ("picture.png", SOUND["picture.png"]),
        ("picture.jpg", SOUND["picture.jpg"]),
        ("picture.webp", SOUND["picture.webp"]),
        ("picture.bmp", SOUND["picture.bmp"]),
    ],
)
def test_a_file_without_spacing_opens_without_a_voxel_size(
    name: str, content: Callable[[], bytes], tmp_path: Path
) -> None:
    assert load_scan(_written(tmp_path, name, content())).voxel_size is None


def test_a_plane_of_a_large_stack_that_is_damaged_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiff, "LARGEST_IN_MEMORY", 1_000)
    path = _written(tmp_path, "stack.tif", _tiff(np.stack([PLANE] * 5), compression="zlib"))
    with tifffile.TiffFile(path) as file:
        start, length = file.pages[3].dataoffsets[0], file.pages[3].databytecounts[0]
    content = path.read_bytes()
    path.write_bytes(content[:start] + b"\xff" * length + content[start + length :])
    scan = load_scan(path)
    np.testing.assert_array_equal(scan.plane(2), PLANE)
    with pytest.raises(UnreadableFileError, match=r"^stack\.tif is damaged at plane 4: export"):
        scan.plane(3)


def test_pages_that_lead_round_and_round_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    tifffile.imwrite(path, np.stack([PLANE, PLANE]), metadata=None)
    with tifffile.TiffFile(path) as tiff:
        offset = tiff.pages[1].offset
        n_tags = len(tiff.pages[1].tags)
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, offset + 2 + 12 * n_tags, offset)
    path.write_bytes(content)
    assert "lead back" in refusal(path, UnreadableFileError)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tile_of_many_dimensions", "samples_without_end"])
def test_a_tag_that_asks_for_more_memory_than_there_is_is_refused(
    name: str, tmp_path: Path
) -> None:
    content = (Path(__file__).parent / "damaged" / f"{name}.tif").read_bytes()
    path = _written(tmp_path, "scan.tif", content)
    refusal(path, UnreadableFileError)


@pytest.mark.parametrize("colours", [16, 299])
def test_a_damaged_palette_is_refused(colours: int, tmp_path: Path) -> None:
    palette = np.tile(np.arange(256, dtype=np.uint16) * 257, (3, 1))
    path = tmp_path / "scan.tif"
    tifffile.imwrite(path, PLANE.astype(np.uint8), photometric="palette", colormap=palette)
    with tifffile.TiffFile(path, mode="r+b") as tiff:
        tiff.pages[0].tags["ColorMap"].overwrite(np.full(3 * 16 if colours == 16 else 299, 7, "u2"))
    assert "palette" in refusal(path, UnreadableFileError)


@pytest.mark.parametrize("what", ["loop", "folder", "missing", "nul\0byte", "x" * 300 + ".png"])
def test_a_path_that_leads_to_no_file_is_refused(what: str, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "back").symlink_to(tmp_path)
    refusal(tmp_path / what, UnreadableFileError)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.dcm")
    assert "is no file: choose" in refusal(tmp_path / "pipe.dcm", UnreadableFileError)


@pytest.mark.parametrize("start", ["Läsion 脑 é. ", "x" * 200, " ", "#", "a#3"])
@pytest.mark.parametrize("name", SOUND)
def test_any_name_that_a_disk_takes_will_do(name: str, start: str, tmp_path: Path) -> None:
    path = _written(tmp_path, start + name, SOUND[name]())
    scan = load_scan(path)
    assert scan.name == start + name.removesuffix(".gz").rpartition(".")[0]
    np.testing.assert_array_equal(
        scan.pixels, load_scan(_written(tmp_path, name, SOUND[name]())).pixels
    )


def _slices(folder: Path, count: int = 3) -> Path:
    folder.mkdir(exist_ok=True)
    for number in range(count):
        content = _dicom(ImagePositionPatient=[0, 0, number], SOPInstanceUID=f"1.2.{number}")
        (folder / f"IM{number}").write_bytes(content)
    return folder


def test_of_a_thousand_other_files_only_the_first_bytes_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = []
    read = dicom_header.read_file
    monkeypatch.setattr(
        dicom_header,
        "read_file",
        lambda path, **more: parsed.append(path.name) or read(path, **more),
    )
    _slices(tmp_path)
    for number in range(1_000):
        (tmp_path / f"{number}{('', '.txt', '.png', '.json')[number % 4]}").write_bytes(bytes(500))
    (found,) = list_series(tmp_path)
    assert len(found.files) == 3
    assert sorted(parsed) == ["IM0", "IM1", "IM2"]


def test_a_slice_without_permission_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> io.BufferedReader:
        raise PermissionError(13, "Permission denied", str(path))

    (found,) = list_series(_slices(tmp_path / "head"))
    monkeypatch.setattr("napari_multicancer.io.dicom.header.opened", refuse)
    with pytest.raises(UnreadableFileError, match=r"^You may not read .*IM0: ask its owner"):
        load_series(found)


@pytest.fixture
def somebody_else() -> Iterator[Path]:
    """A folder that all may enter, and a user who is not root as long as the test runs."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    yield folder
    if is_root:
        os.seteuid(0)
    for path in folder.rglob("*"):
        path.chmod(0o700)
    shutil.rmtree(folder)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions are another matter here")
@pytest.mark.parametrize("name", SOUND)
def test_a_file_without_permission_is_refused(name: str, somebody_else: Path) -> None:
    path = _written(somebody_else, name, SOUND[name]())
    path.chmod(0)
    with pytest.raises(UnreadableFileError, match=r"^You may not read .*: ask its owner"):
        load_scan(path)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions are another matter here")
def test_a_folder_without_permission_is_refused(somebody_else: Path) -> None:
    folder = _slices(somebody_else / "head")
    folder.chmod(0)
    with pytest.raises(UnreadableFileError, match=r"head cannot be read .*: check its permissions"):
        load_scan(folder)


def test_links_that_lead_back_do_not_lead_round_and_round(tmp_path: Path) -> None:
    _slices(tmp_path / "head")
    (tmp_path / "head" / "back").symlink_to(tmp_path)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (found,) = list_series(tmp_path, recursive=True)
    assert len(found.files) == 3


def test_a_bad_file_in_a_folder_leaves_the_others_alone(tmp_path: Path) -> None:
    _slices(tmp_path)
    (tmp_path / "cut.dcm").write_bytes(_small_mr()[:700])
    (tmp_path / "empty.dcm").touch()
    (tmp_path / "huge.dcm").write_bytes(_dicom(Rows=20_000, SeriesInstanceUID="1.9"))
    (tmp_path / "own.dcm").write_bytes(_dicom(SeriesInstanceUID="1.8"))
    found = {one.path.name: one for one in list_series(tmp_path)}
    bad = {name: one for name, one in found.items() if name in ("cut.dcm", "huge.dcm")}
    assert len(bad) == 2
    for name, one in bad.items():
        with pytest.raises(MulticancerError) as error:
            load_series(one)
        assert is_one_sentence(str(error.value), name)
    good = [load_series(one).pixels.shape for name, one in found.items() if name not in bad]
    assert sorted(good) == [(3, 64, 64), (64, 64)]
