"""What identifies a patient in a DICOM header stays there: not a byte of it in what we write."""

from __future__ import annotations

import gzip
import logging
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from napari.layers import Labels
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset

from napari_multicancer import logs
from napari_multicancer.batch.run import BatchOptions, run_batch
from napari_multicancer.io import load_scan
from napari_multicancer.io.formats import mask_formats
from napari_multicancer.io.snapshots.folder import VARIABLE
from napari_multicancer.samples import SAMPLES
from napari_multicancer.widgets.autosave.autosave import watch_viewer
from napari_multicancer.widgets.files.save_report import report
from napari_multicancer.widgets.files.writer import save_labels

MARK = "Zqxv"
"""Stands in every text that identifies; free of what file formats write by themselves."""
DATES = {"PatientBirthDate": "19370519", "StudyDate": "19830827"}
UIDS = {"StudyInstanceUID": "1.2.7771.1", "SeriesInstanceUID": "1.2.7771.2"}
TEXTS = (
    *("PatientName", "PatientID", "PatientAddress", "PatientComments", "PatientBirthName"),
    *("OtherPatientIDs", "PatientMotherBirthName", "PatientTelephoneNumbers", "EthnicGroup"),
    *("InstitutionName", "InstitutionAddress", "StationName", "InstitutionalDepartmentName"),
    *("ReferringPhysicianName", "PerformingPhysicianName", "OperatorsName", "Occupation"),
    *("StudyDescription", "SeriesDescription", "ProtocolName", "ImageComments"),
    *("AdditionalPatientHistory", "AccessionNumber", "StudyID", "DerivationDescription"),
)


@pytest.fixture
def identified(tmp_path: Path) -> Path:
    """A head as a DICOM series whose headers tell all about the patient, and a damaged slice."""
    stack = load_scan(next(one.path for one in SAMPLES if one.file.endswith("stack.tif")))
    folder = tmp_path / "study"
    folder.mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, plane in enumerate(stack.pixels):
            dataset = _telling_all(number, plane)
            dataset.save_as(folder / f"IM{number}.dcm")
        dataset.SeriesInstanceUID += ".9"
        dataset.save_as(folder / "damaged.dcm")
    content = (folder / "damaged.dcm").read_bytes()
    (folder / "damaged.dcm").write_bytes(content[: len(content) // 2])
    return folder


def _telling_all(number: int, plane: np.ndarray) -> Dataset:
    dataset = pydicom.dcmread(get_testdata_file("MR_small.dcm", download=False))
    for keyword in TEXTS:
        setattr(dataset, keyword, f"{MARK}{keyword[:11]}")
    dataset.PatientName = f"{MARK}^Jane^" + 80 * "y"  # longer than allowed: libraries quote it
    for keyword, value in (DATES | UIDS).items():
        setattr(dataset, keyword, value)
    dataset.add_new(0x00090010, "LO", f"{MARK} private")
    dataset.SOPInstanceUID = f"1.2.7771.3.{number}"
    dataset.ImagePositionPatient = [0, 0, 5 * number]
    dataset.Rows, dataset.Columns = plane.shape
    dataset.PixelData = plane.astype(np.uint16).tobytes()
    return dataset


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The log of this test alone, in which libraries' warnings are noted too."""
    path = tmp_path / "out" / "log.log"
    monkeypatch.setattr(logs, "log_file", lambda: path)
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers = [handler for handler in before if handler.name != logs.NAME]
    logs.set_up_logging()
    for handler in root.handlers:
        handler.setLevel(logging.DEBUG)
    root.setLevel(logging.INFO)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        yield path
    for handler in root.handlers:
        if handler.name == logs.NAME:
            handler.close()
    root.handlers = before
    root.setLevel(level)
    logging.captureWarnings(False)


def leaks(folder: Path) -> list[str]:
    """List what of the patient stands in any file of a folder, or in a file's name."""
    found = []
    for path in (path for path in folder.rglob("*") if path.is_file()):
        secrets = [MARK, *DATES.values()]
        secrets += [] if path.suffix == ".dcm" else UIDS.values()
        contents = [str(path.relative_to(folder)).encode(), *_unpacked(path.read_bytes())]
        found += [
            f"{secret} in {path.name}"
            for secret in secrets
            for code in ("ascii", "utf-16-le")
            if any(secret.lower().encode(code) in content.lower() for content in contents)
        ]
    return found


def _unpacked(content: bytes) -> Iterator[bytes]:
    yield content
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    for start in (at for at in range(len(content) - 1) if content[at : at + 2] == b"\x78\x9c"):
        try:
            yield zlib.decompressobj().decompress(content[start:])
        except zlib.error:
            continue


def test_the_search_finds_what_is_there(identified: Path, tmp_path: Path) -> None:
    assert f"{MARK} in IM0.dcm" in leaks(identified)
    (tmp_path / "packed").mkdir()
    (tmp_path / "packed/a.gz").write_bytes(gzip.compress(b"a Zqxv"))
    (tmp_path / "packed/b").write_bytes(b"..." + zlib.compress(b"a zqxv"))
    (tmp_path / "packed/c").write_bytes("19370519".encode("utf-16-le"))
    assert len(leaks(tmp_path / "packed")) == 3


@pytest.mark.parametrize("mask_format", [row.name for row in mask_formats()])
def test_nothing_of_the_patient_leaves_by_the_terminal(
    identified: Path, log: Path, tmp_path: Path, mask_format: str
) -> None:
    out = tmp_path / "out"
    scan = load_scan(f"{identified}#1")
    assert MARK not in repr(scan) + scan.name
    sources = [Path(f"{identified}#1"), identified / "damaged.dcm"]
    done = run_batch(sources, out, BatchOptions(mask_format=mask_format, overwrite=True))
    assert (done.ok, done.failed) == (1, 1)
    assert "damaged.dcm" in log.read_text("utf-8")
    assert [path.name for path in (out / "masks").iterdir()]
    assert leaks(out) == []


def test_nothing_of_the_patient_leaves_by_the_window(
    identified: Path, log: Path, tmp_path: Path, viewer, monkeypatch, told
) -> None:
    out = tmp_path / "out"
    out.mkdir(exist_ok=True)
    monkeypatch.setenv(VARIABLE, str(out / "snapshots"))
    watched = watch_viewer(viewer)
    (image,) = viewer.open(identified, plugin="napari-multicancer")
    pixels = np.zeros(image.data.shape, np.uint8)
    pixels[4, 100:150, 90:140] = 1
    labels = viewer.add_labels(pixels, name=f"{image.name} lesion", scale=image.scale)
    labels.units = image.units
    labels.data_setitem((np.array([4]), np.array([99]), np.array([99])), 1)
    _settle(watched)
    for name in ("mask.tif", "mask.nii", "mask.nii.gz", "mask.dcm"):
        assert save_labels(out / name, labels).is_file()
    report(out / "report.html", labels)
    assert [one for one in (out / "snapshots").rglob("*") if one.is_file()]
    assert leaks(out) == []
    shown = [repr(viewer.layers), repr(image.metadata), repr(labels.metadata), *told]
    shown += [str(layer.source) for layer in viewer.layers if not isinstance(layer, Labels)]
    assert not [text for text in shown if MARK.lower() in text.lower()]
    assert not [text for text in shown for secret in (DATES | UIDS).values() if secret in text]
    assert any("damaged.dcm" in sentence for sentence in told)


def _settle(watched) -> None:
    """Wait until automatic copies are on disk."""
    from qtpy.QtWidgets import QApplication

    for _ in range(3):
        watched.flush()
        QApplication.processEvents()
