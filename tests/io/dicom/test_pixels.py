"""What a DICOM file stores, in the values that it means, where its header is sparse or odd."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import imagecodecs
import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from pydicom.config import disable_value_validation
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    MRImageStorage,
    RLELossless,
    generate_uid,
)

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan
from napari_multicancer.io.dicom.bits import padding_of, unpack
from tests.io.dicom.slices import slice_dataset

PLANE = np.arange(40 * 50, dtype=np.uint16).reshape(40, 50) + 7
COLORS = (np.random.default_rng(3).integers(0, 205, (40, 50, 1)) + np.array([10, 25, 35])).astype(
    np.uint8
)
"""A tinted grey picture, as ultrasound is."""
GRAY = COLORS[..., 0]
DEEP = np.random.default_rng(4).integers(0, 4096, (40, 50)).astype(np.uint16)
YBR = np.array([[0.299, -0.168736, 0.5], [0.587, -0.331264, -0.418688], [0.114, 0.5, -0.081312]])
"""From RGB to YBR_FULL (PS3.3 C.7.6.3.1.2), to be multiplied from the right."""


def _dataset(pixels: np.ndarray, **elements: object) -> FileDataset:
    """Make a file of these pixels; elements that are None are left out of it."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset = FileDataset("scan.dcm", {}, file_meta=meta, preamble=b"\0" * 128)
    bits = 8 * pixels.dtype.itemsize
    usual = {
        "Modality": "MR",
        "PhotometricInterpretation": "RGB" if pixels.ndim == 3 else "MONOCHROME2",
        "SamplesPerPixel": 3 if pixels.ndim == 3 else 1,
        "BitsAllocated": bits,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
        "Rows": pixels.shape[0],
        "Columns": pixels.shape[1],
    }
    if pixels.ndim == 3:
        usual["PlanarConfiguration"] = 0
    for keyword, value in (usual | elements).items():
        if value is not None:
            setattr(dataset, keyword, value)
    dataset.PixelData = pixels.tobytes()
    return dataset


def _load(dataset: Dataset, folder: Path) -> Scan:
    dataset.save_as(folder / "scan.dcm", enforce_file_format=True)
    return load_scan(folder / "scan.dcm")


@pytest.mark.parametrize("padding", [-32768, -2000, 63536])
def test_what_lies_outside_of_the_scan_is_air(padding: int, tmp_path: Path) -> None:
    pixels = PLANE.astype(np.int16)
    pixels[:, :9] = np.uint16(padding % 65536).astype(np.int16)
    dataset = _dataset(pixels)
    dataset.add_new("PixelPaddingValue", "US" if padding > 0 else "SS", padding)
    scan = _load(dataset, tmp_path)
    assert (scan.pixels[:, :9] == PLANE[:, 9:].min()).all()
    np.testing.assert_array_equal(scan.pixels[:, 9:], PLANE[:, 9:])


def test_a_range_of_padding_is_air_and_monochrome1_shows_it_dark(tmp_path: Path) -> None:
    pixels = PLANE.copy()
    pixels[0], pixels[1] = 60000, 60005
    dataset = _dataset(pixels, PhotometricInterpretation="MONOCHROME1")
    dataset.add_new("PixelPaddingValue", "US", 60000)
    dataset.add_new("PixelPaddingRangeLimit", "US", 60005)
    scan = _load(dataset, tmp_path)
    assert (scan.pixels[:2] == scan.pixels.min()).all()
    assert scan.pixels.max() == PLANE[2:].max()


@given(
    arrays.arrays(np.int16, (6, 7), elements=st.integers(-50, 50)),
    st.integers(-60, 60),
)
def test_padding_is_replaced_and_nothing_else_changes(stored: np.ndarray, value: int) -> None:
    dataset = Dataset()
    dataset.PixelPaddingValue = value
    padding = padding_of(stored, dataset)
    filled = stored if padding is None else padding.filled(stored)
    assert filled.dtype == stored.dtype
    is_padding = stored == value
    np.testing.assert_array_equal(filled[~is_padding], stored[~is_padding])
    if is_padding.any() and not is_padding.all():
        assert (filled[is_padding] == stored[~is_padding].min()).all()


@pytest.mark.slow
@given(st.integers(1, 5), st.integers(1, 5), st.booleans(), st.randoms())
def test_twelve_packed_bits_come_back(rows: int, columns: int, signed: bool, random) -> None:
    low, high = (-2048, 2047) if signed else (0, 4095)
    values = np.array([random.randint(low, high) for _ in range(rows * columns)])
    bits = "".join(f"{value & 0xFFF:012b}"[::-1] for value in values.tolist())
    bits += "0" * (-len(bits) % 8)
    packed = bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))
    dataset = Dataset()
    dataset.Rows, dataset.Columns, dataset.PixelRepresentation = rows, columns, int(signed)
    dataset.PixelData = packed
    np.testing.assert_array_equal(unpack(dataset), values.reshape(rows, columns))


def test_values_that_are_stored_too_high_are_brought_down(tmp_path: Path) -> None:
    dataset = _dataset(PLANE << 4, BitsStored=12, HighBit=15)
    np.testing.assert_array_equal(_load(dataset, tmp_path).pixels, PLANE)


@pytest.mark.parametrize(
    "missing",
    [
        "PhotometricInterpretation",
        "SamplesPerPixel",
        "PixelRepresentation",
        "BitsStored",
        "HighBit",
    ],
)
def test_an_element_that_others_determine_may_be_missing(missing: str, tmp_path: Path) -> None:
    scan = _load(_dataset(PLANE, **{missing: None}), tmp_path)
    np.testing.assert_array_equal(scan.pixels, PLANE)


@pytest.mark.parametrize("missing", ["PhotometricInterpretation", "PlanarConfiguration"])
def test_colors_need_no_more_words_than_necessary(missing: str, tmp_path: Path) -> None:
    scan = _load(_dataset(COLORS, **{missing: None}), tmp_path)
    np.testing.assert_array_equal(scan.pixels, COLORS)


@pytest.mark.parametrize("gray", [True, False])
def test_colors_that_are_not_shared_by_two_pixels_as_declared_are_still_read(
    gray: bool, tmp_path: Path
) -> None:
    rgb = np.repeat(COLORS[..., :1], 3, axis=-1) if gray else COLORS
    as_rgb = _load(_dataset(rgb, PhotometricInterpretation="YBR_FULL_422"), tmp_path)
    ybr = np.rint(rgb @ YBR + (0, 128, 128)).astype(np.uint8)
    as_ybr = _load(_dataset(ybr, PhotometricInterpretation="YBR_FULL_422"), tmp_path)
    assert (np.asarray(as_rgb.pixels).reshape(rgb.shape) == rgb).all()
    assert np.abs(np.asarray(as_ybr.pixels).astype(int) - rgb).max() <= 2


@pytest.mark.parametrize(("keyword", "wrong"), [("Columns", 40), ("Rows", 20)])
def test_more_pixels_than_the_header_promises_are_refused(
    keyword: str, wrong: int, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableFileError, match=r"4,000 bytes of pixels where .* promises"):
        _load(_dataset(PLANE, **{keyword: wrong}), tmp_path)


@pytest.mark.parametrize(
    ("shape", "wrong"),
    [
        ((200, 300), {"Columns": 299}),
        ((60, 300), {"Columns": 299}),
        ((300, 60), {"Rows": 299}),
        ((120, 20, 30), {"NumberOfFrames": 119}),
        ((120, 20, 30), {"Rows": 19}),
        ((3, 200, 300), {"Columns": 299}),
    ],
)
def test_a_side_that_is_one_too_small_is_refused_however_large_the_picture(
    shape: tuple[int, ...], wrong: dict[str, int], tmp_path: Path
) -> None:
    pixels = np.arange(np.prod(shape)).astype(np.uint16).reshape(shape)
    right: dict[str, object] = {"Rows": shape[-2], "Columns": shape[-1], "SamplesPerPixel": 1}
    right |= {"PhotometricInterpretation": "MONOCHROME2", "PlanarConfiguration": None}
    right |= {"NumberOfFrames": shape[0] if len(shape) > 2 else None}
    assert _load(_dataset(pixels, **right), tmp_path).pixels.size == pixels.size
    with pytest.raises(UnreadableFileError, match="bytes of pixels where its header promises"):
        _load(_dataset(pixels, **(right | wrong)), tmp_path)


@pytest.mark.parametrize(("slope", "intercept"), [("1e-40", "1e40"), ("1", "nan"), ("inf", "0")])
def test_a_scaling_that_makes_no_sense_is_refused(
    slope: str, intercept: str, tmp_path: Path
) -> None:
    dataset = _dataset(PLANE, RescaleSlope="1.0", RescaleIntercept="0.00")
    dataset.save_as(tmp_path / "scan.dcm", enforce_file_format=True)
    content = (tmp_path / "scan.dcm").read_bytes()
    content = content.replace(b"DS\x04\x001.0 ", _decimal(slope)).replace(
        b"DS\x04\x000.00", _decimal(intercept)
    )
    (tmp_path / "scan.dcm").write_bytes(content)
    with pytest.raises(UnreadableFileError, match="makes no sense"):
        load_scan(tmp_path / "scan.dcm")


def _decimal(said: str) -> bytes:
    said += " " * (len(said) % 2)
    return b"DS" + len(said).to_bytes(2, "little") + said.encode()


@pytest.mark.parametrize("frames", ["1A", "1 frame", "x"])
def test_the_digits_of_a_damaged_number_of_frames_count(frames: str, tmp_path: Path) -> None:
    dataset = _dataset(PLANE)
    dataset.add_new("NumberOfFrames", "LO", frames)
    scan = _load(dataset, tmp_path)
    assert scan.axes == "yx"
    np.testing.assert_array_equal(scan.pixels, PLANE)


@pytest.mark.parametrize("sides", [(39, 50), (40, 49), (20, 50), (50, 39)])
@pytest.mark.parametrize("pixels", [PLANE, GRAY, COLORS], ids=["16 bits", "8 bits", "colors"])
def test_run_lengths_of_more_pixels_than_the_header_promises_are_refused(
    pixels: np.ndarray, sides: tuple[int, int], tmp_path: Path
) -> None:
    dataset = _dataset(pixels)
    dataset.compress(RLELossless)
    np.testing.assert_array_equal(_load(dataset, tmp_path).pixels, pixels)
    dataset.Rows, dataset.Columns = sides
    with pytest.raises(UnreadableFileError, match="other pixels than its"):
        _load(dataset, tmp_path)


@pytest.mark.filterwarnings("ignore:The decoded RLE segment contains non-conformant padding")
@pytest.mark.parametrize("n_bytes", [1, 2, 8])
def test_run_lengths_that_are_filled_up_are_no_lie(n_bytes: int, tmp_path: Path) -> None:
    dataset = _dataset(GRAY)
    dataset.compress(RLELossless)
    (frame,) = generate_frames(dataset.PixelData, number_of_frames=1)
    scan = _load(_compressed(dataset, frame + bytes(n_bytes), RLELossless), tmp_path)
    np.testing.assert_array_equal(scan.pixels, GRAY)


def _compressed(dataset: FileDataset, stream: bytes, syntax: str) -> FileDataset:
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([stream])
    dataset["PixelData"].is_undefined_length = True
    return dataset


def _jpeg(pixels: np.ndarray) -> bytes:
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "JPEG", quality=95)
    return written.getvalue()


JPEGS = {
    "gray": (JPEGBaseline8Bit, lambda: (GRAY, _jpeg(GRAY)), {}),
    "colors": (
        JPEGBaseline8Bit,
        lambda: (COLORS, _jpeg(COLORS)),
        {"PhotometricInterpretation": "YBR_FULL_422"},
    ),
    "extended, 8 bits": (JPEGExtended12Bit, lambda: (GRAY, _jpeg(GRAY)), {}),
    "extended, 12 bits": (
        JPEGExtended12Bit,
        lambda: (DEEP, imagecodecs.jpeg8_encode(DEEP, level=95, bitspersample=12)),
        {"BitsStored": 12, "HighBit": 11},
    ),
    "lossless": (JPEGLosslessSV1, lambda: (DEEP, imagecodecs.ljpeg_encode(DEEP)), {}),
}
"""Transfer syntax, pixels and their stream, and what the header says of them."""


@pytest.mark.parametrize("kind", JPEGS)
@pytest.mark.parametrize("share", [0.4, 0.7, 0.95])
def test_a_jpeg_that_was_cut_and_closed_is_refused(kind: str, share: float, tmp_path: Path) -> None:
    syntax, make, told = JPEGS[kind]
    pixels, stream = make()
    whole = _load(_compressed(_dataset(pixels, **told), stream, syntax), tmp_path)
    assert np.abs(np.asarray(whole.pixels).astype(int) - pixels).mean() < 20
    header = stream.rindex(b"\xff\xda")
    cut = stream[: header + int(share * (len(stream) - header))] + b"\xff\xd9"
    with pytest.raises(UnreadableFileError, match=r"^scan\.dcm is damaged, or "):
        _load(_compressed(_dataset(pixels, **told), cut, syntax), tmp_path)


@pytest.mark.parametrize("kind", ["gray", "colors", "extended, 12 bits", "lossless"])
def test_a_jpeg_that_goes_on_behind_the_sides_that_its_headers_tell_is_refused(
    kind: str, tmp_path: Path
) -> None:
    syntax, make, elements = JPEGS[kind]
    pixels, stream = make()
    height, width = pixels.shape[:2]
    at = stream.index(struct.pack(">HH", height, width))
    lying = stream[:at] + struct.pack(">HH", height // 2, width) + stream[at + 4 :]
    dataset = _dataset(pixels, **elements, Rows=height // 2)
    told = rf"^scan\.dcm holds pictures of other pixels than its {height // 2} rows and {width} col"
    with pytest.raises(UnreadableFileError, match=told):
        _load(_compressed(dataset, lying, syntax), tmp_path)


TURNED = np.ascontiguousarray(GRAY.T)
OTHER_SIDES = {
    "JPEG": (JPEGBaseline8Bit, lambda: _jpeg(TURNED)),
    "JPEG 2000": (
        JPEG2000Lossless,
        lambda: imagecodecs.jpeg2k_encode(TURNED, level=0, codecformat="j2k"),
    ),
    "JPEG 2000 in boxes": (
        JPEG2000Lossless,
        lambda: imagecodecs.jpeg2k_encode(TURNED, level=0, codecformat="jp2"),
    ),
    "lossless JPEG": (JPEGLosslessSV1, lambda: imagecodecs.ljpeg_encode(TURNED)),
}


@pytest.mark.parametrize("kind", OTHER_SIDES)
def test_a_compressed_picture_of_other_sides_and_as_many_pixels_is_refused(
    kind: str, tmp_path: Path
) -> None:
    syntax, make = OTHER_SIDES[kind]
    with pytest.raises(
        UnreadableFileError, match=r"promises pictures of 40 x 50 .* of 50 x 40: ex"
    ):
        _load(_compressed(_dataset(GRAY), make(), syntax), tmp_path)


@pytest.mark.filterwarnings("ignore:Invalid value for VR CS")
@pytest.mark.parametrize("name", ["monochrome1", "Monochrome1", "MONOCHROME1 \0"])
def test_an_interpretation_counts_in_small_letters_too(name: str, tmp_path: Path) -> None:
    usual = _load(_dataset(PLANE, PhotometricInterpretation="MONOCHROME1"), tmp_path)
    scan = _load(_dataset(PLANE, PhotometricInterpretation=name), tmp_path)
    np.testing.assert_array_equal(scan.pixels, usual.pixels)


@pytest.mark.parametrize("name", ["MONOCHROME1", "MONOCHROME2"])
def test_three_values_a_pixel_are_colors_whatever_they_are_called(
    name: str, tmp_path: Path
) -> None:
    scan = _load(_dataset(COLORS, PhotometricInterpretation=name), tmp_path)
    np.testing.assert_array_equal(scan.pixels, COLORS)


@pytest.mark.filterwarnings("ignore:Invalid value for VR CS")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("HSV", r"in a way that is not known here \(HSV\): export it again as RGB"),
        ("CMYK", r"not known here \(CMYK\)"),
        ("Doe^Jane", "not known here: export"),
        ("PALETTE COLOR", "says that a pixel has 3 values, which does not go with"),
    ],
)
def test_colors_of_unknown_kinds_are_refused(name: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=told):
        _load(_dataset(COLORS, PhotometricInterpretation=name), tmp_path)


@pytest.mark.parametrize("bits", [{"BitsStored": 17, "HighBit": 16}, {"HighBit": 16}])
def test_bits_that_are_more_than_there_are_count_as_all(
    bits: dict[str, int], tmp_path: Path
) -> None:
    np.testing.assert_array_equal(_load(_dataset(PLANE, **bits), tmp_path).pixels, PLANE)


@pytest.mark.parametrize("kind", ["Float", "DoubleFloat"])
def test_padding_of_floating_point_pixels_is_air(kind: str, tmp_path: Path) -> None:
    stored = PLANE.astype(np.float32 if kind == "Float" else np.float64)
    stored[:, :9] = -9999.5
    dataset = _dataset(stored, BitsStored=None, HighBit=None, PixelRepresentation=None)
    del dataset.PixelData
    dataset[f"{kind}PixelData"] = pydicom.DataElement(
        f"{kind}PixelData", "OF" if kind == "Float" else "OD", stored.tobytes()
    )
    setattr(dataset, f"{kind}PixelPaddingValue", -9999.5)
    pixels = _load(dataset, tmp_path).pixels
    assert (pixels[:, :9] == PLANE[:, 9:].min()).all()
    np.testing.assert_array_equal(pixels[:, 9:], PLANE[:, 9:])


@pytest.mark.filterwarnings("ignore:3 frames have been found")
def test_frames_too_many_are_told_and_frames_too_few_refused(tmp_path: Path) -> None:
    frames = [_jpeg(GRAY + step) for step in range(3)]
    for promised in (2, 4):
        dataset = _dataset(GRAY, NumberOfFrames=promised)
        dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
        dataset.PixelData = encapsulate(frames)
        dataset["PixelData"].is_undefined_length = True
        if promised == 2:
            scan = _load(dataset, tmp_path)
            assert scan.notes == ("The file promises 2 frames, and holds 3.",)
            continue
        with pytest.raises(UnreadableFileError, match="promises 4 frames and holds fewer: export"):
            _load(dataset, tmp_path)


def test_a_picture_without_a_header_that_can_be_read_is_not_called_a_report(tmp_path: Path) -> None:
    content = io.BytesIO()
    _dataset(PLANE).save_as(content, enforce_file_format=True)
    begun = content.getvalue().index(b"\x08\0\x60\0CS")
    (tmp_path / "scan.dcm").write_bytes(content.getvalue()[:begun])
    with pytest.raises(UnreadableFileError, match="should hold a picture, and its header cannot"):
        load_scan(tmp_path / "scan.dcm")


def test_lossless_jpeg_of_ybr_colors_becomes_rgb(tmp_path: Path) -> None:
    ybr = np.rint(COLORS @ YBR + (0, 128, 128)).clip(0, 255).astype(np.uint8)
    stream = imagecodecs.jpeg8_encode(ybr, lossless=True, colorspace="UNKNOWN")
    dataset = _dataset(ybr, PhotometricInterpretation="YBR_FULL")
    scan = _load(_compressed(dataset, stream, JPEGLosslessSV1), tmp_path)
    assert np.abs(np.asarray(scan.pixels).astype(int) - COLORS).max() <= 2


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, HTJ2KLossless])
def test_jpeg_2000_opens_with_its_file_of_boxes_or_without(syntax: str, tmp_path: Path) -> None:
    stream = imagecodecs.jpeg2k_encode(PLANE, level=0, codecformat="j2k", reversible=True)
    scan = _load(_compressed(_dataset(PLANE), stream, syntax), tmp_path)
    np.testing.assert_array_equal(scan.pixels, PLANE)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize(
    ("elements", "values", "is_told"),
    [
        ({"BitsStored": 8, "HighBit": 7}, [0, 256], True),
        ({"BitsStored": 8, "HighBit": 7}, [0, 255], False),
        ({"BitsStored": 12, "HighBit": 15}, [0, 0x0FF1], False),
        ({"BitsStored": 12, "HighBit": 15}, [0, 0xFFF0], False),
        ({"BitsStored": 16, "HighBit": 15}, [0, 0xFFFF], False),
        ({"BitsStored": 12, "HighBit": 11, "PixelRepresentation": 1}, [5, 0xFFFF], False),
        ({"BitsStored": 12, "HighBit": 11, "PixelRepresentation": 1}, [5, 0x7FFF], True),
        ({"BitsStored": 12, "HighBit": 11, "OverlayBitPosition": 12}, [5, 0x1FFF], False),
    ],
)
@pytest.mark.parametrize("count", [1, 2])
def test_bits_that_the_header_leaves_out_are_told(
    elements: dict, values: list[int], is_told: bool, syntax: str, count: int, tmp_path: Path
) -> None:
    order = "<" if syntax == ExplicitVRLittleEndian else ">"
    elements = dict(elements)
    position = elements.pop("OverlayBitPosition", None)
    for number in range(count):
        pixels = np.resize(values, (20, 30)).astype(f"{order}u2")
        dataset = slice_dataset(0, float(number), **elements, PixelData=pixels.tobytes())
        dataset.file_meta.TransferSyntaxUID = syntax
        if position is not None:
            dataset.add_new(0x60000102, "US", position)
        pydicom.dcmwrite(tmp_path / f"{number}.dcm", dataset, enforce_file_format=True)
    notes = load_scan(tmp_path).notes
    assert len(notes) == is_told
    assert all("more bits than the header says" in note for note in notes)


@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEGExtended12Bit])
def test_a_jpeg_keeps_the_bits_that_its_header_leaves_out(syntax: str, tmp_path: Path) -> None:
    deep = np.linspace(0, 4095, DEEP.size).reshape(DEEP.shape).astype(np.uint16)
    is_lossless = syntax == JPEGLosslessSV1
    stream = (
        imagecodecs.ljpeg_encode(deep, bitspersample=12)
        if is_lossless
        else imagecodecs.jpeg8_encode(deep, level=100, bitspersample=12)
    )
    dataset = _compressed(_dataset(deep, BitsStored=8, HighBit=7), stream, syntax)
    np.testing.assert_allclose(_load(dataset, tmp_path).pixels, deep, atol=0 if is_lossless else 32)


@pytest.mark.parametrize("low", [-2000, 0])
def test_the_sign_of_jpeg_ls_stands_in_the_highest_bit_stored(low: int, tmp_path: Path) -> None:
    signed = (np.arange(DEEP.size).reshape(DEEP.shape) % 1900 + low).astype(np.int16)
    stream = imagecodecs.jpegls_encode(signed.view(np.uint16) & 0xFFF)
    told = {"BitsStored": 12, "HighBit": 11, "PixelRepresentation": 1}
    dataset = _compressed(_dataset(DEEP, **told), stream, JPEGLSLossless)
    np.testing.assert_array_equal(_load(dataset, tmp_path).pixels, signed)


@pytest.mark.parametrize("told", [b"\x02\x00in", b"\x00\x00"])
def test_where_the_number_of_frames_is_none_the_pixels_count(told: bytes, tmp_path: Path) -> None:
    pixels = np.arange(4 * 600, dtype=np.uint16)
    dataset = slice_dataset(0, 0.0, NumberOfFrames=4, FrameTime=40, PixelData=pixels.tobytes())
    path = tmp_path / "a.dcm"
    dataset.save_as(path, enforce_file_format=True)
    path.write_bytes(path.read_bytes().replace(b"IS\x02\x004 ", b"IS" + told))
    np.testing.assert_array_equal(load_scan(path).pixels, pixels.reshape(4, 20, 30))


@pytest.mark.parametrize("bits", [1, 8, 12])
def test_values_are_left_aligned_only_where_the_bits_below_are_empty(
    bits: int, tmp_path: Path
) -> None:
    pixels = np.arange(600, dtype=np.uint16).reshape(20, 30)
    dataset = slice_dataset(0, 0.0, BitsStored=bits, HighBit=15, PixelData=pixels.tobytes())
    dataset.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    np.testing.assert_array_equal(load_scan(tmp_path / "a.dcm").pixels, pixels)


@pytest.mark.parametrize("changes", [{"BitsStored": 4}, {"PixelRepresentation": 1}])
def test_colors_are_whole_and_unsigned_whatever_the_header_says(
    changes: dict, tmp_path: Path
) -> None:
    pixels = np.arange(1800, dtype=np.uint8).reshape(20, 30, 3)
    color = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
    depth = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
    dataset = slice_dataset(0, 0.0, **color, **{**depth, **changes}, PixelData=pixels.tobytes())
    dataset.save_as(tmp_path / "a.dcm", enforce_file_format=True)
    scan = load_scan(tmp_path / "a.dcm")
    assert scan.pixels.dtype == np.uint8
    np.testing.assert_array_equal(scan.pixels, pixels)


@pytest.mark.parametrize("vr", [b"SQ", b"LO", b"PN"])
def test_sides_of_another_type_are_refused_without_what_stands_in_them(
    vr: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "a.dcm"
    slice_dataset(0, 0.0, Columns=0x4144).save_as(path, enforce_file_format=True)
    path.write_bytes(path.read_bytes().replace(b"\x28\0\x11\0US", b"\x28\0\x11\0" + vr))
    with pytest.raises(UnreadableFileError) as refusal:
        load_scan(path)
    assert "DA" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "keyword",
    [
        *("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "BitsStored", "HighBit"),
        *("PixelRepresentation", "PlanarConfiguration"),
    ],
)
@pytest.mark.parametrize("kind", ["LO", "IS"])
def test_numbers_that_stand_as_text_are_numbers(keyword: str, kind: str, tmp_path: Path) -> None:
    dataset = _dataset(COLORS)
    said = str(dataset[keyword].value)
    del dataset[keyword]
    dataset.add_new(keyword, kind, said)
    np.testing.assert_array_equal(_load(dataset, tmp_path).pixels, COLORS)


def _as_palette(pixels: np.ndarray, first: int) -> FileDataset:
    """Make a file of colors of which red is the pixel's index behind the first one."""
    dataset = _dataset(pixels, PhotometricInterpretation="PALETTE COLOR")
    for color in ("Red", "Green", "Blue"):
        keyword = f"{color}PaletteColorLookupTableDescriptor"
        dataset[keyword] = DataElement(keyword, "SS" if first < 0 else "US", [256, first, 16])
        table = np.arange(256, dtype="<u2") * (257 if color == "Red" else 0)
        setattr(dataset, f"{color}PaletteColorLookupTableData", table.tobytes())
    return dataset


@pytest.mark.parametrize(("dtype", "lowest", "first"), [("i2", -100, 65436), ("u2", 65000, -536)])
def test_a_palette_begins_where_it_says_whichever_sign_it_has(
    dtype: str, lowest: int, first: int, tmp_path: Path
) -> None:
    scan = _load(_as_palette((GRAY.astype(int) + lowest).astype(dtype), first), tmp_path)
    np.testing.assert_array_equal(scan.pixels[..., 0], GRAY)


def test_a_table_of_values_begins_where_it_says_whichever_sign_it_has(tmp_path: Path) -> None:
    table = Dataset()
    table["LUTDescriptor"] = DataElement("LUTDescriptor", "US", [256, 65436, 16])
    table["LUTData"] = DataElement("LUTData", "US", list(range(0, 512, 2)))
    dataset = _dataset(GRAY.astype(np.int16) - 100, ModalityLUTSequence=[table])
    np.testing.assert_array_equal(_load(dataset, tmp_path).pixels, 2 * GRAY.astype(int))


@pytest.mark.parametrize("called", ["YBR_FULL", "YBR_FULL_422", "YBR_RCT", "RGB"])
@pytest.mark.parametrize("is_turned", [True, False])
def test_colors_that_jpeg_2000_has_turned_itself_are_rgb_whatever_the_header_says(
    called: str, is_turned: bool, tmp_path: Path
) -> None:
    as_stored = called == "RGB" or is_turned or called == "YBR_RCT"
    colors = COLORS if as_stored else np.rint(COLORS @ YBR + (0, 128, 128)).astype(np.uint8)
    stream = imagecodecs.jpeg2k_encode(
        colors, level=0, codecformat="j2k", reversible=True, mct=is_turned
    )
    dataset = _dataset(colors, PhotometricInterpretation=called)
    scan = _load(_compressed(dataset, stream, JPEG2000Lossless), tmp_path)
    np.testing.assert_allclose(np.asarray(scan.pixels).astype(int), COLORS, atol=2)


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")
@pytest.mark.parametrize(
    ("syntax", "told"),
    [("1.2.840.113619.5.2", r" \(1\.2\.840\.113619\.5\.2\)"), ("of Doe^Jane", "")],
)
def test_a_transfer_syntax_that_nobody_knows_is_said_to_be_so(
    syntax: str, told: str, tmp_path: Path
) -> None:
    dataset = _dataset(np.zeros((4, 4), np.uint16))
    with disable_value_validation():
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.save_as(tmp_path / "a.dcm", implicit_vr=False, little_endian=True)
    with pytest.raises(UnreadableFileError, match=f"syntax that is not known{told}: export"):
        load_scan(tmp_path / "a.dcm")
