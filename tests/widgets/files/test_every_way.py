"""Whichever way a file is opened, the window has the pixels and sizes that the terminal has."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
import tifffile
from napari.layers import Image, Labels, Layer
from PIL import Image as Picture
from pydicom.data import get_testdata_file

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan
from napari_multicancer.widgets.common.layers import whole_scan
from tests.handed_cases import MASKS, OPENED, REFUSED, check_right
from tests.shared_folder import cases_folder

from ..conftest import speckle
from .ways import WAYS, Ways

GRAY = speckle(40, 48)
STACK = np.stack([GRAY, GRAY[::-1], GRAY[:, ::-1], 255 - GRAY, GRAY // 2])
COLOR = np.stack([GRAY, GRAY // 2, 255 - GRAY], axis=-1)


def _tiff(pixels: np.ndarray, **options) -> Callable[[Path], None]:
    return lambda path: tifffile.imwrite(path, pixels, **options)


def _picture(mode: str, **options) -> Callable[[Path], None]:
    return lambda path: Picture.fromarray(COLOR).convert(mode).save(path, **options)


def _palette(path: Path) -> None:
    table = np.stack([np.arange(255, -1, -1, dtype=np.uint16) * 257] * 3)
    tifffile.imwrite(path, GRAY, photometric="palette", colormap=table)


def _turned(path: Path) -> None:
    exif = Picture.Exif()
    exif[0x0112] = 6
    Picture.fromarray(GRAY).save(path, exif=exif)


def _dicom(path: Path) -> None:
    dataset = pydicom.dcmread(get_testdata_file("MR_small.dcm", download=False))
    dataset.RescaleSlope, dataset.RescaleIntercept = 2, -100
    dataset.save_as(path)


def _nifti(dtype: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        image = nibabel.Nifti1Image(STACK.T.astype(dtype), np.diag([0.5, 0.75, 3.0, 1.0]))
        image.header.set_xyzt_units("mm")
        image.to_filename(path)

    return write


def _without_suffix(path: Path) -> None:
    _nifti("int16")(path.with_suffix(".nii"))
    path.with_suffix(".nii").rename(path)


def _deep_pgm(path: Path) -> None:
    path.write_bytes(b"P5 48 40 65535\n" + (GRAY.astype(int) * 257).astype(">u2").tobytes())


MM = {"resolution": (0.5, 0.5), "resolutionunit": "NONE"}
MADE = {
    "plain.png": _picture("L"),
    "color.png": _picture("RGB"),
    "alpha.png": _picture("RGBA"),
    "la.png": _picture("LA"),
    "indexed.png": _picture("P"),
    "cmyk.jpg": _picture("CMYK"),
    "turned.jpg": _turned,
    "miniswhite.tif": _tiff(GRAY, photometric="miniswhite"),
    "palette.tif": _palette,
    "cmyk.tif": _tiff(np.dstack([COLOR, GRAY]), photometric="separated"),
    "volume.tif": _tiff(STACK, imagej=True, metadata={"spacing": 5.0, "unit": "mm"}, **MM),
    "film.tif": _tiff(STACK, imagej=True, metadata={"axes": "TYX", "unit": "mm"}, **MM),
    "sized.ome.tif": _tiff(
        STACK,
        metadata={
            "axes": "ZYX",
            "PhysicalSizeX": 2.0,
            "PhysicalSizeXUnit": "mm",
            "PhysicalSizeY": 2.0,
            "PhysicalSizeYUnit": "mm",
            "PhysicalSizeZ": 5.0,
            "PhysicalSizeZUnit": "mm",
        },
    ),
    "pages.tif": _tiff(STACK, photometric="minisblack"),
    "slice.dcm": _dicom,
    "I10": _dicom,
    "00000001": _dicom,
    "im_0001": _dicom,
    "1.2.840.113619.2.5.17": _dicom,
    "image.001": _dicom,
    "scan.dic": _dicom,
    "slice.DC3": _dicom,
    "head.nii.gz": _nifti("int16"),
    "head": _without_suffix,
    "picture": _tiff(GRAY),
    "deep.tif": _tiff(STACK.astype(np.int32) * 999, photometric="minisblack"),
    "deep.pgm": _deep_pgm,
    "complex.nii.gz": _nifti("complex64"),
    "broken.png": lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n, and nothing behind it"),
}
NOTICED = {
    *("la.png", "cmyk.jpg", "miniswhite.tif", "palette.tif"),
    *("volume.tif", "film.tif", "sized.ome.tif"),
}
"""Of what napari's own reader makes of these, the panel must have something to say."""
HANDED = (*OPENED, *REFUSED, *MASKS)
KINDS = {"places": "dms", "pixels": "p", "volumes": "bnxz", "pictures": "gjtv", "lies": "h"}
"""Of the handed cases, by the letters that their names begin with."""

IMAGEIO_LEAVES_FILES_OPEN = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


@pytest.fixture
def ways(viewer, panel, qtbot, monkeypatch) -> Ways:
    return Ways(viewer, panel, qtbot, monkeypatch)


@IMAGEIO_LEAVES_FILES_OPEN
@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_opening_reads_all_files_as_the_terminal_does(ways, told, tmp_path, way):
    noticed = set()
    for number, (name, make) in enumerate(MADE.items()):
        path = tmp_path / str(number) / name  # napari's reader of DICOM reads all of a folder
        path.parent.mkdir()
        make(path)
        check_way(ways, told, way, path)
        if ways.was_noticed:
            noticed.add(name)
    assert way != "file_open" or noticed >= NOTICED


@IMAGEIO_LEAVES_FILES_OPEN
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_way_of_opening_gives_each_handed_case_its_right_value(
    ways, told, cases, tmp_path, way, kind
):
    wrong = []
    for number, name in enumerate(name for name in HANDED if name[0] in KINDS[kind]):
        path = _copied(cases / name, tmp_path / str(number))
        try:
            check_case(ways, told, way, path, name)
        except (AssertionError, ValueError) as error:
            wrong.append(f"{name}: {error}"[:300])
    assert not wrong, "\n".join(wrong)


def test_no_handed_case_is_left_out():
    assert {name[0] for name in HANDED} == set("".join(KINDS.values()))


def check_case(ways: Ways, told: list[str], way: str, path: Path, name: str) -> None:
    """Open a handed case, and compare with its right value."""
    if name in MASKS:
        _check_mask(ways, way, path, name)
        return
    check_way(ways, told, way, path)
    if name in OPENED and ways.viewer.layers:
        check_right(whole_scan(ways.viewer.layers[0]), name)


def _check_mask(ways: Ways, way: str, path: Path, name: str) -> None:
    beneath, voxels = MASKS[name]
    added = ways.open_over(way, cases_folder() / beneath, path)
    if way == "file_open" and ways.gave_up:
        return
    (labels,), image = added, ways.viewer.layers[0]
    assert isinstance(labels, Labels), name
    assert (labels.data.shape, tuple(labels.scale)) == (image.data.shape, tuple(image.scale)), name
    assert np.bincount(labels.data.ravel()).tolist() == voxels, name


def _copied(path: Path, folder: Path) -> Path:
    """Copy a scan, with all that is called like it, to a folder of its own.

    napari's reader of DICOM reads all files of a folder, whichever of them is meant.
    """
    own = folder / f"of {path.name}"
    own.mkdir(parents=True)
    if path.is_dir():
        shutil.copytree(path, own / path.name)
        return own / path.name
    for one in path.parent.iterdir():
        if one.is_file() and one.stem == path.stem:
            shutil.copy(one, own)
    return own / path.name


def check_way(ways: Ways, told: list[str], way: str, path: Path) -> None:
    """Open a file, and compare with `load_scan`, or with the sentence that it or `check` raises.

    What is too small to be analyzed may be shown all the same.
    """
    told.clear()
    layers = ways.open_by(way, path)
    try:
        scan = load_scan(path)
        scan.check()
    except MulticancerError as error:
        scan, refusal = None, str(error)
    where = f"{path.name} by {way}"
    if scan is None and layers and "open a scan of at least" in refusal:
        return
    if scan is None:
        _check_refused(ways, layers, told, refusal, where)
        return
    if way == "file_open" and ways.gave_up:
        return
    assert len(layers) == 1, where
    _check_same(layers[0], scan, where)


def _check_refused(
    ways: Ways, layers: list[Layer], told: list[str], refusal: str, where: str
) -> None:
    """Where napari's own reader gives up, it has its own words."""
    said = [*told, ways.panel.ui.reading.text.text()]
    assert any(refusal in one for one in said) or ways.gave_up, (where, said)
    assert layers == [] or ways.was_noticed, where


def _check_same(layer: Layer, scan: Scan, where: str) -> None:
    assert isinstance(layer, Image), where
    seen = whole_scan(layer)
    assert (seen.spatial_axes, seen.spatial_shape) == (scan.spatial_axes, scan.spatial_shape), where
    assert seen.voxel_size == pytest.approx(scan.voxel_size, nan_ok=True), where
    assert seen.source == scan.source, where
    for index, plane in scan.planes():
        np.testing.assert_array_equal(seen.plane(index), plane, err_msg=where)
