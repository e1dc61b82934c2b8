"""Which other files an OME-TIFF may choose: those beside it, and no others."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io import load_scan
from napari_multicancer.io.tiff import read

PLANES = [np.full((32, 40), 50 * n, np.uint8) for n in (1, 2)]
OWN, OTHER = "urn:uuid:1", "urn:uuid:2"


def _ome(own: str, other: str, *, root: str | None = OWN, n_planes: int = 2) -> str:
    uuid = f' UUID="{root}"' if root else ""
    return (
        f'<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"{uuid}>'
        '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="40" '
        f'SizeY="32" SizeZ="{n_planes}" SizeC="1" SizeT="1"><Channel ID="Channel:0:0" '
        'SamplesPerPixel="1"/>'
        f'<TiffData IFD="0" FirstZ="0" PlaneCount="1"><UUID FileName="{own}">{OWN}</UUID>'
        "</TiffData>"
        f'<TiffData IFD="0" FirstZ="1" PlaneCount="1"><UUID FileName="{other}">{OTHER}</UUID>'
        "</TiffData></Pixels></Image></OME>"
    )


def _write(folder: Path, other: str, name: str = "a.ome.tif", **options: str | None) -> Path:
    folder.mkdir(exist_ok=True)
    description = _ome("a.ome.tif", other, **options)
    tifffile.imwrite(folder / name, PLANES[0], description=description, metadata=None)
    return folder / name


def _write_other(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    tifffile.imwrite(path, PLANES[1], description="", metadata=None)


@pytest.mark.parametrize("name", ["a.ome.tif", "renamed.ome.tif"])
@pytest.mark.parametrize("limit", [1, 2**20])
def test_planes_in_a_file_beside_it_are_read(
    name: str, limit: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "LARGEST_IN_MEMORY", limit)
    path = _write(tmp_path, "b.ome.tif", name)
    _write_other(tmp_path / "b.ome.tif")
    np.testing.assert_array_equal(load_scan(path).pixels, PLANES)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path, "b.ome.tif")
    with pytest.raises(UnreadableFileError, match=r"planes in b\.ome\.tif, which is missing: put"):
        load_scan(path)


@pytest.mark.parametrize(
    "other",
    ["../secret/s.tif", "sub/s.tif", "ABSOLUTE", "..", "..\\secret\\s.tif", "link.tif", ""],
)
def test_nothing_outside_its_folder_is_read(other: str, tmp_path: Path) -> None:
    for folder in ("secret", "own/sub"):
        (tmp_path / folder).mkdir(parents=True)
        _write_other(tmp_path / folder / "s.tif")
    if other == "link.tif":
        os.symlink(tmp_path / "secret" / "s.tif", tmp_path / "own" / "link.tif")
    named = str(tmp_path / "secret" / "s.tif") if other == "ABSOLUTE" else other
    path = _write(tmp_path / "own", named)
    with pytest.raises(UnreadableFileError, match="not in its own folder: put all files"):
        load_scan(path)


def test_a_companion_that_is_no_tiff_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path, "b.ome.tif")
    (tmp_path / "b.ome.tif").write_bytes(b"nothing" * 100)
    with pytest.raises(UnreadableFileError, match=r"b\.ome\.tif is no TIFF file"):
        load_scan(path)


def test_a_plane_that_no_file_holds_is_missed(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.tif"
    description = _ome("a.ome.tif", "a.ome.tif").replace(OTHER, OWN)
    description = description.replace('IFD="0" FirstZ="1"', 'IFD="1" FirstZ="1"')
    tifffile.imwrite(path, PLANES[0], description=description, metadata=None)
    with pytest.raises(UnreadableFileError, match="promises 2 planes, and not all are there"):
        load_scan(path)


def test_what_a_name_holds_besides_letters_is_not_shown(tmp_path: Path) -> None:
    path = _write(tmp_path, "b&#10;\\u202Eb.tif".replace("\\u202E", "&#8238;"))
    with pytest.raises(UnreadableFileError) as error:
        load_scan(path)
    assert "b??b.tif" in str(error.value)
