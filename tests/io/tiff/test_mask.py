from __future__ import annotations

import errno
import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_multicancer.core.errors import OutputError, UnreadableFileError
from napari_multicancer.io import load_scan, read_label_tiff, save_mask, write_label_tiff
from napari_multicancer.io.masks import Ground

LABELS = np.zeros((3, 20, 30), np.uint8)
LABELS[1, 5:9, 5:9] = 1
RECORD = {"source": "äöü=1\n2.png", "probabilities": {"tumor": 0.25}, "models": ["a 1", "b 2"]}


@pytest.mark.slow
@settings(max_examples=60)
@given(
    labels=hnp.arrays(
        st.sampled_from([np.bool_, np.uint8, np.uint16, np.int32, np.int64]),
        hnp.array_shapes(min_dims=2, max_dims=4, max_side=9),
        elements={"min_value": 0},
    ).filter(lambda labels: labels.max() <= 65535),
    spacing=st.none() | st.lists(st.floats(1e-4, 1e4), min_size=4, max_size=4),
    unit=st.sampled_from(["mm", "um", "pixel"]),
)
def test_labels_spacing_and_unit_survive_the_round_trip(
    labels: np.ndarray, spacing: list[float] | None, unit: str, tmp_path_factory
) -> None:
    path = tmp_path_factory.mktemp("labels") / "mask.tif"
    chosen = None if spacing is None else tuple(spacing[-labels.ndim :])
    write_label_tiff(path, labels, spacing=chosen, unit=unit, provenance=RECORD)
    back, found, found_unit, record = read_label_tiff(path)
    np.testing.assert_array_equal(back, labels)
    assert back.shape == labels.shape
    assert back.dtype == (np.uint8 if labels.max() <= 255 else np.uint16)
    assert record == RECORD
    if chosen is None:
        assert (found, found_unit) == (None, None)
    else:
        assert found_unit == unit
        np.testing.assert_allclose(found, chosen, rtol=1e-6)


def test_a_distance_of_planes_that_is_not_known_is_not_made_up(tmp_path: Path) -> None:
    stack = np.zeros((3, 20, 30), np.uint16)
    options = {"photometric": "minisblack", "resolutionunit": "CENTIMETER"}
    tifffile.imwrite(tmp_path / "scan.tif", stack, resolution=(40, 20), **options)
    scan = load_scan(tmp_path / "scan.tif")
    save_mask(tmp_path / "mask.tif", LABELS, Ground.of(scan))
    _, spacing, unit, _ = read_label_tiff(tmp_path / "mask.tif")
    np.testing.assert_allclose(spacing, (np.nan, 0.5, 0.25))
    assert unit == "mm"
    with pytest.raises(OutputError, match="give one size for each axis"):
        write_label_tiff(tmp_path / "mask.tif", LABELS, spacing=(1, np.nan, 1))


def test_the_file_is_what_imagej_reads(tmp_path: Path) -> None:
    path = write_label_tiff(
        tmp_path / "mask.tif", LABELS, spacing=(5.0, 0.5, 0.25), provenance=RECORD
    )
    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages[0]
        assert tiff.is_imagej
        assert tiff.series[0].axes == "ZYX"
        assert page.compression == tifffile.COMPRESSION.ADOBE_DEFLATE
        assert page.photometric == tifffile.PHOTOMETRIC.MINISBLACK
        assert page.tags["XResolution"].value == (4, 1)
        assert page.tags["YResolution"].value == (2, 1)
        assert page.tags["ResolutionUnit"].value == 1
        assert tiff.imagej_metadata["spacing"] == 5.0
        assert tiff.imagej_metadata["unit"] == "mm"
        assert json.loads(tiff.imagej_metadata["provenance"]) == RECORD
        np.testing.assert_array_equal(tiff.asarray(), LABELS)


def test_a_scan_opened_from_it_has_the_same_voxels(tmp_path: Path) -> None:
    path = write_label_tiff(
        tmp_path / "mask.tif", LABELS, spacing=(5000, 500, 250), unit="micrometer"
    )
    scan = load_scan(path)
    assert scan.axes == "zyx"
    np.testing.assert_allclose(scan.voxel_size, (5, 0.5, 0.25))


def test_a_mirrored_axis_leaves_its_sign_behind(tmp_path: Path) -> None:
    path = write_label_tiff(tmp_path / "mask.tif", LABELS[1], spacing=(-0.5, 0.5))
    assert read_label_tiff(path)[1] == (0.5, 0.5)


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (np.full((4, 4), 65536), "renumber"),
        (np.full((4, 4), -1), "renumber"),
        (np.zeros((4, 4), np.float32), "whole numbers"),
        (np.zeros(4, np.uint8), "two to four dimensions"),
        (np.zeros((0, 4), np.uint8), "two to four dimensions"),
    ],
)
def test_labels_that_do_not_fit_are_refused(
    labels: np.ndarray, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match=reason):
        write_label_tiff(tmp_path / "mask.tif", labels)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("spacing", [(1.0,), (0.0, 1.0), (float("nan"), 1.0), (1.0, 1.0, 1.0)])
def test_a_spacing_that_does_not_fit_is_refused(spacing: tuple[float, ...], tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="one size for each axis"):
        write_label_tiff(tmp_path / "mask.tif", LABELS[0], spacing=spacing)


def _disk_full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("what", ["os.replace", "tifffile.imwrite"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_label_tiff(tmp_path / "mask.tif", LABELS)
    before = path.read_bytes()
    monkeypatch.setattr(what, _disk_full)
    with pytest.raises(OutputError, match=r"mask.tif .*No space left on device.*: free some space"):
        write_label_tiff(path, LABELS + 1)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        write_label_tiff(tmp_path / "file" / "mask.tif", LABELS)
    with pytest.raises(OutputError, match="cannot be written"):
        write_label_tiff(tmp_path / "missing" / "mask.tif", LABELS)


def test_something_else_is_not_read_as_labels(tmp_path: Path) -> None:
    path = tmp_path / "mask.tif"
    path.write_text("no TIFF")
    with pytest.raises(UnreadableFileError, match=r"mask\.tif"):
        read_label_tiff(path)
