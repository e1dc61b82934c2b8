"""Tags of a TIFF that contradict its pixels, or are damaged, are refused instead of guessed."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.io import load_scan

RAMP = np.tile(np.arange(0, 256, 8, dtype=np.uint8), (24, 1))
TABLE = np.stack([np.arange(256) * 256, np.arange(256)[::-1] * 256, np.arange(256) * 128])


def _with_tag(path: Path, code: int, part: int, value: int) -> None:
    """Change the code, type, count or value (0 to 3) of a tag of the first page."""
    with tifffile.TiffFile(path) as tiff:
        tag = tiff.pages[0].tags[code]
        at, letter = tag.offset + (0, 2, 4, 8)[part], "HHII"[part]
        letter = "H" if part == 3 and tag.dtype == 3 and tag.count == 1 else letter
    content = path.read_bytes()
    new = struct.pack(f"<{letter}", value)
    path.write_bytes(content[:at] + new + content[at + len(new) :])


@pytest.mark.parametrize(("part", "value"), [(0, 0x7F00), (1, 99), (3, 10**6)])
def test_a_palette_that_is_missing_is_refused(part: int, value: int, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, RAMP, photometric="palette", colormap=TABLE.astype(np.uint16))
    _with_tag(path, 320, part, value)
    with pytest.raises(MulticancerError, match=r"^a\.tif has a damaged palette of colors"):
        load_scan(path)


@pytest.mark.parametrize(("part", "value"), [(0, 0x7F00), (1, 99), (2, 4)])
def test_a_table_of_colors_is_used_though_the_tag_that_says_so_is_damaged(
    part: int, value: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, RAMP, photometric="palette", colormap=TABLE.astype(np.uint16))
    right = load_scan(path).pixels
    _with_tag(path, 262, part, value)
    np.testing.assert_array_equal(load_scan(path).pixels, right)


@pytest.mark.parametrize(("part", "value"), [(0, 0x7F00), (1, 99), (2, 4)])
def test_where_nothing_tells_black_from_white_it_is_said(
    part: int, value: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, RAMP, photometric="miniswhite")
    assert load_scan(path).notes == ()
    _with_tag(path, 262, part, value)
    assert load_scan(path).notes == (
        "a.tif does not say whether its smallest value is black: it is read so.",
    )


@pytest.mark.parametrize(("part", "value"), [(0, 0x7F00), (1, 99), (2, 2)])
def test_samples_stored_apart_without_their_lengths_are_refused(
    part: int, value: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.tif"
    colors = np.stack([RAMP, RAMP // 2, 255 - RAMP])
    tifffile.imwrite(path, colors, photometric="rgb", planarconfig="separate")
    _with_tag(path, 279, part, value)
    with pytest.raises(MulticancerError, match=r"^a\.tif .*: "):
        load_scan(path)


@pytest.mark.parametrize("bits", [3, 7, 8, 12])
@pytest.mark.parametrize("rows", [24, 64])
def test_fewer_bits_than_are_stored_are_refused(bits: int, rows: int, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    stack = np.resize(RAMP, (4, rows, 32)).astype(np.uint16) + 1
    tifffile.imwrite(path, stack, photometric="minisblack")
    _with_tag(path, 258, 3, bits)
    with pytest.raises(MulticancerError, match=r"^a\.tif says that it measures"):
        load_scan(path)


@pytest.mark.parametrize("rows_a_strip", [5, 24])
def test_strips_that_fill_whole_sectors_of_a_disk_open(rows_a_strip: int, tmp_path: Path) -> None:
    path, sector = tmp_path / "a.tif", 512
    strips = [RAMP[at : at + rows_a_strip] for at in range(0, 24, rows_a_strip)]
    stored = [strip.tobytes().ljust(-(-strip.size // sector) * sector, b"\0") for strip in strips]
    start, tags = 1024, 8 + 2 + 9 * 12 + 4
    offsets = [start + sum(map(len, stored[:n])) for n in range(len(stored))]
    counts = [len(one) for one in stored]
    n, lists = len(stored), struct.pack(f"<{2 * len(stored)}I", *offsets, *counts)
    at = (tags, tags + 4 * n) if n > 1 else (offsets[0], counts[0])
    entries = [(256, 32), (257, 24), (258, 8), (259, 1), (262, 1), (273, at[0], n), (277, 1)]
    entries += [(278, rows_a_strip), (279, at[1], n)]
    directory = struct.pack("<H", len(entries)) + b"".join(
        struct.pack("<HHII", code, 4, *(count or (1,)), value) for code, value, *count in entries
    )
    content = b"II*\0" + struct.pack("<I", 8) + directory + bytes(4) + lists
    path.write_bytes(content.ljust(start, b"\0") + b"".join(stored))
    np.testing.assert_array_equal(load_scan(path).pixels, RAMP)


def test_an_unknown_compression_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.stack([RAMP] * 3, -1), photometric="rgb", compression="jpeg")
    _with_tag(path, 259, 3, 4095)
    with pytest.raises(MulticancerError, match=r"^a\.tif .*: (save|export)"):
        load_scan(path)
