"""What is a scan by its name, and of no format that is read, says so, and is never passed over."""

from __future__ import annotations

import bz2
import gzip
import zipfile
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_multicancer.batch.worklist import find_files
from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io import load_scan
from napari_multicancer.io.unread import is_called_a_scan
from napari_multicancer.project.beginning import begin

PICTURE = np.arange(20 * 30, dtype=np.uint16).reshape(20, 30)
KINDS = {
    "a.gipl": "GIPL",
    "b.gipl.gz": "GIPL",
    "c.jxl": "JPEG XL",
    "d.heic": "HEIF",
    "e.czi": "a microscope's format",
    "f.3gp": "a film",
    "g.rec": "Philips PAR/REC",
}
PACKED = {"h.nii.bz2": bz2.compress(bytes(400)), "i.dcm.gz": gzip.compress(bytes(400))}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "scans"
    inside.mkdir()
    for name in KINDS:
        (inside / name).write_bytes(
            gzip.compress(b"?" * 400) if name.endswith("gz") else b"?" * 400
        )
    for name, content in PACKED.items():
        (inside / name).write_bytes(content)
    for name in ("notes.txt", "table.csv", "table.csv.gz", "program.py", "paper.pdf"):
        (inside / name).write_bytes(b"?" * 400)
    return inside


@pytest.mark.parametrize("name", KINDS)
def test_it_is_refused_by_the_name_of_its_format(name: str, folder: Path) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        load_scan(folder / name)
    told = str(refused.value)
    assert told.startswith(f"{name} is {KINDS[name]} by its name, and is not read here: ")
    assert "NIfTI" in told or "PNG or TIFF" in told or "MP4" in told


@pytest.mark.parametrize("name", PACKED)
def test_what_is_packed_is_called_so(name: str, folder: Path) -> None:
    with pytest.raises(UnreadableFileError, match=rf"^{name} is packed \((bzip2|gzip)\): unpack"):
        load_scan(folder / name)


def test_first_bytes_count_before_such_a_name(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "slide.svs", PICTURE)
    np.testing.assert_array_equal(load_scan(tmp_path / "slide.svs").pixels, PICTURE)


@pytest.mark.parametrize("recursive", [False, True])
def test_in_a_folder_each_is_listed(recursive: bool, folder: Path) -> None:
    above = folder.parent if recursive else folder
    found = find_files([above], recursive=recursive)
    assert [path.name for path in found] == [*KINDS, *PACKED]


def test_at_an_address_each_is_listed(folder: Path) -> None:
    found = find_files([f"file://{folder}"])
    assert [str(path).rpartition("/")[2] for path in found] == [*KINDS, *PACKED]


def test_in_an_archive_each_is_listed(folder: Path) -> None:
    with zipfile.ZipFile(folder.parent / "a.zip", "w") as archive:
        archive.write(folder / "a.gipl", "a.gipl")
        archive.write(folder / "notes.txt", "notes.txt")
    with pytest.raises(UnreadableFileError, match="is GIPL by its name"):
        load_scan(folder.parent / "a.zip")


def test_a_list_has_each(folder: Path, tmp_path: Path) -> None:
    assert begin([folder], tmp_path / "list").scans == len(KINDS) + len(PACKED)


def test_a_number_behind_a_point_is_no_suffix(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "scan.001", PICTURE, photometric="minisblack")
    (tmp_path / "notes.002").write_text("Scans of 2026")
    assert [path.name for path in find_files([tmp_path])] == ["scan.001"]


def test_masks_and_scans_are_called_scans_and_tables_are_not() -> None:
    names = ("A.NII.GZ", "a.jls", "a.GIPL", "a.nii.xz", "a.csv", "a.tar.gz", "gipl", "a.xml.gz")
    assert [name for name in names if is_called_a_scan(name)] == [*names[:4]]
