"""A TIFF looks the same however its colors are stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.io import load_scan
from tests.io.ink_profile import grey_inks

ROWS, COLUMNS = np.mgrid[:24, :40]
GREY = (40 + 5 * COLUMNS).astype(np.uint8)
COLOR = np.stack([GREY, GREY // 2, 250 - GREY], -1).astype(np.uint8)
ALPHA = (255 - 10 * ROWS).astype(np.uint8)
SHORT = 3


def _seen(path: Path, pixels: np.ndarray, **options: Any) -> np.ndarray:
    options = {"metadata": None, **options}
    tifffile.imwrite(path / "scan.tif", pixels, **options)
    scan = load_scan(path / "scan.tif")
    scan.check()
    return np.asarray(scan.pixels)


def _with_alpha(colors: np.ndarray, kind: str) -> np.ndarray:
    colors = colors.reshape(24, 40, -1)
    alpha = ALPHA[..., None]
    if kind == "assocalpha":
        colors = np.rint(colors * (alpha / 255)).astype(np.uint8)
    return np.concatenate([colors, alpha], -1)


@pytest.mark.parametrize("kind", ["unspecified", "unassalpha", "assocalpha"])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_alpha_is_left_out_of_grey(kind: str, planar: str, tmp_path: Path) -> None:
    stored = _with_alpha(GREY, kind)
    stored = np.moveaxis(stored, -1, 0) if planar == "separate" else stored
    seen = _seen(
        tmp_path, stored, photometric="minisblack", planarconfig=planar, extrasamples=[kind]
    )
    shown = ALPHA > 100
    np.testing.assert_allclose(seen[shown], GREY[shown].astype(int), atol=2)
    assert seen.shape == GREY.shape


def test_a_second_value_that_is_not_explained_is_told(tmp_path: Path) -> None:
    options = {"photometric": "minisblack", "planarconfig": "contig"}
    for kind in ("unspecified", "unassalpha"):
        tifffile.imwrite(
            tmp_path / "scan.tif", _with_alpha(GREY, kind), extrasamples=[kind], **options
        )
        notes = load_scan(tmp_path / "scan.tif").notes
        assert ("second value a pixel" in " ".join(notes)) is (kind == "unspecified")


@pytest.mark.parametrize("kind", ["unspecified", "unassalpha", "assocalpha"])
def test_colors_are_those_before_alpha(kind: str, tmp_path: Path) -> None:
    seen = _seen(tmp_path, _with_alpha(COLOR, kind), photometric="rgb", extrasamples=[kind])
    shown = ALPHA > 100
    np.testing.assert_allclose(seen[shown][:, :3], COLOR[shown].astype(int), atol=2)
    assert seen.shape[-1] == (3 if kind == "unspecified" else 4)


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.uint16, np.int16, np.float32])
def test_where_white_is_zero_much_is_bright(dtype: type, tmp_path: Path) -> None:
    stored = (GREY > 100) if dtype is np.bool_ else GREY.astype(dtype)
    seen = _seen(tmp_path, stored, photometric="miniswhite").astype(float)
    expected = {"b": 1, "u": np.iinfo(stored.dtype).max if stored.dtype.kind == "u" else 0}
    top = expected.get(stored.dtype.kind, -1 if stored.dtype.kind == "i" else 0)
    np.testing.assert_array_equal(seen, top - stored.astype(float))


def test_where_white_is_zero_four_bits_stay_four_bits(tmp_path: Path) -> None:
    seen = _seen(tmp_path, GREY // 16, photometric="miniswhite", bitspersample=4)
    np.testing.assert_array_equal(seen, 15 - GREY // 16)


def _inks(colors: np.ndarray, white: int = 255) -> np.ndarray:
    black = np.full((24, 40, 1), 0)
    return np.concatenate([white - colors.astype(int) * (white // 255), black], -1)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_inks_become_rgb(dtype: type, planar: str, tmp_path: Path) -> None:
    inks = _inks(COLOR, np.iinfo(dtype).max).astype(dtype)
    inks = np.moveaxis(inks, -1, 0) if planar == "separate" else inks
    seen = _seen(tmp_path, inks, photometric="separated", planarconfig=planar)
    np.testing.assert_array_equal(seen, COLOR)


def test_black_ink_darkens_all_colors(tmp_path: Path) -> None:
    inks = np.zeros((24, 40, 4), np.uint8)
    inks[..., 3] = 255 - GREY
    seen = _seen(tmp_path, inks, photometric="separated")
    np.testing.assert_array_equal(seen, np.stack([GREY] * 3, -1))


def test_inks_with_alpha_become_rgb(tmp_path: Path) -> None:
    inks = np.concatenate([_inks(COLOR), ALPHA[..., None]], -1).astype(np.uint8)
    seen = _seen(tmp_path, inks, photometric="separated", extrasamples=["unassalpha"])
    np.testing.assert_array_equal(seen, COLOR)


def test_inks_count_from_the_value_that_the_file_calls_none(tmp_path: Path) -> None:
    dot_range = (336, SHORT, 2, (255, 0), True)
    inks = 255 - _inks(COLOR).astype(np.uint8)
    seen = _seen(tmp_path, inks, photometric="separated", extratags=[dot_range])
    np.testing.assert_array_equal(seen, COLOR)


def test_inks_look_as_the_files_profile_says(tmp_path: Path) -> None:
    inks = np.zeros((24, 40, 4), np.uint8)
    inks[:, 20:, 0] = 255
    seen = _seen(tmp_path, inks, photometric="separated", iccprofile=grey_inks()).astype(int)
    assert seen[0, 0].tolist() == [255, 255, 255]
    np.testing.assert_allclose(seen[0, 30], 198, atol=3)  # L* = 80, and no cyan


@pytest.mark.parametrize("profile", [b"no profile", None])
def test_a_profile_that_is_none_for_inks_changes_nothing(
    profile: bytes | None, tmp_path: Path
) -> None:
    profile = profile or ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    inks = _inks(COLOR).astype(np.uint8)
    seen = _seen(tmp_path, inks, photometric="separated", iccprofile=profile)
    np.testing.assert_array_equal(seen, COLOR)


def test_other_inks_are_refused_and_named(tmp_path: Path) -> None:
    inks = np.zeros((24, 40, 4), np.uint8)
    other = (332, SHORT, 1, 2, True)
    tifffile.imwrite(tmp_path / "scan.tif", inks, photometric="separated", extratags=[other])
    with pytest.raises(UnsupportedScanError, match=r"scan.tif stores colors .*SEPARATED.*: save"):
        load_scan(tmp_path / "scan.tif")


def _ycbcr(colors: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(colors).convert("YCbCr"))


@pytest.mark.parametrize("compression", [None, "zlib", "lzw"])
def test_luma_and_chroma_become_rgb(compression: str | None, tmp_path: Path) -> None:
    seen = _seen(tmp_path, _ycbcr(COLOR), photometric="ycbcr", compression=compression)
    np.testing.assert_allclose(seen, COLOR.astype(int), atol=3)


def test_luma_and_chroma_of_a_narrow_range_become_rgb(tmp_path: Path) -> None:
    full = _ycbcr(COLOR).astype(float)
    narrow = np.rint(full * [219, 224, 224] / 255 + [16, 16 - 0.06, 16 - 0.06]).astype(np.uint8)
    limits = sum(((n, 1) for n in (16, 235, 128, 240, 128, 240)), ())
    seen = _seen(tmp_path, narrow, photometric="ycbcr", extratags=[(532, 5, 6, limits, True)])
    np.testing.assert_allclose(seen, COLOR.astype(int), atol=5)


def test_luma_has_the_weights_that_the_file_names(tmp_path: Path) -> None:
    red, green, blue = 0.2126, 0.7152, 0.0722
    colors = COLOR.astype(float)
    luma = colors @ [red, green, blue]
    chroma = [(colors[..., 2] - luma) / (2 - 2 * blue), (colors[..., 0] - luma) / (2 - 2 * red)]
    stored = np.rint(np.stack([luma, chroma[0] + 128, chroma[1] + 128], -1)).astype(np.uint8)
    weights = (2126, 10000, 7152, 10000, 722, 10000)
    seen = _seen(tmp_path, stored, photometric="ycbcr", extratags=[(529, 5, 3, weights, True)])
    np.testing.assert_allclose(seen, colors, atol=3)


def _coarse_chroma(path: Path, orientation: int = 1) -> np.ndarray:
    """Write YCbCr of which two by two pixels share their chroma, as TIFF 6.0 lays it out."""
    colors = COLOR.repeat(2, 0).repeat(2, 1)
    full = _ycbcr(colors)
    height, width = full.shape[:2]
    luma = full[..., 0].reshape(height // 2, 2, width // 2, 2).swapaxes(1, 2)
    units = np.concatenate([luma.reshape(height // 2, width // 2, 4), full[::2, ::2, 1:]], -1)
    data = units.astype(np.uint8).tobytes()
    plain = {"photometric": "ycbcr", "metadata": None, "rowsperstrip": height}
    turn = (274, SHORT, 1, orientation, True)
    tifffile.imwrite(path, np.zeros_like(full), extratags=[turn], **plain)
    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages[0]
        counts, shares = (page.tags[name].valueoffset for name in ("StripByteCounts", 530))
        offset = page.dataoffsets[0]
    content = bytearray(path.read_bytes())
    content[offset:] = data
    content[counts : counts + 4] = len(data).to_bytes(4, "little")
    content[shares : shares + 4] = b"\2\0\2\0"
    path.write_bytes(content)
    return colors


@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (3, 2), (6, -1), (8, 1)])
def test_chroma_shared_by_pixels_becomes_rgb(orientation: int, turns: int, tmp_path: Path) -> None:
    colors = _coarse_chroma(tmp_path / "scan.tif", orientation)
    scan = load_scan(tmp_path / "scan.tif")
    np.testing.assert_allclose(scan.pixels, np.rot90(colors, turns).astype(int), atol=4)


def test_chroma_of_each_pixel_becomes_rgb_where_the_file_does_not_say_so(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "scan.tif", _ycbcr(COLOR), photometric="ycbcr", metadata=None)
    _without_tag(tmp_path / "scan.tif", 530)
    np.testing.assert_allclose(load_scan(tmp_path / "scan.tif").pixels, COLOR.astype(int), atol=3)


@pytest.mark.parametrize("subsampling", [(1, 1), (2, 2)])
def test_jpeg_within_tiff_becomes_rgb_once(subsampling: tuple[int, int], tmp_path: Path) -> None:
    smooth = COLOR.repeat(4, 0).repeat(4, 1)
    options = {"compression": "jpeg", "compressionargs": {"level": 98}, "subsampling": subsampling}
    seen = _seen(tmp_path, smooth, photometric="rgb", **options)
    with tifffile.TiffFile(tmp_path / "scan.tif") as tiff:
        assert tiff.pages[0].photometric.name == "YCBCR"
    np.testing.assert_allclose(seen.astype(int).mean((0, 1)), smooth.mean((0, 1)), atol=2)


def _lab(colors: np.ndarray) -> np.ndarray:
    """L* from 0 to 100, a* and b*, of white D50, as a color management system has them."""
    from skimage.color import rgb2xyz, xyz2lab

    to_d50 = [
        [1.0478112, 0.0228866, -0.0501270],
        [0.0295424, 0.9904844, -0.0170491],
        [-0.0092345, 0.0150436, 0.7521316],
    ]
    xyz = np.asarray(rgb2xyz(colors)) @ np.transpose(to_d50)
    return np.asarray(xyz2lab(xyz, illuminant="D50"))


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("photometric", ["cielab", "icclab"])
def test_lab_becomes_rgb(photometric: str, bits: int, tmp_path: Path) -> None:
    pale = COLOR // 2 + 60
    lab, step = _lab(pale), 2 ** (bits - 8)
    top = 65280 if bits == 16 and photometric == "icclab" else 2**bits - 1
    chroma = lab[..., 1:] * step + (128 * step if photometric == "icclab" else 0)
    stored = np.concatenate([lab[..., :1] * top / 100, chroma], -1)
    stored = np.rint(stored).astype(np.int64).astype(f"u{bits // 8}")
    seen = _seen(tmp_path, stored, photometric=photometric)
    np.testing.assert_allclose(seen, pale.astype(int), atol=6)


def test_grey_lab_is_grey(tmp_path: Path) -> None:
    stored = np.zeros((24, 40, 3), np.uint8)
    stored[..., 0] = GREY
    seen = _seen(tmp_path, stored, photometric="cielab").astype(int)
    assert np.ptp(seen, axis=-1).max() <= 1


@pytest.mark.parametrize("factor", [257, 256, 1])
def test_a_palette_of_bytes_or_words_becomes_color(factor: int, tmp_path: Path) -> None:
    table = np.stack([np.arange(256), np.arange(256) // 2, 255 - np.arange(256)])
    table = (table * factor).astype(np.uint16)
    seen = _seen(tmp_path, GREY, photometric="palette", colormap=table)
    expected = np.stack([GREY, GREY // 2, 255 - GREY], -1)
    np.testing.assert_array_equal(seen, expected)


def test_a_palette_of_deep_indices_keeps_its_colors(tmp_path: Path) -> None:
    table = np.stack([np.arange(65536)] * 3).astype(np.uint16)
    deep = GREY.astype(np.uint16) * 16
    seen = _seen(tmp_path, deep, photometric="palette", colormap=table)
    np.testing.assert_array_equal(seen, np.stack([deep] * 3, -1))


def test_each_page_has_its_own_palette(tmp_path: Path) -> None:
    rising = np.stack([np.arange(256)] * 3).astype(np.uint16) * 257
    with tifffile.TiffWriter(tmp_path / "scan.tif") as file:
        for table in (rising, rising[:, ::-1], rising):
            file.write(GREY, photometric="palette", colormap=table, metadata=None)
    scan = load_scan(tmp_path / "scan.tif")
    for index, expected in enumerate((GREY, 255 - GREY, GREY)):
        np.testing.assert_array_equal(scan.plane(index), expected)


def _without_tag(path: Path, code: int) -> None:
    """Give a tag of the first page a number that nobody knows."""
    with tifffile.TiffFile(path) as tiff:
        at = tiff.pages[0].tags[code].offset
    content = bytearray(path.read_bytes())
    content[at : at + 2] = (65010).to_bytes(2, "little")
    path.write_bytes(content)


@pytest.mark.parametrize(("pixels", "kind"), [(GREY, "minisblack"), (COLOR, "rgb")])
def test_without_a_word_one_sample_is_grey_and_three_are_colors(
    pixels: np.ndarray, kind: str, tmp_path: Path
) -> None:
    tifffile.imwrite(tmp_path / "scan.tif", pixels, photometric=kind, metadata=None)
    _without_tag(tmp_path / "scan.tif", 262)
    np.testing.assert_array_equal(load_scan(tmp_path / "scan.tif").pixels, pixels)


def test_stacks_of_inks_on_disk_are_those_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = np.stack([_inks(np.roll(COLOR, n, axis=1)) for n in range(4)]).astype(np.uint8)
    for options in ({}, {"compression": "zlib"}):
        tifffile.imwrite(tmp_path / "scan.tif", stack, photometric="separated", **options)
        whole = load_scan(tmp_path / "scan.tif")
        assert whole.axes == "zyxc"
        with monkeypatch.context() as small:
            small.setattr("napari_multicancer.io.tiff.read.LARGEST_IN_MEMORY", 1000)
            lazy = load_scan(tmp_path / "scan.tif")
        assert lazy.pixels.chunksize == (1, 24, 40, 3)
        np.testing.assert_array_equal(lazy.pixels, whole.pixels)
        np.testing.assert_array_equal(whole.pixels[2], np.roll(COLOR, 2, axis=1))
