"""The formats of masks, told by the ends of their files' names."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path


class LabelFormat(StrEnum):
    """How a mask is written; the values are those of ``--format``."""

    TIFF = "tiff"
    NIFTI = "nifti"
    DICOM_SEG = "dicom-seg"

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Ends of file names in lower case, the usual one first."""
        return _SUFFIXES[self]


_SUFFIXES = {
    LabelFormat.TIFF: (".tif", ".tiff"),
    LabelFormat.NIFTI: (".nii.gz", ".nii"),
    LabelFormat.DICOM_SEG: (".dcm",),
}


def format_of(path: Path) -> LabelFormat | None:
    """Tell the format by the end of a file's name; None where that says nothing."""
    name = path.name.lower()
    return next((kind for kind in LabelFormat if name.endswith(kind.suffixes)), None)
