"""Small scans and results for the tests of projects."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import nibabel
import numpy as np
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

from napari_multicancer.batch.results import ResultsTable, all_columns
from napari_multicancer.io import save_mask


def picture(path: Path, seed: int = 0) -> Path:
    """Write a grey picture that is like no other of another seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (24, 32), np.uint8)
    Image.fromarray(noise).save(path)
    return path


def pictures(folder: Path, number: int) -> list[Path]:
    return [picture(folder / f"scan{n}.png", n) for n in range(1, number + 1)]


def mask(left: int = 8, width: int = 8) -> np.ndarray:
    """Outline a rectangle on a picture of `picture`."""
    labels = np.zeros((24, 32), np.uint8)
    labels[6:18, left : left + width] = 1
    return labels


def answer(path: Path, **cells: str) -> dict[str, str]:
    """Make the row of a breast that shows something benign."""
    row = dict.fromkeys(all_columns(), "")
    row |= {"path": str(path), "status": "ok", "organ": "breast", "diagnosis": "benign"}
    row |= {"p_breast": "0.99", "p_benign": "0.80", "confident": "true", "planes": "1"}
    row |= {"lesion_area": "96", "area_unit": "px", "models": "recognizer 2; breast 2"}
    return row | cells


def failure(path: Path, reason: str) -> dict[str, str]:
    row = dict.fromkeys(all_columns(), "")
    return row | {"path": str(path), "status": "failed", "error": reason}


def results(folder: Path, *rows: Mapping[str, str], left: int = 8) -> None:
    """Write a table as a batch does, with the masks that it names."""
    folder.mkdir(parents=True, exist_ok=True)
    with ResultsTable(folder / "results.csv") as table:
        for row in rows:
            if row["mask"]:
                (folder / row["mask"]).parent.mkdir(exist_ok=True)
                save_mask(folder / row["mask"], mask(left))
            table.add(dict(row))


def volume(path: Path) -> Path:
    """Write a volume of five planes of 24 x 32 voxels, 3 mm apart, 2 mm wide."""
    path.parent.mkdir(parents=True, exist_ok=True)
    voxels = np.random.default_rng(9).integers(0, 900, (32, 24, 5), np.int16)
    nibabel.save(nibabel.Nifti1Image(voxels, np.diag([-2.0, -2.0, 3.0, 1.0])), path)
    return path


def dicom(path: Path, seed: int = 5) -> Path:
    """Write a slice of 24 x 32 pixels of 0.5 mm, of one patient, on one scanner."""
    path.parent.mkdir(parents=True, exist_ok=True)
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = MRImageStorage, generate_uid()
    dataset = FileDataset(path, {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = MRImageStorage, meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = generate_uid(), generate_uid()
    dataset.FrameOfReferenceUID, dataset.Modality = generate_uid(), "MR"
    dataset.Manufacturer, dataset.ManufacturerModelName = "Acme", "Sono 3"
    dataset.PatientID, dataset.PatientName = "ID-77", "Doe^Jane"
    dataset.ImagePositionPatient, dataset.PixelSpacing = [0, 0, 0], [0.5, 0.5]
    dataset.ImageOrientationPatient, dataset.SliceThickness = [1, 0, 0, 0, 1, 0], 5
    dataset.Rows, dataset.Columns = 24, 32
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 0
    pixels = np.random.default_rng(seed).integers(0, 4000, (24, 32), np.uint16)
    dataset.PixelData = pixels.tobytes()
    dataset.save_as(path, enforce_file_format=True)
    return path
