"""Which pages of a TIFF are the scan, and what is told of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.io import load_scan
from napari_multicancer.io.tiff import read

PLANE = np.arange(40 * 50, dtype=np.uint16).reshape(40, 50)
SMALL = PLANE[::2, ::2].copy()
REDUCED = {"subfiletype": 1}


def _write(path: Path, *pages: tuple[np.ndarray, dict[str, Any]]) -> Path:
    with tifffile.TiffWriter(path / "scan.tif") as file:
        for pixels, options in pages:
            file.write(pixels, **{"photometric": "minisblack", "metadata": None, **options})
    return path / "scan.tif"


def _stack(n: int) -> list[tuple[np.ndarray, dict[str, Any]]]:
    return [(PLANE + index, {}) for index in range(n)]


@pytest.mark.parametrize("thumbnail_first", [True, False])
@pytest.mark.parametrize("n_planes", [1, 3])
def test_a_thumbnail_is_no_plane(thumbnail_first: bool, n_planes: int, tmp_path: Path) -> None:
    pages, thumbnail = _stack(n_planes), (SMALL, REDUCED)
    pages.insert(0 if thumbnail_first else n_planes, thumbnail)
    scan = load_scan(_write(tmp_path, *pages))
    np.testing.assert_array_equal(
        scan.pixels.reshape(n_planes, 40, 50), [PLANE + n for n in range(n_planes)]
    )
    assert scan.notes == ()


def test_a_thumbnail_alone_is_the_scan(tmp_path: Path) -> None:
    np.testing.assert_array_equal(load_scan(_write(tmp_path, (PLANE, REDUCED))).pixels, PLANE)


def test_an_old_file_marks_its_thumbnails_too(tmp_path: Path) -> None:
    old = {"extratags": [(255, 3, 1, 2, True)]}
    scan = load_scan(_write(tmp_path, (np.hstack([PLANE] * 3), old), (PLANE, {})))
    np.testing.assert_array_equal(scan.pixels, PLANE)


def test_what_says_where_a_picture_is_transparent_is_no_plane(tmp_path: Path) -> None:
    mask = {"photometric": "mask", "subfiletype": 4}
    large = np.ones((80, 100), bool)
    scan = load_scan(_write(tmp_path, (PLANE, {}), (large, mask)))
    np.testing.assert_array_equal(scan.pixels, PLANE)


@pytest.mark.parametrize("at", [0, 2, 4])
def test_the_largest_stack_is_read_and_the_rest_is_told(at: int, tmp_path: Path) -> None:
    pages = _stack(4)
    pages.insert(at, (SMALL, {}))
    scan = load_scan(_write(tmp_path, *pages))
    np.testing.assert_array_equal(scan.pixels, [PLANE + n for n in range(4)])
    assert scan.notes == (
        "scan.tif holds pages of several kinds: 4 of 40 x 50 pixels are read, "
        "1 of 20 x 25 pixels left aside.",
    )


def test_a_page_that_differs_is_found_among_many(tmp_path: Path) -> None:
    pages = _stack(12)
    pages[3] = (SMALL, {})
    scan = load_scan(_write(tmp_path, *pages))
    assert scan.pixels.shape == (11, 40, 50)
    assert "1 of 20 x 25 pixels left aside" in " ".join(scan.notes)


def test_a_small_page_that_cannot_be_shown_is_left_aside_and_a_large_one_refused(
    tmp_path: Path,
) -> None:
    camera = {"photometric": "cfa", "extratags": [(33421, 3, 2, (2, 2), True)]}
    cut = PLANE[:30, :30].copy()
    scan = load_scan(_write(tmp_path, (PLANE, {}), (cut, camera)))
    np.testing.assert_array_equal(scan.pixels, PLANE)
    assert "1 of 30 x 30 pixels left aside" in " ".join(scan.notes)
    with pytest.raises(UnsupportedScanError, match=r"cannot be shown \(CFA\): save it as grey"):
        load_scan(_write(tmp_path, (PLANE, camera), (cut, {})))


def test_a_main_picture_below_its_thumbnail_is_found(tmp_path: Path) -> None:
    pages = [(SMALL, {**REDUCED, "subifds": 1}), (PLANE, {})]
    scan = load_scan(_write(tmp_path, *pages))
    np.testing.assert_array_equal(scan.pixels, PLANE)


def test_of_a_pyramid_the_finest_level_is_read_without_a_word(tmp_path: Path) -> None:
    levels = [(PLANE, {"subifds": 2}), (SMALL, REDUCED), (SMALL[::2, ::2].copy(), REDUCED)]
    scan = load_scan(_write(tmp_path, *levels))
    np.testing.assert_array_equal(scan.pixels, PLANE)
    assert scan.notes == ()


@pytest.mark.parametrize("limit", [1, 2**20])
def test_pages_stored_in_several_ways_are_one_stack(
    limit: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "LARGEST_IN_MEMORY", limit)
    ways = [{}, {"compression": "zlib"}, {"photometric": "miniswhite"}, {"rowsperstrip": 7}]
    pages = [(65535 - PLANE if "photometric" in way else PLANE, way) for way in ways]
    scan = load_scan(_write(tmp_path, *pages))
    assert scan.axes == "zyx"
    np.testing.assert_array_equal(scan.pixels, [PLANE] * 4)


UPRIGHT = {
    1: PLANE,
    2: PLANE[:, ::-1],
    3: PLANE[::-1, ::-1],
    4: PLANE[::-1],
    5: PLANE.T,
    6: np.rot90(PLANE, -1),
    7: PLANE[::-1, ::-1].T,
    8: np.rot90(PLANE),
    0: PLANE,
    9: PLANE,
}


def _turned(orientation: int, **options: Any) -> dict[str, Any]:
    return {"extratags": [(274, 3, 1, orientation, True)], **options}


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_a_picture_stands_upright_as_its_tag_says(orientation: int, tmp_path: Path) -> None:
    size = {"resolution": (25, 20), "resolutionunit": "CENTIMETER"}
    scan = load_scan(_write(tmp_path, (PLANE, _turned(orientation, **size))))
    np.testing.assert_array_equal(scan.pixels, UPRIGHT[orientation])
    swapped = 5 <= orientation <= 8
    np.testing.assert_allclose(scan.voxel_size, (0.4, 0.5) if swapped else (0.5, 0.4), rtol=1e-4)


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_a_color_picture_stands_upright(planar: str, tmp_path: Path) -> None:
    color = np.stack([PLANE, PLANE + 1, PLANE + 2], -1)
    stored = color if planar == "contig" else np.moveaxis(color, -1, 0)
    options = _turned(6, photometric="rgb", planarconfig=planar)
    scan = load_scan(_write(tmp_path, (stored, options)))
    assert scan.axes == "yxc"
    np.testing.assert_array_equal(scan.pixels, np.rot90(color, -1))


@pytest.mark.parametrize("limit", [1, 2**20])
@pytest.mark.parametrize("turns", [(6, 6, 6), (3, 1, 3)])
def test_each_plane_of_a_stack_stands_upright(
    turns: tuple[int, ...], limit: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "LARGEST_IN_MEMORY", limit)
    scan = load_scan(_write(tmp_path, *((PLANE, _turned(turn)) for turn in turns)))
    np.testing.assert_array_equal(scan.pixels, [UPRIGHT[turn] for turn in turns])


def _imagej(path: Path, said: str, *pages: np.ndarray, **options: Any) -> Path:
    with tifffile.TiffWriter(path / "scan.tif") as file:
        for index, page in enumerate(pages):
            words = None if index else f"ImageJ=1.53t\n{said}\n"
            file.write(page, description=words, **{"metadata": None, **options})
    return path / "scan.tif"


@pytest.mark.parametrize("largest", [read.LARGEST_IN_MEMORY, 1000])
@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize(
    ("said", "axes"),
    [("images=9\nslices=9", "zyx"), ("images=9\nframes=9", "tyx"), ("frames=9", "tyx")],
)
def test_planes_that_imagej_promises_and_are_not_there_are_told(
    said: str,
    axes: str,
    compression: str | None,
    largest: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(read, "LARGEST_IN_MEMORY", largest)
    planes = [PLANE + n for n in range(6)]
    options = {"photometric": "minisblack", "compression": compression}
    scan = load_scan(_imagej(tmp_path, said, *planes, **options))
    assert scan.axes == axes
    np.testing.assert_array_equal(scan.pixels, planes)
    assert scan.notes == ("scan.tif promises 9 planes, and 6 could be read.",)


@pytest.mark.parametrize(("promised", "found"), [(6, 6), (9, 1)])
def test_planes_that_follow_in_one_piece_behind_one_page_are_counted(
    promised: int, found: int, tmp_path: Path
) -> None:
    words = f"images={promised}\nslices={promised}"
    path = _imagej(tmp_path, words, PLANE, photometric="minisblack")
    with path.open("ab") as file:
        file.writelines((PLANE + n).tobytes() for n in range(1, 6))
    scan = load_scan(path)
    np.testing.assert_array_equal(
        np.reshape(scan.pixels, (found, 40, 50)), [PLANE + n for n in range(found)]
    )
    told = (f"scan.tif promises {promised} planes, and {found} could be read.",)
    assert scan.notes == (told if found < promised else ())


def test_samples_that_are_counted_as_planes_are_none_that_are_missing(tmp_path: Path) -> None:
    color = np.dstack([PLANE % 251, PLANE % 7, PLANE % 31]).astype(np.uint8)
    words = "images=9\nslices=3\nchannels=3"
    scan = load_scan(_imagej(tmp_path, words, *[color] * 3, photometric="rgb"))
    assert (scan.axes, scan.notes) == ("zyxc", ())


@pytest.mark.parametrize("mode", ["composite", "grayscale"])
def test_channels_of_which_some_are_missing_are_no_depth(mode: str, tmp_path: Path) -> None:
    words = f"images=8\nchannels=2\nslices=4\nmode={mode}"
    path = _imagej(tmp_path, words, *[PLANE] * 6, photometric="minisblack")
    scan = load_scan(path)
    assert scan.axes == "?yx"
    assert scan.notes == ("scan.tif promises 8 planes, and 6 could be read.",)
