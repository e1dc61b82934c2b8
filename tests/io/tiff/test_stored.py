"""Tags that describe other pixels than the file stores: nothing wrong comes out without a word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io import load_scan

PLANE = np.random.default_rng(0).integers(0, 65535, (40, 50)).astype(np.uint16)
BYTES = (PLANE >> 8).astype(np.uint8)
COLOR = np.stack([BYTES] * 3, -1)


def _with_tag(path: Path, name: str, value: int) -> None:
    with tifffile.TiffFile(path) as tiff:
        tag = tiff.pages[0].tags[name]
    content = bytearray(path.read_bytes())
    n_bytes = 2 if int(tag.dtype) == 3 else 4
    content[tag.valueoffset : tag.valueoffset + n_bytes] = value.to_bytes(n_bytes, "little")
    path.write_bytes(content)


def _refused(path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"scan\.tif .*: (export|save)"):
        load_scan(path)


def _write(path: Path, pixels: np.ndarray, **options: Any) -> Path:
    options = {"photometric": "minisblack", "metadata": None, **options}
    tifffile.imwrite(path / "scan.tif", pixels, **options)
    return path / "scan.tif"


@pytest.mark.parametrize("compression", [None, "lzw", "zlib", "packbits", "zstd"])
@pytest.mark.parametrize("strips", [{}, {"rowsperstrip": 8}], ids=str)
@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("ImageWidth", 40),
        ("ImageWidth", 49),
        ("ImageWidth", 51),
        ("ImageWidth", 60),
        ("ImageLength", 20),
        ("ImageLength", 80),
        ("BitsPerSample", 8),
        ("BitsPerSample", 32),
        ("SamplesPerPixel", 3),
    ],
)
def test_sizes_that_the_stored_pixels_do_not_have_are_refused(
    tag: str, value: int, strips: dict, compression: str | None, tmp_path: Path
) -> None:
    path = _write(tmp_path, PLANE, compression=compression, **strips)
    _with_tag(path, tag, value)
    _refused(path)


TILES = {"tile": (32, 32)}
LIES = {
    "few bits": (BYTES, {"compression": "zlib"}, "BitsPerSample", 4),
    "few bits, packed": (BYTES, {"compression": "packbits"}, "BitsPerSample", 1),
    "few bits in tiles": (BYTES, TILES, "BitsPerSample", 4),
    "other tiles": (BYTES, TILES, "TileWidth", 31),
    "fax of 8 bits": (BYTES, {}, "Compression", 3),
    "in the header": (BYTES, {}, "StripOffsets", 2),
    "among the tags": (BYTES, {}, "StripOffsets", 40),
    "nowhere": (BYTES, {"compression": "zlib"}, "StripOffsets", 0),
    "nothing": (BYTES, {"compression": "zlib"}, "StripByteCounts", 0),
    "a JPEG that is wider": (BYTES, {"compression": "jpeg"}, "ImageWidth", 32),
    "a JPEG that is higher": (BYTES, {"compression": "jpeg"}, "ImageLength", 32),
    "a JPEG of one bit": (BYTES, {"compression": "jpeg"}, "BitsPerSample", 1),
    "a JPEG without end": (BYTES, {"compression": "jpeg"}, "StripByteCounts", 900),
    "samples in no order": (COLOR, {"photometric": "rgb"}, "PlanarConfiguration", 3),
}


@pytest.mark.parametrize("name", LIES)
def test_what_would_give_other_pixels_is_refused(name: str, tmp_path: Path) -> None:
    pixels, options, tag, value = LIES[name]
    path = _write(tmp_path, pixels, **options)
    _with_tag(path, tag, value)
    _refused(path)


def test_strips_that_overlap_are_refused(tmp_path: Path) -> None:
    path = _write(tmp_path, BYTES, rowsperstrip=8)
    with tifffile.TiffFile(path) as tiff:
        second = tiff.pages[0].dataoffsets[1]
    _with_tag(path, "StripOffsets", second - 10)
    _refused(path)


def test_a_page_that_takes_pixels_of_the_next_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path, np.stack([BYTES, BYTES]))
    with tifffile.TiffFile(path) as tiff:
        first = tiff.pages[0].dataoffsets[0]
    _with_tag(path, "StripOffsets", first + 100)
    _refused(path)


@pytest.mark.parametrize("rows", [17, 40])
@pytest.mark.parametrize("compression", [None, "lzw"])
def test_a_last_strip_that_is_filled_up_is_no_lie(
    rows: int, compression: str | None, tmp_path: Path
) -> None:
    filled = np.zeros((-(-40 // rows) * rows, 50), np.uint16)
    filled[:40] = PLANE
    path = _write(tmp_path, filled, rowsperstrip=rows, compression=compression)
    _with_tag(path, "ImageLength", 40)
    np.testing.assert_array_equal(load_scan(path).pixels, PLANE)


def test_strips_filled_up_to_sectors_of_a_disk_are_no_lie(tmp_path: Path) -> None:
    path = _write(tmp_path, PLANE)
    with path.open("ab") as file:
        file.write(bytes(96))
    _with_tag(path, "StripByteCounts", 4096)
    np.testing.assert_array_equal(load_scan(path).pixels, PLANE)


def test_equal_tiles_may_share_their_bytes(tmp_path: Path) -> None:
    path = _write(tmp_path, np.tile(BYTES[:32, :32], (1, 2)), tile=(32, 32))
    with tifffile.TiffFile(path) as tiff:
        second = tiff.pages[0].dataoffsets[1]
    _with_tag(path, "TileOffsets", second)
    np.testing.assert_array_equal(load_scan(path).pixels, np.tile(BYTES[:32, :32], (1, 2)))
