import numpy as np
import pytest
import tifffile

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.io import load_scan
from napari_multicancer.io.tiff import on_disk
from napari_multicancer.io.tiff.on_disk import RowsOnDisk

GREY = np.random.default_rng(0).integers(0, 60_000, (203, 150)).astype(np.uint16)
COLOUR = np.random.default_rng(0).integers(0, 255, (203, 150, 3)).astype(np.uint8)


@pytest.fixture(autouse=True)
def small_limits(monkeypatch):
    """Let 20,000 pixels be huge, and a chunk some rows."""
    monkeypatch.setattr(on_disk, "LARGEST_PLANE_AT_ONCE", 20_000)
    monkeypatch.setattr(on_disk, "CHUNK_BYTES", 10_000)


@pytest.mark.parametrize("pixels", [GREY, GREY.astype(">f4"), COLOUR], ids=["u2", ">f4", "rgb"])
@pytest.mark.parametrize(
    "how",
    [
        {"tile": (32, 48), "compression": "zlib", "predictor": True},
        {"tile": (32, 48)},
        {"rowsperstrip": 17, "compression": "zlib"},
        {"rowsperstrip": 8},
        {},
    ],
    ids=str,
)
def test_rows_are_those_of_the_whole(tmp_path, pixels, how):
    path = tmp_path / "huge.tif"
    tifffile.imwrite(path, pixels, photometric="rgb" if pixels.ndim == 3 else "minisblack", **how)
    scan = load_scan(path)
    assert scan.axes == "yxc"[: pixels.ndim]
    np.testing.assert_array_equal(scan.pixels, pixels)
    np.testing.assert_array_equal(scan.pixels[30:100, 3:90], pixels[30:100, 3:90])


def test_a_few_rows_decode_their_own_tiles_alone(tmp_path, monkeypatch):
    path = tmp_path / "huge.tif"
    tifffile.imwrite(path, GREY, tile=(32, 48))
    file = tifffile.TiffFile(path)
    rows = RowsOnDisk(file, file.pages[0])
    asked, decode = [], RowsOnDisk._segment
    monkeypatch.setattr(RowsOnDisk, "_segment", lambda s, n, r: asked.append(n) or decode(s, n, r))
    np.testing.assert_array_equal(rows[40:60, 0:150], GREY[40:60])
    assert asked == [4, 5, 6, 7]


def test_a_damaged_tile_is_named(tmp_path):
    path = tmp_path / "huge.tif"
    tifffile.imwrite(path, GREY, tile=(32, 48), compression="zlib")
    with tifffile.TiffFile(path) as tiff:
        offset = tiff.pages[0].dataoffsets[9]
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xff" * 20)
    scan = load_scan(path)
    with pytest.raises(UnreadableFileError, match=r"huge\.tif is damaged at row 65"):
        scan.pixels[64:96].compute()


def test_a_huge_picture_in_one_compressed_piece_is_refused_with_the_way_out(tmp_path, monkeypatch):
    from napari_multicancer.io import files

    monkeypatch.setattr(files, "LARGEST_PLANE_AT_ONCE", 20_000)
    monkeypatch.setattr(on_disk, "LARGEST_SEGMENT", 1000)
    path = tmp_path / "huge.tif"
    tifffile.imwrite(path, GREY, compression="zlib", rowsperstrip=203)
    with pytest.raises(UnsupportedScanError, match="save it as a TIFF in tiles"):
        load_scan(path)
