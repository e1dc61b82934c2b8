"""Long cines: frames read when they are looked at, the same as when all are read at once."""

from __future__ import annotations

import io
import pickle
import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, encapsulate_extended, generate_frames
from pydicom.uid import (
    JPEG2000,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
    UltrasoundMultiFrameImageStorage,
)

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan
from napari_multicancer.io.dicom import cine
from napari_multicancer.io.streams import on_demand
from tests.io.dicom.slices import slice_dataset

N, HEIGHT, WIDTH = 9, 40, 48
FRAME = HEIGHT * WIDTH
RNG = np.random.default_rng(5)
GRAY = RNG.integers(0, 40, (N, HEIGHT, WIDTH)).astype(np.uint8)
GRAY += np.add.outer(20 * np.arange(N), np.add.outer(np.arange(HEIGHT), np.arange(WIDTH))).astype(
    np.uint8
)
COLORS = np.stack([GRAY, GRAY // 2, 255 - GRAY], axis=-1)
GRAY_IMAGE = {"SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2"}
COLOR_IMAGE = {"SamplesPerPixel": 3, "PlanarConfiguration": 0, "PhotometricInterpretation": "RGB"}


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two gray frames be a block, and three too many to be kept."""
    monkeypatch.setattr(cine, "LARGEST_IN_MEMORY", 3 * FRAME)
    monkeypatch.setattr(on_demand, "BLOCK_BYTES", 2 * FRAME)


def _dataset(**elements: object) -> Dataset:
    usual: dict[str, object] = {
        **dict.fromkeys(("ImageOrientationPatient", "ImagePositionPatient", "SliceThickness")),
        **{"SOPClassUID": UltrasoundMultiFrameImageStorage, "Modality": "US", "FrameTime": "40"},
        **{"NumberOfFrames": N, "Rows": HEIGHT, "Columns": WIDTH, "PixelRepresentation": 0},
        **{"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7},
    }
    return slice_dataset(0, 0, **(usual | elements))


def _native(pixels: np.ndarray, syntax: str = ExplicitVRLittleEndian, **elements: object) -> bytes:
    order = ">" if syntax == ExplicitVRBigEndian else "<"
    stored = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()
    dataset = _dataset(PixelData=stored, **elements)
    return _written(dataset, syntax)


def _written(dataset: Dataset, syntax: str) -> bytes:
    dataset.file_meta.TransferSyntaxUID = syntax
    written = io.BytesIO()
    is_implicit, is_little = syntax == ImplicitVRLittleEndian, syntax != ExplicitVRBigEndian
    if not dataset.file_meta.TransferSyntaxUID.is_compressed:
        dataset["PixelData"].VR = "OW"
    plain = Dataset(dataset)
    plain.file_meta = dataset.file_meta
    dcmwrite(
        written, plain, enforce_file_format=True, implicit_vr=is_implicit, little_endian=is_little
    )
    return written.getvalue()


def _encapsulated(
    frames: list[bytes], syntax: str, table: str = "basic", fragments: int = 1, **elements: object
) -> bytes:
    dataset = _dataset(**elements)
    if table == "extended":
        found = encapsulate_extended(frames)
        dataset.PixelData, dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths = found
    else:
        dataset.PixelData = encapsulate(
            frames, fragments_per_frame=fragments, has_bot=table == "basic"
        )
    dataset["PixelData"].is_undefined_length = True
    return _written(dataset, syntax)


def _jpeg(picture: np.ndarray) -> bytes:
    written = io.BytesIO()
    Image.fromarray(picture).save(written, "JPEG", quality=95)
    return written.getvalue()


def _rle(pixels: np.ndarray, **elements: object) -> bytes:
    dataset = dcmread(io.BytesIO(_native(pixels, **elements)))
    dataset.compress(RLELossless, generate_instance_uid=False)
    written = io.BytesIO()
    dataset.save_as(written, enforce_file_format=True)
    return written.getvalue()


def _in_fragments(content: bytes) -> bytes:
    """Cut each encapsulated frame of a file into three."""
    dataset = dcmread(io.BytesIO(content))
    frames = list(generate_frames(dataset.PixelData, number_of_frames=N))
    dataset.PixelData = encapsulate(frames, fragments_per_frame=3)
    written = io.BytesIO()
    dataset.save_as(written, enforce_file_format=True)
    return written.getvalue()


def _packed(pixels: np.ndarray, **elements: object) -> bytes:
    """Let two pixels share three bytes."""
    sides = {"Rows": pixels.shape[1], "Columns": pixels.shape[2]}
    low, high = np.resize(pixels, -(-pixels.size // 2) * 2).reshape(-1, 2).T
    stored = np.stack([low & 255, low >> 8 | (high & 15) << 4, high >> 4], -1).astype(np.uint8)
    stored = stored.ravel()[: -(-pixels.size * 3 // 2)]
    bits = {"BitsAllocated": 12, "BitsStored": 12, "HighBit": 11}
    return _native(stored, **(GRAY_IMAGE | sides | bits | elements))


def _scalings(slopes: Iterable[int]) -> dict[str, object]:
    frames = []
    for slope in slopes:
        frame, rule = Dataset(), Dataset()
        rule.RescaleSlope, rule.RescaleIntercept = str(slope), str(5 * (slope - 1))
        frame.PixelValueTransformationSequence = [rule]
        frames.append(frame)
    return {"PerFrameFunctionalGroupsSequence": frames}


def _deep(stored: int, high: int) -> dict[str, object]:
    return {"BitsAllocated": 16, "BitsStored": stored, "HighBit": high}


def _palette(bits: int) -> dict[str, object]:
    ramp = np.arange(256)
    tables = {"Red": ramp, "Green": 255 - ramp, "Blue": ramp // 2}
    made: dict[str, object] = {
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "PALETTE COLOR",
    }
    for color, table in tables.items():
        entries = (table * (257 if bits == 16 else 1)).astype(f"<u{bits // 8}")
        made[f"{color}PaletteColorLookupTableDescriptor"] = [256, 0, bits]
        made[f"{color}PaletteColorLookupTableData"] = entries.tobytes()
    return made


def _low_palette() -> dict[str, object]:
    """Fill the low bytes of a table of 16 bits alone."""
    made = _palette(8)
    for name, value in made.items():
        if isinstance(value, bytes):
            made[name] = np.frombuffer(value, np.uint8).astype("<u2").tobytes()
        elif name.endswith("Descriptor"):
            made[name] = [256, 0, 16]
    return made


DEEP = _deep(16, 15)
DEEP_GRAY = GRAY.astype(np.uint16) * 14
INVERTED = GRAY_IMAGE | {"PhotometricInterpretation": "MONOCHROME1"}
WITH_YBR = COLOR_IMAGE | {"PhotometricInterpretation": "YBR_FULL_422"}
PACKED_422 = np.stack(
    [GRAY[:, :, ::2], GRAY[:, :, 1::2], *[np.full_like(GRAY[:, :, ::2], 128)] * 2], -1
)
FILES = {
    "gray": lambda: _native(GRAY, **GRAY_IMAGE),
    "gray, implicit": lambda: _native(GRAY, ImplicitVRLittleEndian, **GRAY_IMAGE),
    "gray, big endian": lambda: _native(
        GRAY.view(">u2").astype("<u2").view(np.uint8).reshape(GRAY.shape),
        ExplicitVRBigEndian,
        **GRAY_IMAGE,
    ),
    "16 bits": lambda: _native(GRAY.astype(np.uint16) * 200, **GRAY_IMAGE, **DEEP),
    "16 bits, big endian": lambda: _native(
        GRAY.astype(np.uint16) * 200, ExplicitVRBigEndian, **GRAY_IMAGE, **DEEP
    ),
    "rescaled": lambda: _native(GRAY, **GRAY_IMAGE, RescaleSlope="2", RescaleIntercept="-7"),
    "color": lambda: _native(COLORS, **COLOR_IMAGE),
    "color, planes apart": lambda: _native(
        np.moveaxis(COLORS, -1, 1), **(COLOR_IMAGE | {"PlanarConfiguration": 1})
    ),
    "YBR_FULL": lambda: _native(
        COLORS, **(COLOR_IMAGE | {"PhotometricInterpretation": "YBR_FULL"})
    ),
    "YBR_FULL_422": lambda: _native(PACKED_422, **WITH_YBR),
    "YBR_FULL_422 stored in full": lambda: _native(np.stack([GRAY] * 3, -1), **WITH_YBR),
    "palette of 8 bits": lambda: _native(GRAY, **_palette(8)),
    "palette of 16 bits": lambda: _native(GRAY, **_palette(16)),
    "palette of low bytes": lambda: _native(GRAY, **_low_palette()),
    "RLE": lambda: _rle(GRAY, **GRAY_IMAGE),
    "RLE in color": lambda: _rle(COLORS, **COLOR_IMAGE),
    **{
        f"JPEG, {table} table": lambda table=table: _encapsulated(
            [_jpeg(one) for one in GRAY], JPEGBaseline8Bit, table, **GRAY_IMAGE
        )
        for table in ("no", "basic", "extended")
    },
    **{
        f"JPEG, {fragments} fragments a frame, {table} table": (
            lambda table=table, fragments=fragments: _encapsulated(
                [_jpeg(one) for one in GRAY], JPEGBaseline8Bit, table, fragments, **GRAY_IMAGE
            )
        )
        for table, fragments in (("no", 2), ("basic", 2), ("no", 3), ("basic", 5))
    },
    "RLE in fragments": lambda: _in_fragments(_rle(GRAY, **GRAY_IMAGE)),
    "JPEG 2000 in fragments": lambda: _encapsulated(
        [imagecodecs.jpeg2k_encode(one, level=0, codecformat="j2k") for one in GRAY],
        JPEG2000Lossless,
        "no",
        4,
        **GRAY_IMAGE,
    ),
    "JPEG in color": lambda: _encapsulated(
        [_jpeg(one) for one in COLORS], JPEGBaseline8Bit, **WITH_YBR
    ),
    "lossless JPEG": lambda: _encapsulated(
        [imagecodecs.ljpeg_encode(one) for one in GRAY], JPEGLosslessSV1, **GRAY_IMAGE
    ),
    "signed JPEG-LS": lambda: _encapsulated(
        [imagecodecs.jpegls_encode(one.astype(np.uint16) * 14) for one in GRAY],
        JPEGLSLossless,
        **GRAY_IMAGE,
        **_deep(12, 11),
        PixelRepresentation=1,
    ),
    "lossless JPEG 2000": lambda: _encapsulated(
        [imagecodecs.jpeg2k_encode(one, level=0, codecformat="j2k") for one in COLORS],
        JPEG2000Lossless,
        **(COLOR_IMAGE | {"PhotometricInterpretation": "YBR_RCT"}),
    ),
    "JPEG 2000 that has turned colors itself, called otherwise": lambda: _encapsulated(
        [imagecodecs.jpeg2k_encode(one, level=0, codecformat="j2k", mct=True) for one in COLORS],
        JPEG2000Lossless,
        **(COLOR_IMAGE | {"PhotometricInterpretation": "YBR_FULL"}),
    ),
    "MONOCHROME1": lambda: _native(GRAY, **INVERTED, WindowCenter="90", WindowWidth="41"),
    "MONOCHROME1, rescaled downwards": lambda: _native(
        GRAY, **INVERTED, RescaleSlope="-2.5", RescaleIntercept="7"
    ),
    "MONOCHROME1 in JPEG": lambda: _encapsulated(
        [_jpeg(one) for one in GRAY], JPEGBaseline8Bit, **INVERTED
    ),
    "padded": lambda: _native(GRAY, **GRAY_IMAGE, PixelPaddingValue=int(GRAY[4].min())),
    "padded by a range": lambda: _native(
        GRAY, **GRAY_IMAGE, PixelPaddingValue=250, PixelPaddingRangeLimit=180
    ),
    "padded, on one frame alone": lambda: _native(
        np.where(np.arange(N)[:, None, None] == 6, 255, np.minimum(GRAY, 254)).astype(np.uint8),
        **GRAY_IMAGE,
        PixelPaddingValue=255,
    ),
    "padded and MONOCHROME1": lambda: _native(GRAY, **INVERTED, PixelPaddingValue=0),
    "padded in RLE": lambda: _rle(GRAY, **GRAY_IMAGE, PixelPaddingValue=int(GRAY[0].min())),
    "padded by what is nowhere": lambda: _native(
        np.maximum(GRAY, 1), **GRAY_IMAGE, PixelPaddingValue=0
    ),
    "left-aligned": lambda: _native(DEEP_GRAY << 4, **GRAY_IMAGE, **_deep(12, 15)),
    "left-aligned and padded": lambda: _native(
        DEEP_GRAY << 4, **GRAY_IMAGE, **_deep(12, 15), PixelPaddingValue=int(DEEP_GRAY[3].min())
    ),
    "left-aligned, signed": lambda: _native(
        (DEEP_GRAY.astype(np.int16) - 900) << 4,
        **GRAY_IMAGE,
        **(_deep(12, 15) | {"PixelRepresentation": 1}),
    ),
    "left-aligned by its header alone": lambda: _native(
        (DEEP_GRAY << 4) + (np.arange(N) == 7)[:, None, None].astype(np.uint16),
        **GRAY_IMAGE,
        **_deep(12, 15),
    ),
    "spare bits, empty": lambda: _native(DEEP_GRAY, **GRAY_IMAGE, **_deep(12, 11)),
    "spare bits, used on one frame": lambda: _native(
        DEEP_GRAY | ((np.arange(N) == 7)[:, None, None] * np.uint16(0x4000)),
        **GRAY_IMAGE,
        **_deep(12, 11),
    ),
    "spare bits, big endian": lambda: _native(
        DEEP_GRAY | np.uint16(0x4000), ExplicitVRBigEndian, **GRAY_IMAGE, **_deep(12, 11)
    ),
    "packed": lambda: _packed(DEEP_GRAY),
    "packed, frames of odd lengths": lambda: _packed(DEEP_GRAY[:, :39, :47]),
    "packed, signed": lambda: _packed(DEEP_GRAY[:, :39, :47], PixelRepresentation=1),
    "packed, MONOCHROME1": lambda: _packed(DEEP_GRAY, **INVERTED),
    "scaled frame by frame": lambda: _native(GRAY, **GRAY_IMAGE, **_scalings(range(1, N + 1))),
    "scaled frame by frame, the first one not": lambda: _native(
        GRAY, **GRAY_IMAGE, **_scalings([1] * 5 + [3] * 4)
    ),
    "scaled frame by frame, MONOCHROME1": lambda: _native(
        GRAY, **INVERTED, **_scalings([1] * 5 + [3] * 4), PixelPaddingValue=int(GRAY[0].min())
    ),
    "JPEG 2000": lambda: _encapsulated(
        [imagecodecs.jpeg2k_encode(one, level=40, codecformat="jp2") for one in GRAY],
        JPEG2000,
        "no",
        **GRAY_IMAGE,
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_long_cine_gives_the_frames_of_a_short_one_in_any_order(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(FILES[kind]())
    short = load_scan(path)
    assert isinstance(short.pixels, np.ndarray)
    assert short.spatial_axes == "tyx"
    assert np.ptp(short.pixels) > 50
    request.getfixturevalue("long")
    long = load_scan(path)
    assert not isinstance(long.pixels, np.ndarray)
    assert (long.axes, long.notes, long.voxel_size) == (short.axes, short.notes, short.voxel_size)
    assert long.contrast_limits == short.contrast_limits
    assert long.place.time_step == short.place.time_step == 0.04
    assert (long.pixels.shape, long.pixels.dtype) == (short.pixels.shape, short.pixels.dtype)
    for index in (8, 0, 3, 2, 7):
        np.testing.assert_array_equal(long.plane(index), short.plane(index))
    np.testing.assert_array_equal(np.asarray(long.pixels), short.pixels)
    copied = pickle.loads(pickle.dumps(long.pixels))
    np.testing.assert_array_equal(np.asarray(copied[2:5, 3:9]), short.pixels[2:5, 3:9])


READ_WHOLE = {
    "a volume": lambda: _native(GRAY, **GRAY_IMAGE, Modality="MR", FrameTime=None),
    "more frames than promised": lambda: _encapsulated(
        [_jpeg(one) for one in GRAY], JPEGBaseline8Bit, "no", **GRAY_IMAGE, NumberOfFrames=N - 1
    ),
}


@pytest.mark.filterwarnings("ignore:9 frames have been found")
@pytest.mark.parametrize("kind", READ_WHOLE)
def test_what_leaves_open_where_its_frames_begin_and_volumes_are_read_whole(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(READ_WHOLE[kind]())
    short = load_scan(path)
    request.getfixturevalue("long")
    long = load_scan(path)
    assert (long.axes, long.notes) == (short.axes, short.notes)
    np.testing.assert_array_equal(np.asarray(long.pixels), short.pixels)


def _refusal(content: bytes, path: Path) -> str:
    path.write_bytes(content)
    with pytest.raises(MulticancerError) as refused:
        load_scan(path)
    return str(refused.value)


def test_a_long_cine_that_is_cut_short_is_refused_when_it_is_opened(
    tmp_path: Path, long: None
) -> None:
    path = tmp_path / "a.dcm"
    native = _native(GRAY, **GRAY_IMAGE)
    for cut in (native[:-1], native[: -3 * FRAME], native[: -N * FRAME + 9]):
        assert _refusal(cut, path) == "a.dcm is cut short or damaged: export or copy it again."
    for table in ("no", "basic", "extended"):
        frames = [_jpeg(one) for one in GRAY]
        whole = _encapsulated(frames, JPEGBaseline8Bit, table, **GRAY_IMAGE)
        for cut, kept in ((-20, 8), (-len(frames[-1]) - len(frames[-2]), 7)):
            said = _refusal(whole[:cut], path)
            assert said == f"a.dcm promises 9 frames and holds {kept}: export or copy it again."
        missing = _encapsulated(frames[:6], JPEGBaseline8Bit, table, **GRAY_IMAGE)
        assert "promises 9 frames and holds 6: " in _refusal(missing, path)


def test_a_header_that_promises_other_pixels_than_a_long_cine_holds_is_refused(
    tmp_path: Path, long: None
) -> None:
    for elements in ({"Rows": HEIGHT - 1}, {"Columns": WIDTH - 8}, {"NumberOfFrames": N - 1}):
        said = _refusal(_native(GRAY, **GRAY_IMAGE, **elements), tmp_path / "a.dcm")
        assert "17,280 bytes of pixels where its header promises" in said, elements
    said = _refusal(_native(GRAY, **GRAY_IMAGE, NumberOfFrames=N + 1), tmp_path / "a.dcm")
    assert said == "a.dcm is cut short or damaged: export or copy it again."


@pytest.mark.parametrize("end", [b"", b"\xff\xd9"])
@pytest.mark.parametrize("number", [1, 5, 9])
def test_a_damaged_frame_of_a_long_cine_is_named_and_the_others_are_shown(
    number: int, end: bytes, tmp_path: Path, long: None
) -> None:
    frames = [_jpeg(one) for one in GRAY]
    damaged = frames[number - 1]
    frames[number - 1] = damaged[: len(damaged) * 2 // 3] + end
    path = tmp_path / "a.dcm"
    path.write_bytes(_encapsulated(frames, JPEGBaseline8Bit, **GRAY_IMAGE))
    sentence = r"^a\.dcm is damaged.*: export"
    if number == 1:
        with pytest.raises(MulticancerError, match=sentence):
            load_scan(path)
        return
    scan = load_scan(path)
    assert np.ptp(scan.plane(0 if number > 2 else 4)) > 50
    with pytest.raises(MulticancerError, match=rf"^a\.dcm is damaged at frame {number}: export or"):
        scan.plane(number - 1)


def test_a_long_cine_that_is_gone_or_another_one_says_so(tmp_path: Path, long: None) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(_native(GRAY, **GRAY_IMAGE))
    scan = load_scan(path)
    path.write_bytes(_native(GRAY[:, ::-1], **GRAY_IMAGE, PatientID="other"))
    with pytest.raises(MulticancerError, match=r"^a\.dcm has changed, .*: open it again\.$"):
        scan.plane(2)
    path.unlink()
    with pytest.raises(MulticancerError, match=r"^a\.dcm has changed, .*: open it again\.$"):
        scan.plane(4)


def test_a_long_cine_keeps_nothing_of_the_patient(tmp_path: Path, long: None) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(_rle(GRAY, **GRAY_IMAGE))
    assert b"Doe^Jane" not in pickle.dumps(load_scan(path).pixels)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["native", "RLE", "MONOCHROME1", "padded"])
def test_of_a_long_cine_a_few_frames_are_in_memory(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    n, side = 200, 200
    fours = np.random.default_rng(0).integers(0, 9, (n, side, side // 4)).astype(np.uint8)
    pixels = np.repeat(fours, 4, axis=2)  # noise takes long to be packed
    elements = {**GRAY_IMAGE, "NumberOfFrames": n, "Rows": side, "Columns": side}
    path = tmp_path / "a.dcm"
    told = {
        "MONOCHROME1": {"PhotometricInterpretation": "MONOCHROME1"},
        "padded": {"PixelPaddingValue": 8},
    }
    write = _rle if kind == "RLE" else _native
    path.write_bytes(write(pixels, **(elements | told.get(kind, {}))))
    shown = {"MONOCHROME1": 8 - pixels, "padded": np.where(pixels == 8, 0, pixels)}
    monkeypatch.setattr(cine, "LARGEST_IN_MEMORY", 3 * side * side)
    monkeypatch.setattr(on_demand, "BLOCK_BYTES", 2 * side * side)
    load_scan(path).plane(0)  # so that libraries are loaded
    tracemalloc.start()
    scan: Scan = load_scan(path)
    for index, plane in scan.planes():
        assert np.array_equal(plane, shown.get(kind, pixels)[index])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < pixels.nbytes / 4
