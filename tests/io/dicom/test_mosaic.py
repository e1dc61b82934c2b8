"""Siemens mosaics: planes laid out as tiles of one picture."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pydicom
import pytest

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.scan.place import Frame
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan
from napari_multicancer.io.folders import list_series
from tests.io.dicom.slices import save, slice_dataset

KIND = ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]


def _private_header(**tags: list[float]) -> bytes:
    """Write what Siemens puts into (0029,1010): the format nibabel's documentation describes."""
    header = b"SV10\x04\x03\x02\x01" + struct.pack("<2I", len(tags), 77)
    for name, values in tags.items():
        header += struct.pack("<64si4s3i", name.encode(), len(values), b"FD", 0, 6, 77)
        for value in values:
            text = f"{value:.6f}".encode().ljust(16, b"\0")
            header += struct.pack("<4i", len(text), len(text), 77, len(text)) + text
        header += struct.pack("<4i", 0, 0, 77, 0) * (6 - len(values))
    return header


def _mosaic(path: Path, n_planes: int = 5, *, normal: float = 1.0, private: bool = True) -> Path:
    """Save planes of 8 x 10 pixels, each full of its number from 1, 3 x 3 tiles in a picture."""
    picture = np.zeros((24, 30), np.uint16)
    for plane in range(n_planes):
        row, column = divmod(plane, 3)
        picture[8 * row : 8 * row + 8, 10 * column : 10 * column + 10] = plane + 1
    dataset = slice_dataset(
        0,
        0,
        ImageType=KIND,
        Rows=24,
        Columns=30,
        PixelData=picture.tobytes(),
        ImagePositionPatient=[-10, -20, 5],
        PixelSpacing=[2, 2],
        SpacingBetweenSlices=4,
    )
    if private:
        block = dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
        content = _private_header(
            NumberOfImagesInMosaic=[n_planes], SliceNormalVector=[0, 0, normal]
        )
        block.add_new(0x10, "OB", content)
    return save(dataset, path)


def _planes(scan: Scan) -> list[int]:
    assert (scan.pixels == scan.pixels[:, :1, :1]).all()
    return scan.pixels[:, 0, 0].tolist()


@pytest.mark.parametrize(("normal", "planes"), [(1.0, [1, 2, 3, 4, 5]), (-1.0, [5, 4, 3, 2, 1])])
def test_tiles_become_the_planes_of_a_volume(
    normal: float, planes: list[int], tmp_path: Path
) -> None:
    scan = load_scan(_mosaic(tmp_path / "m.dcm", normal=normal))
    assert (scan.axes, scan.pixels.shape, scan.voxel_size) == ("zyx", (5, 8, 10), (4, 2, 2))
    assert _planes(scan) == planes
    assert scan.notes == ()


def test_planes_lie_where_they_were_taken(tmp_path: Path) -> None:
    place = load_scan(_mosaic(tmp_path / "m.dcm")).place
    assert place.frame is Frame.PATIENT
    first = np.array([-10 + 10 * 2, -20 + 8 * 2, 5])
    np.testing.assert_allclose(place.affine @ (0, 0, 0, 1), [*first, 1])
    np.testing.assert_allclose(place.affine @ (4, 0, 0, 1), [*first[:2], first[2] + 16, 1])


def _again(path: Path, **elements: object) -> None:
    stored = pydicom.dcmread(path)
    for keyword, value in elements.items():
        setattr(stored, keyword, value)
    stored.save_as(path)


@pytest.mark.parametrize("private", [True, False])
def test_mosaics_of_one_series_are_volumes_in_time(private: bool, tmp_path: Path) -> None:
    for number in (3, 1, 2):
        path = _mosaic(tmp_path / f"{number}.dcm", private=private)
        brighter = (pydicom.dcmread(path).pixel_array + 100 * number).astype(np.uint16)
        uid = f"1.2.{number}"
        _again(
            path,
            InstanceNumber=number,
            SOPInstanceUID=uid,
            RepetitionTime=2000,
            PixelData=brighter.tobytes(),
        )
    (series,) = list_series(tmp_path)
    assert [file.name for file in series.files] == ["1.dcm", "2.dcm", "3.dcm"]
    scan = load_scan(tmp_path)
    if not private:
        assert (scan.axes, scan.pixels.shape) == ("tyx", (3, 24, 30))
        assert scan.notes[0].startswith("This is a mosaic")
        return
    assert (scan.axes, scan.pixels.shape) == ("tzyx", (3, 5, 8, 10))
    assert scan.voxel_size == (1, 4, 2, 2)
    assert scan.place.time_step == 2
    assert [_planes(scan.volume(n))[0] for n in range(3)] == [101, 201, 301]
    assert scan.place.frame is Frame.PATIENT


@pytest.mark.parametrize(
    "elements",
    [
        {"SeriesInstanceUID": "1.2.3.9"},
        {"ImageType": ["ORIGINAL", "PRIMARY", "P", "MOSAIC"]},
        {"EchoTime": 77},
        {"PixelSpacing": [3, 3]},
        {"InstanceNumber": 1},
    ],
)
def test_mosaics_that_are_no_series_are_volumes_of_their_own(
    elements: dict[str, object], tmp_path: Path
) -> None:
    for number in (1, 2):
        path = _mosaic(tmp_path / f"{number}.dcm")
        _again(path, InstanceNumber=number, SOPInstanceUID=f"1.2.{number}")
    _again(tmp_path / "2.dcm", **elements)
    assert [len(one.files) for one in list_series(tmp_path)] == [1, 1]


def test_mosaics_that_lie_elsewhere_are_refused_together(tmp_path: Path) -> None:
    for number in (1, 2):
        path = _mosaic(tmp_path / f"{number}.dcm")
        place = [-10, -20, 5 * number]
        _again(path, InstanceNumber=number, ImagePositionPatient=place)
    with pytest.raises(UnsupportedScanError, match=r"do not lie alike \(1\.dcm and 2\.dcm\)"):
        load_scan(tmp_path)


def test_a_mosaic_without_its_private_header_is_called_one(tmp_path: Path) -> None:
    scan = load_scan(_mosaic(tmp_path / "m.dcm", private=False))
    assert scan.axes == "yx"
    assert scan.notes[0].startswith("This is a mosaic of many planes in one picture")


def test_the_number_of_tiles_alone_divides_a_mosaic(tmp_path: Path) -> None:
    path = _mosaic(tmp_path / "m.dcm", private=False)
    stored = pydicom.dcmread(path)
    stored.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0A, "US", 5)
    stored.save_as(path)
    scan = load_scan(path)
    assert _planes(scan) == [1, 2, 3, 4, 5]
    assert scan.voxel_size == (4, 2, 2)
    assert scan.notes[0].startswith("The planes of this mosaic are in the order of its tiles")


@pytest.mark.parametrize("count", [0, -3, 10_000_000])
def test_a_number_of_tiles_that_makes_no_sense_divides_nothing(count: int, tmp_path: Path) -> None:
    path = _mosaic(tmp_path / "m.dcm", private=False)
    stored = pydicom.dcmread(path)
    stored.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0A, "SL", count)
    stored.save_as(path)
    assert load_scan(path).axes == "yx"
