"""A PNG or BMP whose header tells other sides than its pixels have is refused."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io import load_scan
from napari_multicancer.io.picture.left_over import check_left_over
from napari_multicancer.samples import SAMPLES

MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
GREY = np.random.default_rng(5).integers(0, 256, (40, 48), np.uint8)


def _saved(kind: str, mode: str, size: tuple[int, int] = (48, 40), **options: object) -> bytes:
    grey = Image.fromarray(GREY).resize(size)
    buffer = io.BytesIO()
    image = Image.fromarray(np.asarray(grey).astype(np.uint16) * 3) if mode == "I;16" else grey
    (image if mode == "I;16" else image.convert(mode)).save(buffer, kind, **options)
    return buffer.getvalue()


def _interlaced() -> bytes:
    """Of a single color, as no library at hand writes interlaced pictures."""
    rows = b"".join(
        (b"\0" + b"\x50" * -(-(48 - left) // right)) * -(-(40 - top) // down)
        for left, right, top, down in (
            *((0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2)),
            (0, 1, 1, 2),
        )
    )
    header = struct.pack(">IIBBBBB", 48, 40, 8, 0, 0, 0, 1)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return PngImagePlugin._MAGIC + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def _with_sides(png: bytes, width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">II", width, height) + png[24:29]
    return png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]


PNGS = {mode: _saved("PNG", mode) for mode in MODES} | {"interlaced": _interlaced()}


@pytest.mark.parametrize("kind", PNGS)
@pytest.mark.parametrize("sides", [(48, 39), (48, 20), (24, 40), (47, 40)])
def test_a_png_with_sides_told_too_small_is_refused(
    kind: str, sides: tuple[int, int], tmp_path: Path
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(PNGS[kind])
    assert load_scan(path).pixels.shape[:2] == (40, 48)
    if kind == "1" and sides[0] == 47:
        pytest.skip("rows of 47 and 48 bits take the same six bytes")
    path.write_bytes(_with_sides(PNGS[kind], *sides))
    with pytest.raises(UnreadableFileError, match=r"^a\.png holds (other pixels|fewer rows)"):
        load_scan(path)


@pytest.mark.parametrize("kind", PNGS)
def test_a_png_of_too_few_rows_is_refused_before_there_is_room_for_them(
    kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(_with_sides(PNGS[kind], 48, 300_000))
    with pytest.raises(UnreadableFileError, match=r"^a\.png holds fewer rows than it promises"):
        load_scan(path)


@settings(max_examples=60)
@given(st.sampled_from(MODES), st.integers(1, 70), st.integers(1, 70), st.integers(0, 9))
def test_no_sound_png_is_refused(mode: str, width: int, height: int, level: int) -> None:
    content = _saved("PNG", mode, (width, height), compress_level=level)
    check_left_over(io.BytesIO(content), "PNG", "a.png")


@settings(max_examples=60)
@given(st.sampled_from(("1", "L", "P", "RGB", "RGBA")), st.integers(1, 70), st.integers(1, 70))
def test_no_sound_bmp_is_refused(mode: str, width: int, height: int) -> None:
    check_left_over(io.BytesIO(_saved("BMP", mode, (width, height))), "BMP", "a.bmp")


def test_animations_and_samples_are_sound(tmp_path: Path) -> None:
    first, second = Image.fromarray(GREY), Image.fromarray(255 - GREY)
    first.save(tmp_path / "a.png", save_all=True, append_images=[second, first])
    assert load_scan(tmp_path / "a.png").n_planes == 3
    for sample in SAMPLES:
        assert load_scan(sample.path).n_planes


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
@pytest.mark.parametrize(
    ("at", "value"), [(22, 39), (22, 8), (18, 15), (10, 20), (10, 53)], ids=str
)
def test_a_bmp_whose_header_is_wrong_is_refused(
    mode: str, at: int, value: int, tmp_path: Path
) -> None:
    content = _saved("BMP", mode)
    path = tmp_path / "a.bmp"
    path.write_bytes(content[:at] + struct.pack("<I", value) + content[at + 4 :])
    with pytest.raises(UnreadableFileError, match=r"^a\.bmp holds other pixels than its width"):
        load_scan(path)
