"""The one way in which DICOM files are opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import FileDataset

from napari_multicancer.io.files import BoundedReader


def read_file(path: Path, **options: Any) -> FileDataset:
    """Read a DICOM file, with or without preamble and file meta header.

    Parameters
    ----------
    path : Path
    **options
        As for `pydicom.dcmread`.

    Raises
    ------
    Exception
        Of any kind, where the file is damaged: pydicom promises nothing narrower.
    """
    with BoundedReader(path) as file:
        return pydicom.dcmread(file, force=True, **options)
