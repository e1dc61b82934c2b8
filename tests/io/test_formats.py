"""What all formats of masks promise alike."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from pydicom.data import get_testdata_file

from napari_multicancer.core.errors import OutputError
from napari_multicancer.io import load_scan, save_mask
from napari_multicancer.io.formats import Format, mask_format_of, mask_formats
from napari_multicancer.io.masks import Ground

MASK_FORMATS = pytest.mark.parametrize("kind", mask_formats(), ids=lambda row: row.name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mask.tif", "tiff"),
        ("MASK.TIFF", "tiff"),
        ("mask.nii", "nifti"),
        ("mask.v2.nii.GZ", "nifti"),
        ("mask.dcm", "dicom-seg"),
        ("mask.gz", None),
        ("mask", None),
    ],
)
def test_the_end_of_a_name_tells_the_format(name: str, expected: str | None) -> None:
    row = mask_format_of(Path("folder.tif") / name)
    assert (row and row.name) == expected


def _write(path: Path) -> Path:
    scan = load_scan(Path(get_testdata_file("MR_small.dcm", download=False)))
    return save_mask(path, np.ones(scan.spatial_shape, np.uint8), Ground.of(scan))


@MASK_FORMATS
def test_a_missing_folder_is_named(kind: Format, tmp_path: Path) -> None:
    path = tmp_path / "missing" / f"mask{kind.suffixes[0]}"
    with pytest.raises(OutputError, match=r"missing.mask\S+ cannot be written .*another folder"):
        _write(path)
    assert not path.parent.exists()


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="read-only folders bind neither root nor Windows"
)
@MASK_FORMATS
def test_a_read_only_folder_is_named_and_keeps_its_file(kind: Format, tmp_path: Path) -> None:
    path = _write(tmp_path / f"mask{kind.suffixes[0]}")
    before = path.read_bytes()
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="cannot be written"):
            _write(path)
    finally:
        tmp_path.chmod(0o700)
    assert path.read_bytes() == before
