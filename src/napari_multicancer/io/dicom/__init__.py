"""DICOM: single files, series, and segmentations."""

from __future__ import annotations

import os
from pathlib import Path


def is_dicomdir(path: Path) -> bool:
    """Tell the list of the files on a DICOM disc by its name; the standard leaves it no other."""
    return path.name.upper() == "DICOMDIR" and os.path.isfile(path)
