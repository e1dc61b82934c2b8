"""JPEG of more than 8 bits, lossless or not, and JPEG-LS: read as they are stored."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.io import load_scan
from napari_multicancer.io.upright import ORIENTATION

DEEP = np.random.default_rng(0).integers(0, 4096, (40, 48)).astype(np.uint16)
COLORS = np.stack([DEEP, DEEP // 2, 4095 - DEEP], axis=-1)

Encode = Callable[[np.ndarray], bytes]


def _lossless(pixels: np.ndarray) -> bytes:
    return imagecodecs.jpeg8_encode(pixels, lossless=True, bitspersample=16)


def _lossy(pixels: np.ndarray) -> bytes:
    return imagecodecs.jpeg8_encode(pixels, level=100, bitspersample=12)


LOSSLESS = pytest.mark.parametrize("encode", [_lossless, imagecodecs.jpegls_encode])


@LOSSLESS
@pytest.mark.parametrize("pixels", [DEEP, DEEP * np.uint16(16), COLORS], ids=["12", "16", "RGB"])
@pytest.mark.parametrize("name", ["a.jpg", "a.ljpg", "a.jls", "a"])
def test_lossless_samples_are_read_as_they_are_stored(
    encode: Encode, pixels: np.ndarray, name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(encode(pixels))
    scan = load_scan(tmp_path / name)
    assert scan.axes == "yxc"[: pixels.ndim]
    assert scan.pixels.dtype == np.uint16
    np.testing.assert_array_equal(scan.pixels, pixels)
    assert scan.voxel_size is None


def test_jpeg_ls_of_eight_bits_is_read(tmp_path: Path) -> None:
    pixels = (DEEP >> 4).astype(np.uint8)
    (tmp_path / "a.jls").write_bytes(imagecodecs.jpegls_encode(pixels))
    np.testing.assert_array_equal(load_scan(tmp_path / "a.jls").pixels, pixels)


def test_lossy_samples_of_twelve_bits_keep_them(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(_lossy(DEEP))
    np.testing.assert_allclose(load_scan(tmp_path / "a.jpg").pixels, DEEP, atol=8)


@pytest.mark.parametrize("encode", [_lossless, _lossy, imagecodecs.jpegls_encode])
@pytest.mark.parametrize("part", [0.4, 0.9])
def test_one_that_was_cut_and_closed_again_is_refused(
    encode: Encode, part: float, tmp_path: Path
) -> None:
    content = encode(DEEP)
    (tmp_path / "a.jpg").write_bytes(content[: int(part * len(content))] + b"\xff\xd9")
    with pytest.raises(UnreadableFileError, match="copy it again"):
        load_scan(tmp_path / "a.jpg")


@LOSSLESS
@pytest.mark.parametrize("sides", [(31, 48), (49, 48), (40, 39), (40, 57)])
def test_sides_that_lie_are_refused(encode: Encode, sides: tuple[int, int], tmp_path: Path) -> None:
    content = bytearray(encode(DEEP))
    struct.pack_into(">HH", content, content.index(struct.pack(">HH", 40, 48)), *sides)
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(UnreadableFileError, match="copy it again"):
        load_scan(tmp_path / "a.jpg")


def test_sides_that_are_too_large_are_refused_by_the_header(tmp_path: Path) -> None:
    content = _lossless(DEEP).replace(struct.pack(">HH", 40, 48), struct.pack(">HH", 60000, 60000))
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(UnsupportedScanError, match="crop it or scale it down"):
        load_scan(tmp_path / "a.jpg")


def test_it_stands_upright_as_exif_says(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    told = b"Exif\0\0" + exif.tobytes().removeprefix(b"Exif\0\0")
    content = _lossless(DEEP)
    segment = b"\xff\xe1" + struct.pack(">H", len(told) + 2) + told
    (tmp_path / "a.jpg").write_bytes(content[:2] + segment + content[2:])
    np.testing.assert_array_equal(load_scan(tmp_path / "a.jpg").pixels, np.rot90(DEEP, -1))
