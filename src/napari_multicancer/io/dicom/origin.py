"""What a scan's DICOM files say of themselves, kept for results that refer back to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydicom.dataset import Dataset

from napari_multicancer.core.scan.steps import AS_TAKEN, Turn

METADATA_KEY = "dicom"
"""Where a `Scan.metadata` holds its `DicomOrigin`."""


@dataclass(frozen=True)
class DicomOrigin:
    """Which DICOM pictures a scan was made of.

    For results in DICOM alone. Descriptions are free text in which names stand,
    and UIDs lead back to a patient: neither goes into a layer's name, a log, a
    table or another format, and `repr` leaves them out.

    Attributes
    ----------
    modality : str
        Such as "MR" or "US"; empty where the file does not say.
    series_description : str
    study_instance_uid, series_instance_uid, frame_of_reference_uid, sop_class_uid : str
        Empty where the file does not say.
    sop_instance_uids : tuple of str
        Of each file, in the order of `files`.
    files : tuple of Path
        In the order of the planes as they were taken; one for a multi-frame file.
    orientation : tuple of float or None
        ImageOrientationPatient: direction cosines of rows and columns.
    positions : tuple of (float, float, float)
        ImagePositionPatient of each plane in mm, in the order of the planes, all
        those of the first volume first; empty where it is not known.
    frame_numbers : tuple of int
        From 1, of a multi-frame file in the order of the planes; empty for files
        of one frame.
    turn : Turn
        From the pictures, ordered along their normal, to the scan's axes.
    """

    modality: str
    series_description: str = field(repr=False)
    study_instance_uid: str = field(repr=False)
    series_instance_uid: str = field(repr=False)
    frame_of_reference_uid: str = field(repr=False)
    sop_class_uid: str = field(repr=False)
    sop_instance_uids: tuple[str, ...] = field(repr=False)
    files: tuple[Path, ...] = field(repr=False)
    orientation: tuple[float, ...] | None
    positions: tuple[tuple[float, ...], ...] = field(repr=False)
    frame_numbers: tuple[int, ...] = field(default=(), repr=False)
    turn: Turn = AS_TAKEN


def origin(
    dataset: Dataset,
    files: Sequence[Path],
    sop_instance_uids: Sequence[str],
    orientation: Sequence[float] | None,
    positions: Sequence[Sequence[float]],
    frame_numbers: Sequence[int] = (),
    turn: Turn = AS_TAKEN,
) -> DicomOrigin:
    """Take from one of a series' datasets what all of them share."""
    return DicomOrigin(
        modality=str(dataset.get("Modality", "")),
        series_description=str(dataset.get("SeriesDescription", "")),
        study_instance_uid=str(dataset.get("StudyInstanceUID", "")),
        series_instance_uid=str(dataset.get("SeriesInstanceUID", "")),
        frame_of_reference_uid=str(dataset.get("FrameOfReferenceUID", "")),
        sop_class_uid=str(dataset.get("SOPClassUID", "")),
        sop_instance_uids=tuple(sop_instance_uids),
        files=tuple(files),
        orientation=None if orientation is None else tuple(map(float, orientation)),
        positions=tuple(tuple(map(float, position)) for position in positions),
        frame_numbers=tuple(map(int, frame_numbers)),
        turn=turn,
    )
