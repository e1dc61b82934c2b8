"""A GIF whose sides do not fit its pixels is refused; all that programs write opens."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io import load_scan
from napari_multicancer.io.picture import gif_sides

NOISE = np.random.default_rng(3).integers(0, 256, (90, 120), np.uint8)


def gif(pictures: list[np.ndarray], **options: object) -> bytes:
    first, *others = (Image.fromarray(picture) for picture in pictures)
    buffer = io.BytesIO()
    more = {"save_all": True, "append_images": others, "duration": 40} if others else {}
    first.save(buffer, "GIF", **more, **options)
    return buffer.getvalue()


def with_side(content: bytes, picture: int, field: int, step: int) -> bytes:
    """Change left, top, width or height (0 to 3) of a picture by a step."""
    at = 0
    for _ in range(picture + 1):
        at = content.index(b"\x2c", content.index(b"\x21\xf9\x04", at) + 8)
    (value,) = struct.unpack_from("<H", content, at + 1 + 2 * field)
    place = at + 1 + 2 * field
    return content[:place] + struct.pack("<H", value + step) + content[place + 2 :]


FILM = gif([NOISE, 255 - NOISE, NOISE[::-1]], disposal=1, transparency=0)


@pytest.mark.parametrize("picture", [0, 1, 2])
@pytest.mark.parametrize(("field", "step"), [(2, -1), (2, -60), (3, -1), (3, -45)])
def test_a_side_that_is_told_too_small_is_refused(
    picture: int, field: int, step: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(with_side(FILM, picture, field, step))
    says = rf"^Picture {picture + 1} of a\.gif holds 10800 pixels, and its sides promise"
    with pytest.raises(UnreadableFileError, match=says):
        load_scan(path)


@pytest.mark.parametrize(("field", "step"), [(0, 1), (1, 7), (2, 1), (3, 60)])
def test_a_picture_that_leaves_its_screen_is_refused(field: int, step: int, tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(with_side(FILM, 1, field, step))
    with pytest.raises(UnreadableFileError, match=r"^Picture 2 of a\.gif, of .* lies beside its"):
        load_scan(path)


def test_a_side_that_is_told_too_large_within_a_large_screen_is_refused(tmp_path: Path) -> None:
    content = with_side(FILM, 0, 3, 5)
    path = tmp_path / "a.gif"
    path.write_bytes(content[:8] + struct.pack("<H", 100) + content[10:])
    with pytest.raises(
        UnreadableFileError, match=r"holds 10800 pixels, and .* promise 95 x 120 pixels:"
    ):
        load_scan(path)


def test_a_screen_that_the_first_picture_does_not_fill_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    path.write_bytes(FILM[:6] + struct.pack("<HH", 130, 95) + FILM[10:])
    scan = load_scan(path)
    assert scan.pixels.shape[1:3] == (95, 130)
    assert scan.notes == (
        "The first picture, of 90 x 120 pixels, fills its screen of 95 x 130 partly.",
    )


@settings(max_examples=60)
@given(st.integers(1, 80), st.integers(1, 80), st.sampled_from([1, 2, 5, 16, 255]), st.booleans())
def test_all_pictures_are_counted_exactly(
    height: int, width: int, levels: int, interlaced: bool
) -> None:
    pixels = np.random.default_rng(height).integers(0, levels, (height, width), np.uint8)
    content = gif([pixels], interlace=interlaced, optimize=levels < 16)
    assert gif_sides.check_sides(io.BytesIO(content), "a.gif") == ()


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((700, 900), np.uint8), NOISE.repeat(9, axis=0).repeat(7, axis=1)],
    ids=["flat", "noise"],
)
def test_tables_of_codes_that_fill_up_are_counted(pixels: np.ndarray, tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(gif([pixels]))
    np.testing.assert_array_equal(load_scan(tmp_path / "a.gif").plane(0), pixels)


def test_pictures_of_parts_as_programs_write_them_open(tmp_path: Path) -> None:
    moved = NOISE.copy()
    moved[20:30, 40:60] = 7
    (tmp_path / "a.gif").write_bytes(gif([NOISE, moved, NOISE]))
    scan = load_scan(tmp_path / "a.gif")
    np.testing.assert_array_equal(scan.pixels, np.stack([NOISE, moved, NOISE]))
    assert scan.notes == ()


def test_codes_that_make_no_sense_cost_nothing() -> None:
    assert gif_sides.count_pixels(b"\xff" * 1000, 255) == 0
    assert gif_sides.count_pixels(b"\xff" * 1000, 8) == 0


def test_counting_ends_where_it_would_take_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    monkeypatch.setattr(gif_sides, "LARGEST_COUNTED", 30_000)
    count = gif_sides.count_pixels
    monkeypatch.setattr(
        gif_sides, "count_pixels", lambda data, code: counted.append(data) or count(data, code)
    )
    (tmp_path / "a.gif").write_bytes(FILM)
    assert load_scan(tmp_path / "a.gif").n_planes == 3
    assert len(counted) < 3
