"""On which equipment a DICOM scan was made, and which scans are of one patient."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import pydicom
from pydicom.config import disable_value_validation

from napari_multicancer.core.masks.history import plain_words
from napari_multicancer.io.equipment import Equipment

_ASKED = ("Manufacturer", "ManufacturerModelName", "PatientID", "IssuerOfPatientID")
_LONGEST = 80


@disable_value_validation()  # its warnings quote what stands in the header
def equipment_of(file: Path, key: bytes) -> Equipment:
    """Read what a scan was made on; nothing where it is no DICOM, or cannot be read.

    Parameters
    ----------
    file : Path
        One of the scan's.
    key : bytes
        A secret of at most 64 bytes, so that nobody finds a patient by trying all numbers.
    """
    try:
        header = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=list(_ASKED))
        said = [str(header.get(name) or "").strip() for name in _ASKED]
    except (pydicom.errors.InvalidDicomError, OSError, ValueError, LookupError):
        return Equipment()
    scanner = plain_words(" ".join(said[:2]), _LONGEST)
    patient = blake2b("\0".join(said[2:]).encode(), key=key, digest_size=16).hexdigest()
    return Equipment(scanner, patient if said[2] else "")
