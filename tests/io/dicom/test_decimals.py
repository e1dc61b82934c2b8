"""Numbers with decimal commas are read wherever in a header they stand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import ImplicitVRLittleEndian, MRImageStorage

from napari_multicancer.core.scan.place import Frame
from napari_multicancer.io import load_scan, save_mask
from napari_multicancer.io.load import load_mask
from napari_multicancer.io.masks import Ground
from tests.io.dicom.slices import slice_dataset

POINTS = {
    "ImagePositionPatient": "10.25\\20.50\\{}.25",
    "ImageOrientationPatient": "1.0\\0.0\\0.0\\0.0\\1.0\\0.0",
    "PixelSpacing": "0.75\\0.75",
    "RescaleSlope": "1.5",
    "RescaleIntercept": "-2.5",
    "WindowCenter": "40.5",
    "WindowWidth": "81.0",
    "SliceThickness": "5.0",
}


def _save(folder: Path, is_implicit: bool, number: int) -> None:
    texts = {keyword: text.format(5 * number) for keyword, text in POINTS.items()}
    values = {keyword: text.split("\\") for keyword, text in texts.items()}
    dataset = slice_dataset(10 + number, 0, SOPClassUID=MRImageStorage, **values)
    if is_implicit:
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    path = folder / f"{number}.dcm"
    dataset.save_as(path, enforce_file_format=True, implicit_vr=is_implicit, little_endian=True)
    content = path.read_bytes()
    for text in texts.values():
        assert text.encode() in content
        content = content.replace(text.encode(), text.replace(".", ",").encode())
    path.write_bytes(content)


@pytest.mark.parametrize("is_implicit", [False, True])
def test_a_series_with_decimal_commas_lies_where_one_with_points_does(
    is_implicit: bool, tmp_path: Path
) -> None:
    folder = tmp_path / "series"
    folder.mkdir()
    for number in range(4):
        _save(folder, is_implicit, number)
    scan = load_scan(folder)
    assert (scan.axes, scan.voxel_size, scan.notes) == ("zyx", (5, 0.75, 0.75), ())
    assert scan.place.frame is Frame.PATIENT
    np.testing.assert_allclose(scan.place.affine[:3, 3], (10.25, 20.5, 0.25))
    np.testing.assert_allclose(scan.pixels[:, 0, 0], [12.5, 14, 15.5, 17])
    assert scan.contrast_limits == (0, 80)
    mask = np.zeros(scan.spatial_shape, np.uint8)
    mask[1:3, 5:9, 4:20] = 1
    path = save_mask(tmp_path / "mask.dcm", mask, Ground.of(scan))
    np.testing.assert_array_equal(load_mask(path, [scan.origin]).labels, mask)


def test_commas_between_numbers_and_within_them_are_told_apart(tmp_path: Path) -> None:
    for text, expected in (
        (b"0,75\\0,75", (0.75, 0.75)),
        (b"0,75,0,75", (0.75, 0.75)),
        (b"0.75,0.75", (0.75, 0.75)),
    ):
        path = tmp_path / "a.dcm"
        slice_dataset(7, 0, PixelSpacing=["0.75", "0.75"]).save_as(path, enforce_file_format=True)
        path.write_bytes(path.read_bytes().replace(b"0.75\\0.75", text))
        assert load_scan(path).voxel_size == expected, text
