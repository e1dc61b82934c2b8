from __future__ import annotations

import csv
import errno
import os
import sys
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

from napari_multicancer.batch import one_file
from napari_multicancer.batch.results import ResultsTable, Row
from napari_multicancer.batch.run import BatchOptions, run_batch
from napari_multicancer.batch.worklist import find_files
from napari_multicancer.core.analysis.answer import Analysis, Prediction
from napari_multicancer.core.errors import (
    CancelledError,
    ModelError,
    OutputError,
    UnreadableFileError,
)
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan, read_label_tiff, write_label_tiff
from napari_multicancer.samples import SAMPLES
from tests.io.dicom.slices import save, slice_dataset

BRAIN, STACK = SAMPLES[0].path, SAMPLES[-1].path


def _rows(out: Path) -> dict[str, Row]:
    with (out / "results.csv").open(newline="", encoding="utf-8") as file:
        return {row["path"]: row for row in csv.DictReader(file)}


def _text_as_png(folder: Path) -> Path:
    path = folder / "text.png"
    path.write_text("this is no picture")
    return path


def _dicom_picture(path: Path, pixels: np.ndarray) -> Path:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset(path, {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = MRImageStorage, generate_uid()
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = generate_uid(), generate_uid()
    dataset.FrameOfReferenceUID, dataset.Modality = generate_uid(), "MR"
    dataset.ImagePositionPatient, dataset.PixelSpacing = [0, 0, 0], [1, 1]
    dataset.ImageOrientationPatient, dataset.SliceThickness = [1, 0, 0, 0, 1, 0], 5
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelRepresentation, dataset.PixelData = 0, pixels.astype(np.uint8).tobytes()
    dataset.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.slow
def test_every_sample_gets_a_row_and_a_mask_of_its_own_shape(tmp_path: Path) -> None:
    summary = run_batch([sample.path for sample in SAMPLES], tmp_path)
    assert (summary.ok, summary.failed, summary.skipped) == (len(SAMPLES), 0, 0)
    rows = _rows(tmp_path)
    for sample in SAMPLES:
        row, scan = rows[str(sample.path)], load_scan(sample.path)
        assert row["organ"] == sample.organ
        mask, spacing, _, record = read_label_tiff(tmp_path / row["mask"])
        assert mask.shape == scan.spatial_shape
        assert spacing is None
        assert record["source"] == sample.file
        assert record["models"] == row["models"].split("; ")
        assert float(row["seconds"]) > 0
        assert int(row["planes"]) == scan.n_planes


def test_the_mask_keeps_the_voxel_size(tmp_path: Path) -> None:
    # A label image is a TIFF with a voxel size: good enough as a scan of the sample's pixels.
    path = tmp_path / "scan.tif"
    write_label_tiff(path, load_scan(BRAIN).pixels, spacing=(0.5, 0.25))
    run_batch([path], tmp_path / "out")
    (row,) = _rows(tmp_path / "out").values()
    assert row["area_unit"] == "mm2"
    _, spacing, unit, _ = read_label_tiff(tmp_path / "out" / row["mask"])
    assert (spacing, unit) == ((0.5, 0.25), "mm")


@pytest.mark.slow
def test_a_nifti_mask_lies_on_its_nifti_scan(tmp_path: Path) -> None:
    stack = np.asarray(load_scan(STACK).pixels)
    path = tmp_path / "head.nii"
    nibabel.save(nibabel.Nifti1Image(stack.T, np.diag([-1.0, -1, 5, 1])), path)
    np.testing.assert_array_equal(load_scan(path).pixels, stack)
    run_batch([path, BRAIN], tmp_path / "out", BatchOptions(mask_format="nifti"))
    rows = _rows(tmp_path / "out")
    assert rows[str(path)]["mask"] == "masks/head_mask.nii.gz"
    mask, source = nibabel.load(tmp_path / "out" / rows[str(path)]["mask"]), nibabel.load(path)
    assert mask.shape == source.shape
    np.testing.assert_array_equal(mask.affine, source.affine)
    assert np.count_nonzero(mask.dataobj) > 0
    picture = nibabel.load(tmp_path / "out" / rows[str(BRAIN)]["mask"])
    assert picture.shape == (*load_scan(BRAIN).pixels.shape[::-1], 1)
    assert picture.header.get_xyzt_units()[0] == "unknown"


def test_a_mask_of_another_format_does_not_take_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    copy = tmp_path / BRAIN.name
    copy.write_bytes(BRAIN.read_bytes())
    run_batch([BRAIN], tmp_path / "out")
    run_batch([BRAIN, copy], tmp_path / "out", BatchOptions(resume=True, mask_format="nifti"))
    rows = _rows(tmp_path / "out")
    assert rows[str(BRAIN)]["mask"] == f"masks/{BRAIN.stem}_mask.tif"
    assert rows[str(copy)]["mask"] == f"masks/{BRAIN.stem}_2_mask.nii.gz"


@pytest.mark.slow
def test_a_dicom_scan_gets_a_dicom_segmentation_and_others_a_tiff(tmp_path: Path) -> None:
    path = _dicom_picture(tmp_path / "head.dcm", np.asarray(load_scan(BRAIN).pixels))
    run_batch([path, BRAIN], tmp_path / "out", BatchOptions(mask_format="dicom-seg"))
    rows = _rows(tmp_path / "out")
    assert {row["status"] for row in rows.values()} == {"ok"}
    assert rows[str(BRAIN)]["mask"] == f"masks/{BRAIN.stem}_mask.tif"
    assert rows[str(path)]["mask"] == "masks/head_mask.dcm"
    mask = pydicom.dcmread(tmp_path / "out/masks/head_mask.dcm")
    source = pydicom.dcmread(path)
    assert mask.StudyInstanceUID == source.StudyInstanceUID
    (segment,) = mask.SegmentSequence
    assert segment.SegmentAlgorithmType == "AUTOMATIC"
    assert (
        rows[str(path)]["models"]
        in segment.SegmentationAlgorithmIdentificationSequence[0].AlgorithmParameters
    )


def test_a_file_that_fails_says_why_and_the_others_go_on(tmp_path: Path) -> None:
    paths = [_text_as_png(tmp_path), tmp_path / "missing.png", BRAIN]
    summary = run_batch(paths, tmp_path / "out")
    assert (summary.ok, summary.failed) == (1, 2)
    rows = _rows(tmp_path / "out")
    assert rows[str(paths[0])]["status"] == "failed"
    assert rows[str(paths[0])]["error"].startswith("text.png is no picture")
    assert "There is no file" in rows[str(paths[1])]["error"]
    assert rows[str(BRAIN)]["status"] == "ok"


def test_a_scan_of_something_else_gets_no_diagnosis_and_no_mask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Analysis(Prediction({"brain": 0.1, "breast": 0.1, "other": 0.8}, negative="other"))
    monkeypatch.setattr(one_file, "analyze", lambda scan, **_: other)
    run_batch([BRAIN], tmp_path)
    (row,) = _rows(tmp_path).values()
    assert (row["status"], row["organ"]) == ("ok", "other")
    assert (row["diagnosis"], row["mask"], row["lesion_area"]) == ("", "", "")
    assert not list((tmp_path / "masks").iterdir())


def test_a_surprise_in_one_file_stays_in_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def surprise(*_: object, **__: object) -> None:
        raise ZeroDivisionError("deep inside")

    monkeypatch.setattr(one_file, "analyze", surprise)
    assert run_batch([BRAIN], tmp_path).failed == 1
    (row,) = _rows(tmp_path).values()
    assert "unexpected" in row["error"]
    assert "deep inside" not in row["error"]
    assert "deep inside" in caplog.text


@pytest.mark.slow
def test_resume_leaves_alone_what_is_done(tmp_path: Path) -> None:
    broken = _text_as_png(tmp_path)
    out = tmp_path / "out"
    run_batch([broken, BRAIN], out)
    before = _rows(out)[str(BRAIN)]
    Image.fromarray(np.asarray(load_scan(BRAIN).pixels)).save(broken)
    summary = run_batch([broken, BRAIN, STACK], out, BatchOptions(resume=True))
    assert (summary.ok, summary.failed, summary.skipped) == (2, 0, 1)
    rows = _rows(out)
    assert list(rows) == [str(BRAIN), str(broken), str(STACK)]
    assert rows[str(BRAIN)] == before
    assert len({row["mask"] for row in rows.values()}) == 3


@pytest.mark.slow
def test_another_runs_table_is_not_overwritten(tmp_path: Path) -> None:
    run_batch([BRAIN], tmp_path)
    before = (tmp_path / "results.csv").read_bytes()
    with pytest.raises(OutputError, match="--resume"):
        run_batch([STACK], tmp_path)
    assert (tmp_path / "results.csv").read_bytes() == before
    run_batch([STACK], tmp_path, BatchOptions(overwrite=True))
    assert list(_rows(tmp_path)) == [str(STACK)]


def test_stopping_keeps_the_rows_so_far(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    with pytest.raises(CancelledError):
        run_batch(
            [BRAIN, STACK],
            tmp_path,
            progress=lambda done, total: steps.append((done, total)),
            cancelled=lambda: bool(steps),
        )
    assert steps == [(1, 2)]
    assert list(_rows(tmp_path)) == [str(BRAIN)]


@pytest.mark.slow
def test_stopping_within_a_file_leaves_it_to_the_next_run(tmp_path: Path) -> None:
    asked = 0

    def at_the_fourth_plane() -> bool:
        nonlocal asked
        asked += 1
        return asked > 4

    with pytest.raises(CancelledError):
        run_batch([STACK], tmp_path, cancelled=at_the_fourth_plane)
    assert not _rows(tmp_path)
    assert not list((tmp_path / "masks").iterdir())
    assert run_batch([STACK], tmp_path, BatchOptions(resume=True)).ok == 1


def test_stopping_acts_among_files_that_are_done_already(tmp_path: Path) -> None:
    run_batch([BRAIN], tmp_path)
    with pytest.raises(CancelledError):
        run_batch([BRAIN], tmp_path, BatchOptions(resume=True), cancelled=lambda: True)
    assert list(_rows(tmp_path)) == [str(BRAIN)]


def test_an_unknown_model_stops_before_anything_is_written(tmp_path: Path) -> None:
    for models in ({"brain": "no-such"}, {"liver": "brain"}):
        with pytest.raises(ModelError, match="choose one of"):
            run_batch([BRAIN], tmp_path / "out", BatchOptions(models=models))
    assert not (tmp_path / "out").exists()


def test_an_output_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        run_batch([BRAIN], tmp_path / "out")
    assert (tmp_path / "out").read_text() == "a file in the way"


def test_a_slice_that_is_written_again_while_its_series_is_analysed_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "series"
    folder.mkdir()
    dataset = pydicom.dcmread(get_testdata_file("MR_small.dcm", download=False))
    for number in range(3):
        dataset.ImagePositionPatient = [0, 0, 5 * number]
        dataset.SOPInstanceUID = generate_uid()
        dataset.save_as(folder / f"{number}.dcm")

    def write_again(scan: Scan, **_: object) -> Analysis:
        dataset.save_as(folder / "1.dcm")
        raise UnreadableFileError("It is damaged.")

    monkeypatch.setattr(one_file, "analyze", write_again)
    assert run_batch([folder], tmp_path / "out").failed == 1
    (row,) = _rows(tmp_path / "out").values()
    assert row["error"].startswith("series changed while it was analysed: run again")


def test_a_file_that_changes_or_goes_while_it_is_read_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(scan: Scan, **_: object) -> Analysis:
        if scan.name == "grows":
            Path(scan.source).write_bytes(b"more")
        else:
            Path(scan.source).unlink()
        raise UnreadableFileError("It is damaged.")

    paths = [tmp_path / "grows.tif", tmp_path / "goes.tif", tmp_path / "gone.tif"]
    for path in paths[:2]:
        path.write_bytes(STACK.read_bytes())
    monkeypatch.setattr(one_file, "analyze", change)
    assert run_batch(paths, tmp_path / "out").failed == 3
    reasons = [row["error"] for row in _rows(tmp_path / "out").values()]
    again = "changed while it was analysed: run again when it is complete."
    assert reasons[:2] == [f"grows.tif {again}", f"goes.tif {again}"]
    assert reasons[2] == f"There is no file {paths[2]}: check its name."
    assert not list((tmp_path / "out/masks").iterdir())


def test_a_file_at_an_address_is_fetched_and_resumed(tmp_path: Path) -> None:
    address, missing = f"file://{BRAIN}", f"file://{tmp_path}/missing.png"
    run_batch([address, missing], tmp_path / "out")
    rows = _rows(tmp_path / "out")
    assert rows[address]["mask"] == f"masks/{BRAIN.stem}_mask.tif"
    assert read_label_tiff(tmp_path / "out" / rows[address]["mask"])[3]["source"] == BRAIN.name
    assert rows[missing]["error"] == f"There is no file {missing}: check its name."
    assert run_batch([address], tmp_path / "out", BatchOptions(resume=True)).skipped == 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such names")
def test_the_mask_of_a_name_that_is_no_utf8_is_where_the_table_says(tmp_path: Path) -> None:
    paths = [tmp_path / "\udcff.jpg", tmp_path / "\udcfe.jpg"]
    for path in paths:
        path.write_bytes(BRAIN.read_bytes())
    assert run_batch(paths, tmp_path / "out").ok == 2
    masks = [row["mask"] for row in _rows(tmp_path / "out").values()]
    assert masks == ["masks/__mask.tif", "masks/__2_mask.tif"]
    assert all((tmp_path / "out" / mask).is_file() for mask in masks)
    assert run_batch(paths, tmp_path / "out", BatchOptions(resume=True)).skipped == 2


@pytest.mark.timeout(120)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_pipes_among_scans_and_results_hold_nobody(tmp_path: Path) -> None:
    scans, out = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()
    out.mkdir()
    for name in ("a.png", "b.dcm", "c", "DICOMDIR", "d.nii.gz", "list.txt"):
        os.mkfifo(scans / name)
    found = list(find_files([scans, scans / "list.txt"]))
    assert run_batch(found, out).failed == len(found) > 0
    assert all("is no file" in row["error"] for row in _rows(out).values())
    (out / "results.csv").unlink()
    for name in ("results.csv", "results.lock"):
        os.mkfifo(out / name)
        with pytest.raises(OutputError, match=name):
            run_batch([BRAIN], out)
        (out / name).unlink()


def test_a_full_disk_costs_the_mask_and_not_the_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tifffile.imwrite", disk_full)
    assert run_batch([BRAIN], tmp_path).failed == 1
    (row,) = _rows(tmp_path).values()
    assert "No space left on device" in row["error"]
    assert not list((tmp_path / "masks").iterdir())


def test_a_table_that_cannot_grow_stops_the_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: ResultsTable, row: Row) -> None:
        raise OutputError("results.csv cannot be written: free some space.")

    monkeypatch.setattr(ResultsTable, "add", refuse)
    with pytest.raises(OutputError, match="free some space"):
        run_batch([BRAIN], tmp_path)


def test_whatever_is_wrong_with_a_file_it_is_called_by_its_whole_name(tmp_path: Path) -> None:
    wrong = {
        "tiny.png": np.zeros((10, 10), np.uint8),
        "flat.png": np.full((64, 64), 7, np.uint8),
    }
    for name, pixels in wrong.items():
        Image.fromarray(pixels).save(tmp_path / name)
    np.save(tmp_path / "none.npy", np.zeros(3))
    run_batch(sorted(tmp_path.iterdir()), tmp_path / "out")
    errors = {Path(path).name: row["error"] for path, row in _rows(tmp_path / "out").items()}
    assert len(errors) == 3
    for name, error in errors.items():
        assert error.startswith(f"{name} ")


def test_slices_that_are_read_singly_say_so_in_their_rows(tmp_path: Path) -> None:
    texture = np.random.default_rng(0).integers(0, 900, (20, 30)).astype(np.uint16)
    for name in "abc":
        elements = {"ImagePositionPatient": None, "ImageOrientationPatient": None}
        dataset = slice_dataset(0, 0, **elements, PixelData=texture.tobytes())
        save(dataset, tmp_path / "study" / f"{name}.dcm")
    run_batch(find_files([tmp_path / "study"]), tmp_path / "out", BatchOptions())
    rows = _rows(tmp_path / "out").values()
    assert len(rows) == 3
    assert all(
        "It is one of 3 slices of a series that tell neither" in row["notes"] for row in rows
    )
