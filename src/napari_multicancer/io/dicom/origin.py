"""What is kept of a scan's DICOM files for results that refer back to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from pydicom.dataset import Dataset

from napari_multicancer.core.scan.steps import AS_TAKEN, Turn

IDENTITY = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID", "Modality")
"""Elements without which nothing can refer to a picture."""
_PLACE = (
    *("SeriesNumber", "Rows", "Columns", "NumberOfFrames"),
    *("FrameOfReferenceUID", "PositionReferenceIndicator"),
    *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"),
    *("SliceThickness", "SpacingBetweenSlices"),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
    *("LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod"),
    "BurnedInAnnotation",
)


@dataclass(frozen=True, eq=False)
class DicomOrigin:
    """Which DICOM pictures a scan was made of; see `Scan.origin`.

    For results in DICOM alone. UIDs lead back to a patient: they go into no layer's name, log,
    table or other format, and `repr` leaves them out. Names, dates and free text are not kept.

    Attributes
    ----------
    files : tuple of Path
        In the order of the planes as they were taken; one for a multi-frame file.
    headers : tuple of Dataset
        Of each file, what tells the picture and its place, and nothing else.
    frame_numbers : tuple of int
        From 1, of a multi-frame file in the order of the planes; empty for files
        of one frame.
    turn : Turn
        From the pictures, ordered along their normal, to the scan's axes.
    """

    format: ClassVar[str] = "dicom"

    files: tuple[Path, ...] = field(repr=False)
    headers: tuple[Dataset, ...] = field(repr=False)
    frame_numbers: tuple[int, ...] = field(default=(), repr=False)
    turn: Turn = AS_TAKEN

    @property
    def modality(self) -> str:
        """Such as "MR" or "US"; empty where the files do not say."""
        return str(self.headers[0].get("Modality", ""))

    @property
    def has_text_in_pixels(self) -> bool:
        """Whether a file says that its pixels hold text which may tell who the patient is."""
        return any(str(one.get("BurnedInAnnotation", "")) == "YES" for one in self.headers)

    @property
    def sop_instance_uids(self) -> tuple[str, ...]:
        """Of each file, in the order of `files`."""
        return tuple(str(header.get("SOPInstanceUID", "")) for header in self.headers)


def origin_of(
    files: Sequence[Path], datasets: Sequence[Dataset], frame_numbers: Sequence[int] = ()
) -> DicomOrigin:
    """Keep of files what results refer back to.

    Parameters
    ----------
    files : sequence of Path
    datasets : sequence of Dataset
        Of the files, in their order, whole or from `kept_elements`.
    frame_numbers : sequence of int
        See `DicomOrigin`.
    """
    headers = tuple(map(kept_elements, datasets))
    return DicomOrigin(tuple(files), headers, tuple(map(int, frame_numbers)))


def kept_elements(dataset: Dataset) -> Dataset:
    """Take from a dataset what tells the picture and its place, and nothing else."""
    header = Dataset()
    for keyword in IDENTITY + _PLACE:
        if keyword in dataset:
            header[keyword] = dataset[keyword]
    return header
