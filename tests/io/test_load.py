from __future__ import annotations

import gzip
import io
from functools import partial
from pathlib import Path

import nibabel
import numpy as np
import pytest
import tifffile
from PIL import Image
from pydicom.data import get_testdata_file

from napari_multicancer.core.errors import UnreadableFileError, UnsupportedScanError
from napari_multicancer.io import load_scan
from napari_multicancer.io.formats import stem
from napari_multicancer.samples import SAMPLES


def _picture(kind: str) -> bytes:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, kind)
    return buffer.getvalue()


def _tiff(**options: object) -> bytes:
    noise = np.random.default_rng(0).integers(0, 255, (5, 64, 64), dtype=np.uint8)
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, noise, photometric="minisblack", **options)
    return buffer.getvalue()


def _dicom() -> bytes:
    return Path(get_testdata_file("MR_small.dcm", download=False)).read_bytes()


def _is_one_sentence(text: str, name: str) -> None:
    assert name in text
    assert text.endswith(".")
    assert ". " not in text
    assert "\n" not in text
    assert ": " in text, "it says what to do"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="There is no file"):
        load_scan(tmp_path / "missing.png")


def test_a_folder_without_dicom_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="is a folder without a DICOM series: choose"):
        load_scan(tmp_path)


def test_a_file_without_permission_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "scan.png"
    path.write_bytes(_picture("PNG"))
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UnreadableFileError, match="may not read"):
        load_scan(path)


def test_a_volume_beyond_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_out(path: Path) -> None:
        raise MemoryError

    path = tmp_path / "scan.png"
    path.write_bytes(_picture("PNG"))
    monkeypatch.setattr("napari_multicancer.io.picture.read.read_picture", run_out)
    with pytest.raises(UnsupportedScanError, match="memory"):
        load_scan(path)


CONTENTS = {
    "tiff": _tiff,
    "bigtiff": lambda: _tiff(bigtiff=True),
    "tiff of the other byte order": lambda: _tiff(byteorder=">"),
    "dicom": _dicom,
    "nifti": lambda: nibabel.Nifti1Image(np.ones((64, 64, 5), np.uint8), np.eye(4)).to_bytes(),
    "packed nifti": lambda: gzip.compress(CONTENTS["nifti"]()),
    **{kind: partial(_picture, kind) for kind in ("PNG", "JPEG", "GIF", "BMP", "WEBP")},
    **{kind: partial(_picture, kind) for kind in ("JPEG2000", "PPM")},
}


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize(
    "name", ["IM0001", "x.tif", "x.png", "x.JPG", "x.nii", "x.nii.gz", "x.dcm"]
)
def test_the_content_decides_and_not_the_name(content: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(CONTENTS[content]())
    assert load_scan(path).spatial_shape[-2:] == (64, 64)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.file)
def test_a_scan_is_named_after_its_file(sample) -> None:
    scan = load_scan(str(sample.path))
    scan.check()
    assert scan.name == Path(sample.file).stem
    assert scan.source == str(sample.path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.nii.gz", "a"),
        ("a.b.PNG", "a.b"),
        ("IM0001", "IM0001"),
        ("1.2.840.10008", "1.2.840.10008"),
        (".png", ".png"),
    ],
)
def test_the_stem_leaves_out_the_suffix_of_a_known_format(name: str, expected: str) -> None:
    assert stem(Path(name)) == expected


def test_all_real_files_open_or_are_refused_in_one_sentence(real_files: Path) -> None:
    opened = []
    for path in sorted(real_files.glob("*/*")):
        try:
            opened.append(load_scan(path).name)
        except UnreadableFileError as error:
            _is_one_sentence(str(error), path.name)
            assert path.name == "MR_truncated.dcm"
    assert opened
