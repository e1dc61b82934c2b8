"""Masks that lie among scans are not taken for scans, and no name is too long for a mask."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import nibabel
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom.uid import MRImageStorage

from napari_multicancer.batch.run import BatchOptions, run_batch
from napari_multicancer.batch.worklist import find_files, plan_jobs
from napari_multicancer.core.errors import OutputError
from napari_multicancer.io import load_scan
from napari_multicancer.io.files import LONGEST_NAME
from napari_multicancer.io.masks import Ground
from napari_multicancer.io.provenance import provenance
from napari_multicancer.io.save import save_mask
from napari_multicancer.samples import SAMPLES
from tests.io.dicom.slices import series

BRAIN = next(sample.path for sample in SAMPLES if sample.diagnosis == "tumor")


def _rows(out: Path) -> dict[str, dict[str, str]]:
    with (out / "results.csv").open(newline="", encoding="utf-8") as file:
        return {Path(row["path"]).name: row for row in csv.DictReader(file)}


def _study(folder: Path) -> list[Path]:
    """Save a series, a volume and a picture; give the masks that were saved beside them."""
    named = {"FrameOfReferenceUID": "1.5", "SOPClassUID": MRImageStorage}
    series(folder, {"IM1.dcm": 0.0, "IM2.dcm": 1.0, "IM3.dcm": 2.0}, **named)
    nibabel.save(nibabel.Nifti1Image(np.ones((20, 30, 3), np.int16), np.eye(4)), folder / "v.nii")
    Image.fromarray(np.arange(400, dtype=np.uint8).reshape(20, 20)).save(folder / "p.png")
    masks = []
    for scan, name in (
        (load_scan(folder), "s_mask.dcm"),
        (load_scan(folder / "v.nii"), "v_mask.nii.gz"),
        (load_scan(folder / "p.png"), "odd.tif"),
    ):
        labels = np.zeros(scan.spatial_shape, np.uint8)
        labels[..., 3:9, 4:9] = 1
        path = folder.parent / name
        masks.append(save_mask(path, labels, Ground.of(scan), provenance(scan)))
    return [path.rename(folder / path.name) for path in masks]


@pytest.mark.slow
def test_masks_of_a_folder_are_left_out_whatever_they_are_called(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    masks = _study(folder)
    (folder / "s_mask.dcm").rename(folder / "0001")
    found = list(find_files([folder]))
    assert [path.name for path in found] == ["p.png", "v.nii", "study"]
    assert load_scan(folder).axes == "zyx", "the mask beside it makes it no choice of two"
    (folder / "0001").rename(folder / "s_mask.dcm")
    assert [path.name for path in find_files([folder])] == ["p.png", "v.nii", "study"]
    assert [Path(path).name for path in find_files([f"{folder}/*.nii*"])] == ["v.nii"]
    assert list(find_files(masks)) == masks, "named one by one they get a row"


def test_a_mask_that_is_named_gets_a_row_that_says_so(tmp_path: Path) -> None:
    masks = _study(tmp_path / "study")
    run_batch(masks, tmp_path / "out")
    for path in masks:
        row = _rows(tmp_path / "out")[path.name]
        assert row["status"] == "failed"
        assert row["error"] == (
            f"{path.name} is a mask, not a scan: name the scan that it lies on."
        )


@pytest.mark.parametrize("name", ["a_mask.png", "b (1)_mask_1.png", "c-seg.tif", "label.png"])
def test_what_is_only_called_a_mask_and_looks_like_one_gets_a_row(
    name: str, tmp_path: Path
) -> None:
    pixels = np.zeros((40, 50), np.uint8)
    pixels[10:20, 10:20] = 255
    path = tmp_path / name
    tifffile.imwrite(path, pixels) if name.endswith("tif") else Image.fromarray(pixels).save(path)
    assert list(find_files([tmp_path])) == [path]
    run_batch([path], tmp_path / "out")
    error = _rows(tmp_path / "out")[name]["error"]
    assert error == (
        f"{name} is called a mask and holds 2 different values alone: rename it if it is a scan."
    )


def _lesion() -> np.ndarray:
    pixels = np.zeros((256, 256), np.uint8)
    pixels[100:150, 90:160] = 255
    return pixels


@pytest.mark.parametrize("name", ["0001.png", "truth.tif", "a.jpg", "b.bmp", "c.gif", "d.nii"])
@pytest.mark.parametrize("folder", ["masks", "Ground truth", "my-labels"])
def test_what_lies_in_a_folder_of_masks_and_has_their_values_is_never_diagnosed(
    name: str, folder: str, tmp_path: Path
) -> None:
    path = tmp_path / folder / name
    path.parent.mkdir()
    if name.endswith("nii"):
        volume = np.stack([_lesion(), _lesion() // 2, 0 * _lesion()], -1)
        nibabel.save(nibabel.Nifti1Image(volume, np.eye(4)), path)
    else:
        Image.fromarray(_lesion()).save(path)
    run_batch([path], tmp_path / "out")
    row = _rows(tmp_path / "out")[name]
    assert (row["status"], row["diagnosis"], row["mask"]) == ("failed", "", "")
    assert "mask" in row["error"]


@pytest.mark.parametrize("folder", ["study", "unmasked", "labels of the lab"])
def test_what_only_has_the_values_of_a_mask_is_analyzed_with_a_note(
    folder: str, tmp_path: Path
) -> None:
    path = tmp_path / folder / "0001.png"
    path.parent.mkdir()
    Image.fromarray(_lesion()).save(path)
    run_batch([path], tmp_path / "out")
    row = _rows(tmp_path / "out")["0001.png"]
    assert row["status"] == "ok"
    assert "It holds but a few flat values, as a mask does." in row["notes"]


def test_a_palette_of_labels_is_no_scan(tmp_path: Path) -> None:
    (tmp_path / "SegmentationClass_labels").mkdir()
    labels = Image.fromarray(_lesion() // 100, "P")
    labels.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
    path = tmp_path / "SegmentationClass_labels/2007_000032.png"
    labels.save(path)
    run_batch([path], tmp_path / "out")
    error = _rows(tmp_path / "out")["2007_000032.png"]["error"]
    assert error == (
        "2007_000032.png is called a mask and holds 2 different values alone: "
        "rename it if it is a scan."
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scan", "mask"),
    [
        ("a (1).png", "a (1)_mask.png"),
        ("a.png", "A-seg_2.PNG"),
        ("b.tif", "b_gt.png"),
        ("x.png", "mask_x.png"),
        ("x.y.png", "x.y.ground_truth.png"),
    ],
)
def test_a_soft_mask_is_told_by_its_name_and_the_size_of_the_scan_beside_it(
    scan: str, mask: str, tmp_path: Path
) -> None:
    pixels = load_scan(BRAIN).plane(0).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / scan)
    Image.fromarray(255 - pixels).save(tmp_path / mask)
    paths = [tmp_path / scan, tmp_path / mask]
    assert run_batch(paths, tmp_path / "out").ok == 1
    assert _rows(tmp_path / "out")[mask]["error"] == (
        f"{mask} is called the mask of {scan} and has its size: rename it if it is a scan."
    )
    Image.fromarray(pixels[:-1]).save(tmp_path / mask)
    assert run_batch([tmp_path / mask], tmp_path / "other").ok == 1, "another size: a scan"


@pytest.mark.parametrize("name", ["scan_mask.png", "unmask.png", "labels.png"])
def test_a_scan_that_is_called_a_mask_is_analyzed(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    Image.fromarray(load_scan(BRAIN).plane(0).astype(np.uint8)).save(path)
    assert run_batch([path], tmp_path / "out").ok == 1


@pytest.mark.parametrize("name", ["n" * 246 + ".png", "\u00fc" * 120 + ".png", "n" * 251 + ".png"])
@pytest.mark.parametrize("mask_format", ["tiff", "nifti"])
def test_the_mask_of_a_scan_with_the_longest_name_is_written(
    name: str, mask_format: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    Image.fromarray(load_scan(BRAIN).plane(0).astype(np.uint8)).save(path)
    assert run_batch([path], tmp_path / "out", BatchOptions(mask_format=mask_format)).ok == 1
    mask = tmp_path / "out" / _rows(tmp_path / "out")[name]["mask"]
    assert mask.is_file()
    assert list(mask.parent.iterdir()) == [mask]


@pytest.mark.slow
@settings(max_examples=50)
@given(st.lists(st.text("ab\u00fc\u4e2d\U0001f9e0", min_size=50, max_size=80), max_size=5))
def test_names_that_are_cut_stay_apart_and_fit(names: list[str]) -> None:
    paths = [Path(name * 4 + ".png") for name in names] * 2
    masks = [Path(job.mask).name for job in plan_jobs(paths)]
    assert len({mask.lower() for mask in masks}) == len(paths)
    for mask in masks:
        longest = mask.removesuffix(".tif") + ".nii.gz"
        assert len(os.fsencode(longest)) <= LONGEST_NAME


@pytest.mark.parametrize("stem", ["n" * 240, "\u00fc" * 120 + "n" * 11])
def test_a_mask_of_the_longest_name_is_saved(stem: str, tmp_path: Path) -> None:
    path = save_mask(tmp_path / f"{stem}.tif", np.ones((20, 20), np.uint8))
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_name_that_no_disk_takes_is_refused_by_its_length(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"\(File name too long\): choose a shorter name\.$"):
        save_mask(tmp_path / ("n" * 252 + ".tif"), np.ones((20, 20), np.uint8))
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_mask_that_the_format_has_no_room_for_is_written_in_the_usual_one(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "study"
    ramp = np.arange(600, dtype=np.uint16).tobytes()
    series(folder, {"1.dcm": 0.0, "2.dcm": 1.0}, StudyInstanceUID=None, PixelData=ramp)
    summary = run_batch(
        [folder], tmp_path / "out", BatchOptions(mask_format="dicom-seg", organ="brain")
    )
    error = _rows(tmp_path / "out")["study"]["error"]
    assert (summary.ok, error) == (1, "")
    assert _rows(tmp_path / "out")["study"]["mask"] == "masks/study_mask.tif"
