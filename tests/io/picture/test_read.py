from __future__ import annotations

import bz2
import gzip
import io
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.io import load_scan
from napari_multicancer.io.picture import animation
from napari_multicancer.io.upright import ORIENTATION
from tests.io.ink_profile import grey_inks

RAMP = np.tile(np.arange(0, 256, 8, dtype=np.uint8), (20, 1))


@pytest.mark.parametrize(
    ("mode", "axes", "channels"),
    [
        ("1", "yx", 0),
        ("L", "yx", 0),
        ("LA", "yx", 0),
        ("P", "yxc", 3),
        ("RGB", "yxc", 3),
        ("RGBA", "yxc", 4),
    ],
)
def test_every_mode_of_png_opens_as_grey_or_colour(
    mode: str, axes: str, channels: int, tmp_path: Path
) -> None:
    path = tmp_path / "scan.png"
    Image.fromarray(RAMP).convert(mode).save(path)
    scan = load_scan(path)
    assert scan.axes == axes
    assert scan.pixels.dtype == np.uint8
    assert scan.pixels.shape == (20, 32, *[channels] * (channels > 0))
    assert scan.plane(0).max() > 200
    if mode != "1":
        np.testing.assert_array_equal(scan.plane(0), RAMP)


def test_a_transparent_palette_keeps_its_colours(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    Image.fromarray(RAMP).convert("P").save(path, transparency=3)
    np.testing.assert_array_equal(load_scan(path).plane(0), RAMP)


def test_sixteen_bits_stay_sixteen_bits(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    values = RAMP.astype(np.uint16) * 257
    Image.fromarray(values).save(path)
    scan = load_scan(path)
    assert scan.pixels.dtype == np.uint16
    np.testing.assert_array_equal(scan.pixels, values)


@pytest.mark.parametrize("suffix", ["jpg", "webp", "bmp"])
def test_other_formats_open(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"scan.{suffix}"
    Image.fromarray(RAMP).convert("RGB").save(path)
    assert load_scan(path).pixels.shape == (20, 32, 3)


def test_a_cmyk_jpeg_becomes_rgb(tmp_path: Path) -> None:
    path = tmp_path / "scan.jpg"
    Image.fromarray(RAMP).convert("CMYK").save(path)
    assert load_scan(path).pixels.shape == (20, 32, 3)


def test_a_cmyk_jpeg_looks_as_its_profile_says(tmp_path: Path) -> None:
    image = Image.new("CMYK", (40, 20), (255, 0, 0, 0))
    image.save(tmp_path / "scan.jpg", quality=98, icc_profile=grey_inks())
    seen = load_scan(tmp_path / "scan.jpg").pixels.astype(int)
    np.testing.assert_allclose(seen[10, 20], 198, atol=4)  # L* = 80, and no cyan


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
@pytest.mark.parametrize("is_grey", [True, False])
def test_an_animation_is_a_film_of_whole_pictures(kind: str, is_grey: bool, tmp_path: Path) -> None:
    path = tmp_path / f"scan.{kind}"
    moving = [np.roll(RAMP, 5 * n, axis=1) for n in range(4)]
    if not is_grey:
        moving = [np.stack([picture, picture // 2, picture], -1) for picture in moving]
    frames = [Image.fromarray(picture) for picture in moving]
    lossless = {"lossless": True} if kind == "webp" else {}
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=40, **lossless)
    scan = load_scan(path)
    assert scan.axes == ("tyx" if is_grey else "tyxc")
    scan.check()
    np.testing.assert_array_equal(scan.pixels, moving)


def test_the_still_picture_beside_an_animation_is_no_part_of_the_film(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    frames = [Image.fromarray(np.roll(RAMP, n, axis=1)) for n in range(3)]
    Image.fromarray(255 - RAMP).save(path, save_all=True, append_images=frames, default_image=True)
    np.testing.assert_array_equal(load_scan(path).pixels, [np.asarray(frame) for frame in frames])


def test_a_film_too_large_for_the_memory_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(animation, "LARGEST_FILM", 3 * RAMP.size)
    frames = [Image.fromarray(RAMP), Image.fromarray(255 - RAMP)]
    frames[0].save(tmp_path / "scan.gif", save_all=True, append_images=frames[1:])
    with pytest.raises(UnsupportedScanError, match=r"animation of 2 pictures of 20 x 32 .*: save"):
        load_scan(tmp_path / "scan.gif")


@pytest.mark.parametrize("size", [(20, 32), (10, 16)])
def test_of_a_phones_pictures_the_first_is_the_scan(size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "scan.jpg"
    second = Image.fromarray(255 - RAMP).resize(size)
    Image.fromarray(RAMP).save(path, "MPO", save_all=True, append_images=[second], quality=100)
    scan = load_scan(path)
    assert scan.axes == "yx"
    np.testing.assert_allclose(scan.pixels, RAMP.astype(int), atol=3)


CORNER = np.where(np.add.outer(np.arange(20), np.arange(32)) < 9, 255, RAMP // 2).astype(np.uint8)
UPRIGHT = {
    1: CORNER,
    2: CORNER[:, ::-1],
    3: CORNER[::-1, ::-1],
    4: CORNER[::-1],
    5: CORNER.T,
    6: np.rot90(CORNER, -1),
    7: CORNER[::-1, ::-1].T,
    8: np.rot90(CORNER),
    99: CORNER,
}


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_stands_upright_as_exif_says(kind: str, orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    options = {"quality": 100} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
    Image.fromarray(CORNER).save(tmp_path / "scan", kind, exif=exif, **options)
    scan = load_scan(tmp_path / "scan")
    np.testing.assert_allclose(scan.plane(0), UPRIGHT[orientation].astype(int), atol=3)


def test_damaged_exif_costs_no_picture(tmp_path: Path) -> None:
    Image.fromarray(RAMP).save(tmp_path / "scan.png", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    np.testing.assert_array_equal(load_scan(tmp_path / "scan.png").pixels, RAMP)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", ["png", "jp2"])
def test_deep_samples_are_those_of_the_file(kind: str, channels: int, tmp_path: Path) -> None:
    values = (np.arange(20 * 32 * channels, dtype=np.uint16) % 4096).reshape(20, 32, channels)
    stored = values[..., 0] if channels == 1 else values
    content = (
        imagecodecs.png_encode(stored)
        if kind == "png"
        else imagecodecs.jpeg2k_encode(stored, level=0, codecformat="jp2", bitspersample=12)
    )
    (tmp_path / f"scan.{kind}").write_bytes(content)
    scan = load_scan(tmp_path / f"scan.{kind}")
    assert scan.axes == ("yx" if channels < 3 else "yxc")
    np.testing.assert_array_equal(scan.pixels, stored[..., 0] if channels == 2 else stored)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"P5 32 20 255\n" + RAMP.tobytes(), RAMP),
        (b"P5 32 20 31\n" + (RAMP // 8).tobytes(), np.rint(RAMP // 8 * (255 / 31))),
        (b"P2 # by hand\n32 20 255\n" + b" ".join(b"%d" % n for n in RAMP.ravel()), RAMP),
        (b"P5 32 20 65535\n" + (RAMP.astype(">u2") * 257).tobytes(), RAMP.astype(int) * 257),
    ],
)
def test_grey_netpbm_opens_with_its_largest_value_white(
    content: bytes, expected: np.ndarray, tmp_path: Path
) -> None:
    (tmp_path / "scan.pgm").write_bytes(content)
    np.testing.assert_array_equal(load_scan(tmp_path / "scan.pgm").pixels, expected)


def test_color_and_black_and_white_netpbm_open(tmp_path: Path) -> None:
    for suffix, mode, axes in (("ppm", "RGB", "yxc"), ("pbm", "1", "yx")):
        Image.fromarray(RAMP).convert(mode).save(tmp_path / f"scan.{suffix}")
        assert load_scan(tmp_path / f"scan.{suffix}").axes == axes


def _one_bit_png(side: int) -> bytes:
    """Write a black picture line by line, so that it never lies in memory."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    packer = zlib.compressobj()
    line = bytes(1 + side // 8)
    packed = b"".join(packer.compress(line) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [10_008, 20_000])
def test_a_huge_picture_is_refused_before_it_is_decoded(
    side: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(*_: object) -> None:
        raise AssertionError("it was decoded")

    path = tmp_path / "huge.png"
    path.write_bytes(_one_bit_png(side))
    assert path.stat().st_size < 200_000
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    with pytest.raises(UnsupportedScanError, match=r"huge.png .* more than 100 million .*: crop"):
        load_scan(path)


def _with_height(jpeg: bytes, height: int) -> bytes:
    frame = next(re.finditer(b"\xff[\xc0\xc2]\0[\x0b\x11\x14]\x08", jpeg)).start()
    return jpeg[: frame + 5] + struct.pack(">H", height) + jpeg[frame + 7 :]


def _cut_within_its_pixels(jpeg: bytes, tenths: int) -> bytes:
    """Cut the last scan of a JPEG, and close it."""
    header = jpeg.rindex(b"\xff\xda") + 2
    start = header + struct.unpack_from(">H", jpeg, header)[0]
    return jpeg[: start + (len(jpeg) - start) * tenths // 10] + b"\xff\xd9"


def _decoded(jpeg: bytes) -> bytes:
    with Image.open(io.BytesIO(jpeg)) as image:
        return image.tobytes()


def _cut_and_closed(jpeg: bytes, progressive: bool) -> Iterator[bytes]:
    """Cut a JPEG at several places, and before each but the first of its scans."""
    yield from (_cut_within_its_pixels(jpeg, tenths) for tenths in (0, 3, 6, 9))
    if _decoded(jpeg[:-4] + b"\xff\xd9") != _decoded(jpeg):
        yield jpeg[:-4] + b"\xff\xd9"
    if progressive:
        scans = [found.start() for found in re.finditer(rb"\xff\xda", jpeg)]
        assert len(scans) > 2
        yield from (jpeg[:start] + b"\xff\xd9" for start in scans[1:])


@pytest.mark.parametrize("subsampling", [0, 2])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_without_all_its_rows_is_refused_and_one_with_an_even_edge_is_not(
    mode: str, progressive: bool, subsampling: int, tmp_path: Path
) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (96, 64, len(mode)), np.uint8)
    pixels[64:] = 0
    options = {"subsampling": subsampling, "progressive": progressive}
    for name, rows in (("even", 96), ("noisy", 64)):
        picture = Image.frombytes(mode, (64, rows), pixels[:rows].tobytes())
        picture.save(tmp_path / f"{name}.jpg", **options)
        assert load_scan(tmp_path / f"{name}.jpg").spatial_shape == (rows, 64)
    even = (tmp_path / "even.jpg").read_bytes()
    (tmp_path / "filled.jpg").write_bytes(even[:2] + b"\xff\xff" + even[2:])
    load_scan(tmp_path / "filled.jpg")
    jpeg = (tmp_path / "noisy.jpg").read_bytes()
    for content in (_with_height(jpeg, 96), *_cut_and_closed(jpeg, progressive)):
        (tmp_path / "cut.jpg").write_bytes(content)
        told = r"^cut\.jpg is cut short, a part of its pixels is missing: export or copy it again"
        with pytest.raises(UnreadableFileError, match=told):
            load_scan(tmp_path / "cut.jpg")


@pytest.mark.parametrize("sides", [(64, 64), (96, 48), (48, 64)])
def test_a_jpeg_that_goes_on_behind_its_told_sides_is_refused(
    sides: tuple[int, int], tmp_path: Path
) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (96, 64, 3), np.uint8)
    path = tmp_path / "a.jpg"
    Image.fromarray(pixels).save(path)
    load_scan(path)
    jpeg = path.read_bytes()
    at = jpeg.index(struct.pack(">HH", 96, 64))
    path.write_bytes(jpeg[:at] + struct.pack(">HH", *sides) + jpeg[at + 4 :])
    told = r"^a\.jpg holds other pixels than its width and height promise: export or copy it again"
    with pytest.raises(UnreadableFileError, match=told):
        load_scan(path)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_with_restarts_that_lacks_a_piece_within_is_refused(
    progressive: bool, tmp_path: Path
) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (96, 64), np.uint8)
    path = tmp_path / "cut.jpg"
    options = {"restart_marker_blocks": 8, "progressive": progressive}
    Image.fromarray(pixels).save(path, **options)
    load_scan(path)
    content = path.read_bytes()
    restart = content.index(b"\xff\xd2")
    path.write_bytes(content[: restart - 40] + content[restart:])
    with pytest.raises(UnreadableFileError, match="a part of its pixels is missing"):
        load_scan(path)


def test_a_jpeg_of_a_kind_that_is_not_read_is_called_one(tmp_path: Path) -> None:
    inks = np.repeat(RAMP[..., None], 4, axis=2).astype(np.uint16)
    lossless = imagecodecs.jpeg8_encode(RAMP.astype(np.uint16), lossless=True, bitspersample=16)
    for content in (
        imagecodecs.jpeg8_encode(inks, bitspersample=12),
        lossless.replace(b"\xff\xc3", b"\xff\xcb"),  # its arithmetic coding
    ):
        (tmp_path / "a.jpg").write_bytes(content)
        with pytest.raises(
            UnreadableFileError, match=r"^a\.jpg is a JPEG of a kind that is not read, or is"
        ):
            load_scan(tmp_path / "a.jpg")


def _with_density(path: Path, across: int, down: int, unit: int) -> Path:
    """Write a picture whose file tells how dense its pixels are; unit 0 is none."""
    Image.fromarray(RAMP).save(path)
    content = path.read_bytes()
    if path.suffix == ".jpg":
        content = content[:13] + struct.pack(">BHH", unit, across, down) + content[18:]
    else:
        chunk = b"pHYs" + struct.pack(">IIB", across, down, unit)
        chunk = struct.pack(">I", 9) + chunk + struct.pack(">I", zlib.crc32(chunk))
        content = content[:33] + chunk + content[33:]
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize("unit", [0, 1])
@pytest.mark.parametrize(("across", "down"), [(2, 1), (3000, 6000), RAMP.shape[::-1]])
def test_a_density_tells_no_proportions_as_programs_write_a_pictures_sides_there(
    across: int, down: int, unit: int, suffix: str, tmp_path: Path
) -> None:
    scan = load_scan(_with_density(tmp_path / f"scan{suffix}", across, down, unit))
    assert (scan.voxel_size, scan.pixel_aspect) == (None, 1.0)


@pytest.mark.parametrize(("name", "pack"), [("gzip", gzip.compress), ("bzip2", bz2.compress)])
def test_what_is_packed_and_not_read_so_is_called_packed(
    name: str, pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    (tmp_path / "scan.dcm.packed").write_bytes(pack(b"DICM" * 99))
    with pytest.raises(UnreadableFileError, match=rf"is packed \({name}\): unpack it"):
        load_scan(tmp_path / "scan.dcm.packed")
