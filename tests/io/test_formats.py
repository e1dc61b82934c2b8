"""What all formats of masks promise alike."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from pydicom.data import get_testdata_file

from napari_multicancer.core.errors import OutputError
from napari_multicancer.io import load_scan, write_label_tiff
from napari_multicancer.io.dicom.origin import METADATA_KEY
from napari_multicancer.io.dicom.seg_write import write_dicom_seg
from napari_multicancer.io.formats import LabelFormat, format_of
from napari_multicancer.io.nifti.mask_write import write_label_nifti


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mask.tif", LabelFormat.TIFF),
        ("MASK.TIFF", LabelFormat.TIFF),
        ("mask.nii", LabelFormat.NIFTI),
        ("mask.v2.nii.GZ", LabelFormat.NIFTI),
        ("mask.dcm", LabelFormat.DICOM_SEG),
        ("mask.gz", None),
        ("mask", None),
    ],
)
def test_the_end_of_a_name_tells_the_format(name: str, expected: LabelFormat | None) -> None:
    assert format_of(Path("folder.tif") / name) is expected


def _write(kind: LabelFormat, path: Path) -> Path:
    scan = load_scan(Path(get_testdata_file("MR_small.dcm", download=False)))
    labels = np.ones(scan.spatial_shape, np.uint8)
    if kind is LabelFormat.DICOM_SEG:
        return write_dicom_seg(path, labels, scan.metadata[METADATA_KEY])
    return {LabelFormat.TIFF: write_label_tiff, LabelFormat.NIFTI: write_label_nifti}[kind](
        path, labels
    )


@pytest.mark.parametrize("kind", LabelFormat)
def test_a_missing_folder_is_named(kind: LabelFormat, tmp_path: Path) -> None:
    path = tmp_path / "missing" / f"mask{kind.suffixes[0]}"
    with pytest.raises(OutputError, match=r"missing.mask\S+ cannot be written .*another folder"):
        _write(kind, path)
    assert not path.parent.exists()


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="read-only folders bind neither root nor Windows"
)
@pytest.mark.parametrize("kind", LabelFormat)
def test_a_read_only_folder_is_named_and_keeps_its_file(kind: LabelFormat, tmp_path: Path) -> None:
    path = _write(kind, tmp_path / f"mask{kind.suffixes[0]}")
    before = path.read_bytes()
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="cannot be written"):
            _write(kind, path)
    finally:
        tmp_path.chmod(0o700)
    assert path.read_bytes() == before
