"""A JPEG that holds less or more than its header promises is told, and a whole one is not."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any

import imagecodecs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from napari_multicancer.io.jpeg import whole
from napari_multicancer.io.jpeg.whole import Wrong, what_is_wrong
from napari_multicancer.samples import FOLDER

HEIGHT, WIDTH = 150, 200


def _sample(mode: str, height: int = HEIGHT) -> Image.Image:
    with Image.open(FOLDER / "breast_malignant.png") as image:
        return image.convert("RGB").resize((WIDTH, height)).convert(mode)


def _by_pillow(mode: str, **options: Any) -> bytes:
    written = io.BytesIO()
    _sample(mode).save(written, "JPEG", quality=90, **options)
    return written.getvalue()


def _by_imagecodecs(mode: str, **options: Any) -> bytes:
    return imagecodecs.jpeg8_encode(np.array(_sample(mode)), level=90, **options)


def _deep() -> np.ndarray:
    return np.asarray(_sample("L")).astype(np.uint16) * 16


JPEGS: dict[str, tuple[Callable[[], bytes], tuple[int, int]]] = {
    "gray": (lambda: _by_pillow("L"), (8, 8)),
    "gray, progressive": (lambda: _by_pillow("L", progressive=True), (8, 8)),
    "gray, with restarts": (lambda: _by_pillow("L", restart_marker_blocks=7), (8, 8)),
    "gray, a restart a row": (lambda: _by_pillow("L", restart_marker_rows=1), (8, 8)),
    "colors": (lambda: _by_pillow("RGB", subsampling=0), (8, 8)),
    "colors, halved across": (lambda: _by_pillow("RGB", subsampling=1), (8, 16)),
    "colors, halved": (lambda: _by_pillow("RGB", subsampling=2), (16, 16)),
    "colors, halved down": (lambda: _by_imagecodecs("RGB", subsampling="440"), (16, 8)),
    "colors, quartered across": (lambda: _by_imagecodecs("RGB", subsampling="411"), (8, 32)),
    "colors, progressive": (lambda: _by_pillow("RGB", subsampling=2, progressive=True), (16, 32)),
    "colors, with restarts": (lambda: _by_pillow("RGB", restart_marker_blocks=3), (16, 16)),
    "inks": (lambda: _by_pillow("CMYK"), (8, 8)),
    "12 bits": (lambda: imagecodecs.jpeg8_encode(_deep(), level=95, bitspersample=12), (8, 8)),
    "lossless": (lambda: imagecodecs.ljpeg_encode(_deep()), (1, 1)),
    "lossless colors": (lambda: _by_imagecodecs("RGB", lossless=True), (1, 1)),
}
"""How to make one, and height and width of the units that it is coded in."""


def _with_sides(jpeg: bytes, height: int, width: int) -> bytes:
    at = jpeg.index(struct.pack(">HH", HEIGHT, WIDTH))
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


@pytest.mark.parametrize("kind", JPEGS)
def test_sides_that_are_told_otherwise_are_noticed_from_a_unit_on(kind: str) -> None:
    make, (down, across) = JPEGS[kind]
    jpeg = make()
    assert what_is_wrong(jpeg) is None
    for height in (HEIGHT - 2 * down, HEIGHT // 2):
        assert what_is_wrong(_with_sides(jpeg, height, WIDTH)) is Wrong.MORE, height
    for width in (WIDTH - across, WIDTH // 2):
        assert what_is_wrong(_with_sides(jpeg, HEIGHT, width)) is Wrong.MORE, width
    for sides in ((HEIGHT + down, WIDTH), (HEIGHT, WIDTH + across), (2 * HEIGHT, WIDTH)):
        assert what_is_wrong(_with_sides(jpeg, *sides)) is Wrong.CUT, sides


def test_a_row_of_blocks_that_fills_16_rows_up_is_not_too_much() -> None:
    written = io.BytesIO()
    _sample("L", 144).save(written, "JPEG")
    sides = struct.pack(">HH", 144, WIDTH)
    for height in (136, 129):
        told = struct.pack(">HH", height, WIDTH)
        assert what_is_wrong(written.getvalue().replace(sides, told)) is None
    for height in (128, 120):
        told = struct.pack(">HH", height, WIDTH)
        assert what_is_wrong(written.getvalue().replace(sides, told)) is Wrong.MORE


def test_a_whole_jpeg_is_decoded_for_this_once_and_a_few_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoded, decode = [], whole._decoded
    monkeypatch.setattr(
        whole, "_decoded", lambda jpeg, walk: decoded.append(len(jpeg)) or decode(jpeg, walk)
    )
    monkeypatch.setattr(whole, "_whole", {})
    monkeypatch.setattr(whole, "_REMEMBERED", 2)
    one, two, three = (_by_pillow("L", comment=bytes([n])) for n in range(3))
    cut = one[: len(one) // 2] + b"\xff\xd9"
    for jpeg, times in ((one, 2), (one, 0), (cut, 2), (cut, 2), (two, 2), (three, 2), (two, 0)):
        decoded.clear()
        assert (what_is_wrong(jpeg) is None) == (jpeg is not cut)
        assert len(decoded) == times
    decoded.clear()
    assert what_is_wrong(one) is None
    assert len(decoded) == 2, "the oldest is forgotten"


def test_a_picture_of_one_color_is_believed() -> None:
    for color in (0, 127, 128, 255):
        written = io.BytesIO()
        Image.new("L", (WIDTH, HEIGHT), color).save(written, "JPEG", optimize=True)
        assert what_is_wrong(written.getvalue()) is None


@given(
    arrays.arrays(np.uint8, st.tuples(st.integers(16, 40), st.integers(16, 40))),
    st.sampled_from(["L", "RGB", "CMYK"]),
    st.fixed_dictionaries(
        {
            "progressive": st.booleans(),
            "optimize": st.booleans(),
            "subsampling": st.sampled_from([0, 1, 2]),
            "quality": st.integers(1, 100),
            "restart_marker_blocks": st.integers(0, 5),
            "comment": st.binary(max_size=9),
        }
    ),
    st.binary(max_size=9),
)
def test_nothing_is_wrong_with_a_whole_jpeg(
    pixels: np.ndarray, mode: str, options: dict[str, Any], behind: bytes
) -> None:
    written = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(written, "JPEG", **options)
    content = written.getvalue()
    assert what_is_wrong(content + behind) is None
