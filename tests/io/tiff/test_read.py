from __future__ import annotations

from pathlib import Path

import dask.array
import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.scan.place import Unknown
from napari_multicancer.io import load_scan
from napari_multicancer.io.tiff import read as tiff

PLANE = np.arange(40 * 50, dtype=np.uint16).reshape(40, 50)
STACK = np.stack([PLANE + n for n in range(5)])
COLOUR = np.stack([PLANE % 251, PLANE % 7, PLANE % 31], -1).astype(np.uint8)


@pytest.mark.parametrize(
    ("pixels", "options", "axes"),
    [
        (PLANE, {}, "yx"),
        (PLANE.astype(np.float32), {}, "yx"),
        (PLANE > 100, {"photometric": "minisblack"}, "yx"),
        (STACK, {"photometric": "minisblack"}, "zyx"),
        (STACK, {"photometric": "minisblack", "compression": "zlib"}, "zyx"),
        (STACK, {"imagej": True, "metadata": {"axes": "TYX"}}, "tyx"),
        (STACK, {"imagej": True}, "zyx"),
        (COLOUR, {"photometric": "rgb"}, "yxc"),
        (np.stack([COLOUR] * 5), {"photometric": "rgb"}, "zyxc"),
        (np.stack([STACK] * 2), {"imagej": True, "metadata": {"axes": "TZYX"}}, "tzyx"),
    ],
)
def test_axes_and_pixels_are_the_files(
    pixels: np.ndarray, options: dict, axes: str, tmp_path: Path
) -> None:
    tifffile.imwrite(tmp_path / "scan.tif", pixels, **options)
    scan = load_scan(tmp_path / "scan.tif")
    assert scan.axes == axes
    assert scan.pixels.dtype == pixels.dtype
    np.testing.assert_array_equal(scan.pixels, pixels)


@pytest.mark.parametrize("kind", ["imagej", "ome"])
@pytest.mark.parametrize(
    ("named", "axes"),
    [("CYX", "?yx"), ("TCYX", "t?yx"), ("ZCYX", "z?yx"), ("CYXS", "?yxc")],
)
def test_channels_that_are_no_colour_are_neither_depth_nor_one_scan(
    kind: str, named: str, axes: str, tmp_path: Path
) -> None:
    plane = COLOUR if named.endswith("S") else PLANE
    pixels = np.tile(plane, (2,) * named.index("Y") + (1,) * plane.ndim)
    path = tmp_path / f"scan.{kind}.tif"
    metadata = {"axes": named, "mode": "composite"}
    tifffile.imwrite(path, pixels, metadata=metadata, **{kind: True})
    scan = load_scan(path)
    assert scan.axes == axes
    with pytest.raises(UnsupportedScanError, match="extract one picture or one channel"):
        scan.check()


def test_a_stack_that_is_called_channels_for_want_of_axes_is_depth_and_told(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "scan.tif", STACK, imagej=True)
    scan = load_scan(tmp_path / "scan.tif")
    assert scan.axes == "zyx"
    assert scan.notes == (
        "scan.tif calls its 5 planes channels, as programs do that were told no axes: "
        "they are read as depth.",
    )


def test_colour_planes_stored_apart_come_together(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    apart = np.moveaxis(COLOUR, -1, 0)
    tifffile.imwrite(path, apart, photometric="rgb", planarconfig="separate")
    scan = load_scan(path)
    assert scan.axes == "yxc"
    np.testing.assert_array_equal(scan.pixels, COLOUR)


def test_white_is_zero_is_inverted(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "scan.tif", PLANE, photometric="miniswhite")
    np.testing.assert_array_equal(load_scan(tmp_path / "scan.tif").pixels, 65535 - PLANE)


def test_a_palette_becomes_colour(tmp_path: Path) -> None:
    palette = np.tile(np.arange(256, dtype=np.uint16) * 257, (3, 1))
    indices = (PLANE % 256).astype(np.uint8)
    tifffile.imwrite(tmp_path / "scan.tif", indices, photometric="palette", colormap=palette)
    np.testing.assert_array_equal(load_scan(tmp_path / "scan.tif").plane(0), indices)


@pytest.mark.parametrize("pages", [1, 3])
def test_lzw_opens_without_further_packages(pages: int, tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    pictures = [Image.fromarray(plane) for plane in STACK[:pages]]
    pictures[0].save(path, compression="tiff_lzw", save_all=True, append_images=pictures[1:])
    scan = load_scan(path)
    assert scan.axes == ("yx" if pages == 1 else "zyx")
    np.testing.assert_array_equal(np.squeeze(scan.pixels), np.squeeze(STACK[:pages]))


@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"byteorder": ">"}])
def test_a_large_stack_stays_on_disk(
    options: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiff, "LARGEST_IN_MEMORY", 1000)
    tifffile.imwrite(tmp_path / "scan.tif", STACK, photometric="minisblack", **options)
    scan = load_scan(tmp_path / "scan.tif")
    assert isinstance(scan.pixels, dask.array.Array)
    assert scan.pixels.chunksize == (1, 40, 50)
    np.testing.assert_array_equal(scan.plane(3), STACK[3])
    np.testing.assert_array_equal(np.asarray(scan.pixels[1:4, 5:9]), STACK[1:4, 5:9])


def test_a_large_colour_movie_stays_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiff, "LARGEST_IN_MEMORY", 1000)
    movie = np.stack([COLOUR] * 4)
    tifffile.imwrite(tmp_path / "movie.tif", movie, photometric="rgb", compression="zlib")
    scan = load_scan(tmp_path / "movie.tif")
    assert isinstance(scan.pixels, dask.array.Array)
    np.testing.assert_array_equal(np.asarray(scan.pixels[2]), COLOUR)
    scan.check()
    assert scan.n_planes == 4


def test_a_huge_plane_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    tifffile.imwrite(path, shape=(20_000, 20_000), dtype=np.uint8, data=None, compression=None)
    with pytest.raises(UnsupportedScanError, match="20000 x 20000"):
        load_scan(path)


def _imagej(unit: str | None, **more: object) -> dict:
    said = {"unit": unit} if unit else {}
    return {"imagej": True, "resolution": (4, 2), "metadata": {"axes": "ZYX", **said, **more}}


def _ome(unit: str) -> dict:
    sizes = {"PhysicalSizeX": 250, "PhysicalSizeY": 500, "PhysicalSizeZ": 5000}
    units = {f"{name}Unit": unit for name in sizes}
    return {"ome": True, "metadata": {"axes": "ZYX", **sizes, **units}}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (_imagej("mm", spacing=5), (5, 0.5, 0.25)),
        (_imagej("mm"), (1, 0.5, 0.25)),
        (_imagej("cm", spacing=0.5), (5, 5, 2.5)),
        (_imagej("um", spacing=5), (0.005, 0.0005, 0.00025)),
        (_imagej("micron", spacing=5), (0.005, 0.0005, 0.00025)),
        (_imagej("\\u00B5m", spacing=5), (0.005, 0.0005, 0.00025)),
        (_imagej("\\u00B5m", spacing=5000, zunit="nm"), (0.005, 0.0005, 0.00025)),
        (_imagej("mm", spacing=5000, zunit="um"), (5, 0.5, 0.25)),
        (_imagej("mm", spacing=5, yunit="cm"), (5, 5, 0.25)),
        (_imagej("mm", spacing=-5), (5, 0.5, 0.25)),
        (_imagej("mm", spacing="2,5"), (2.5, 0.5, 0.25)),
        (_imagej("microns", spacing=5), (0.005, 0.0005, 0.00025)),
        (_imagej("inches", spacing=1), (25.4, 12.7, 6.35)),
        (_imagej("ms", spacing=5), None),
        (_imagej("pixel", spacing=5), None),
        (_imagej(None, spacing=5), None),
        (_ome("µm"), (5, 0.5, 0.25)),
        (_ome("cm"), None),
        (_imagej("mm", spacing=1e6), (np.nan, 0.5, 0.25)),
        ({"photometric": "minisblack"}, None),
    ],
)
def test_the_voxel_size_of_a_stack_is_known_where_its_unit_is(
    options: dict, expected: tuple[float, ...] | None, tmp_path: Path
) -> None:
    path = tmp_path / "scan.ome.tif"
    tifffile.imwrite(path, STACK, **options)
    found = load_scan(path).voxel_size
    if expected is None:
        assert found is None
    else:
        np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize(
    ("axes", "expected"),
    [("ZCYX", (5, 1, 0.5, 0.25)), ("TZCYX", (1, 5, 1, 0.5, 0.25)), ("TZYX", (1, 5, 0.5, 0.25))],
)
def test_the_distance_of_planes_stands_at_depth_whatever_other_axes_there_are(
    axes: str, expected: tuple[float, ...], tmp_path: Path
) -> None:
    pixels = np.tile(PLANE, (2,) * (len(axes) - 2) + (1, 1))
    tifffile.imwrite(tmp_path / "scan.tif", pixels, **_imagej("mm", spacing=5, axes=axes))
    np.testing.assert_allclose(load_scan(tmp_path / "scan.tif").voxel_size, expected)


@pytest.mark.parametrize(
    "options",
    [
        _imagej("mm", spacing=5, zunit="slice"),
        _imagej("mm", spacing="far"),
        _imagej("mm", spacing=0),
        {"photometric": "minisblack", "resolution": (40, 20), "resolutionunit": "CENTIMETER"},
    ],
)
def test_pixels_keep_their_size_where_only_the_distance_of_planes_is_not_said(
    options: dict, tmp_path: Path
) -> None:
    tifffile.imwrite(tmp_path / "scan.tif", STACK, **options)
    scan = load_scan(tmp_path / "scan.tif")
    assert list(scan.place.unknown) == [Unknown.PLANE_DISTANCE]
    np.testing.assert_allclose(scan.place.pixel_size, (0.5, 0.25))


@pytest.mark.parametrize(
    ("resolution", "unit", "expected"),
    [
        ((72, 72), "INCH", None),
        ((96, 96), "INCH", None),
        ((300, 300), "INCH", None),
        ((28.3465, 28.3465), "CENTIMETER", None),
        ((118.11, 118.11), "CENTIMETER", None),
        ((10, 10), "CENTIMETER", None),
        ((1, 1), "NONE", None),
        ((25, 20), "CENTIMETER", (0.5, 0.4)),
        ((2.5, 2), "MILLIMETER", (0.5, 0.4)),
        ((0.0025, 0.002), "MICROMETER", (0.5, 0.4)),
        ((50.8, 63.5), "INCH", (0.4, 0.5)),
    ],
)
def test_plain_resolution_is_believed_unless_it_is_a_print_size(
    resolution: tuple[float, float],
    unit: str,
    expected: tuple[float, float] | None,
    tmp_path: Path,
) -> None:
    path = tmp_path / "scan.tif"
    tifffile.imwrite(path, PLANE, resolution=resolution, resolutionunit=unit)
    found = load_scan(path).voxel_size
    if expected is None:
        assert found is None
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-4)
