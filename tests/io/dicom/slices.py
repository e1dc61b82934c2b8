"""Small DICOM slices that tests make themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

AXIAL = (1, 0, 0, 0, 1, 0)
SAGITTAL = (0, 1, 0, 0, 0, -1)
"""Rows run to the back, columns to the feet: the normal points to the patient's right."""


def slice_dataset(value: int, z: float, **elements: object) -> FileDataset:
    """A 20 x 30 slice full of one value, z mm along the normal of an axial plane."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    pixels = np.full((20, 30), value, np.uint16)
    usual: dict[str, object] = {
        "PatientName": "Doe^Jane",
        "Modality": "MR",
        "SeriesDescription": "JANE DOE HEAD",
        "SeriesInstanceUID": "1.2.3",
        "StudyInstanceUID": "1.2",
        "SOPInstanceUID": meta.MediaStorageSOPInstanceUID,
        "SeriesNumber": 3,
        "PixelSpacing": [0.5, 0.25],
        "SliceThickness": 9,
        "ImageOrientationPatient": list(AXIAL),
        "ImagePositionPatient": [10, 20, z],
        "PhotometricInterpretation": "MONOCHROME2",
        "SamplesPerPixel": 1,
        "BitsAllocated": 16,
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": 0,
        "Rows": 20,
        "Columns": 30,
        "PixelData": pixels.tobytes(),
    }
    for keyword, element in (usual | elements).items():
        if element is not None:
            setattr(dataset, keyword, element)
    return dataset


def save(dataset: Dataset, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


def series(folder: Path, places: dict[str, float], **elements: object) -> Path:
    """Save a slice for each file name; its value is ten times its place."""
    for name, z in places.items():
        save(slice_dataset(int(10 * z), z, **elements), folder / name)
    return folder
