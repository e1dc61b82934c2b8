"""DICOM Segmentation, laid out as `load_scan` lays out the pictures that it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.config import disable_value_validation
from pydicom.dataset import Dataset

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.core.scan.steps import AS_TAKEN
from napari_multicancer.io.dicom.header import SEGMENTATIONS, read_file
from napari_multicancer.io.dicom.origin import DicomOrigin
from napari_multicancer.io.dicom.seg_planes import SegPlanes, frame_groups, listed
from napari_multicancer.io.dicom.seg_write import SIZE_ENTERED, SOFTWARE
from napari_multicancer.io.masks import SavedMask
from napari_multicancer.io.provenance import SIZE_BY_HAND

_LABEL = re.compile(r"Lesion (\d{1,5})")
_SIGNS_OF_A_POOR_FILE = (AttributeError, LookupError, TypeError, ValueError, OSError)


def is_dicom_seg(path: str | Path) -> bool:
    """Say whether a file is a DICOM Segmentation; False, too, for what cannot be read."""
    try:
        header = read_file(Path(path), specific_tags=["SOPClassUID"], stop_before_pixels=True)
        return header.get("SOPClassUID") in SEGMENTATIONS
    except Exception:  # noqa: BLE001  whatever ails the file, it is no mask
        return False


@disable_value_validation()  # its warnings quote what stands in the header
def read_dicom_seg(path: str | Path, origins: Iterable[Any] = ()) -> SavedMask:
    """Read a DICOM Segmentation: binary, fractional, or a label map.

    Segments called "Lesion N", as `write_dicom_seg` calls them, get label N, others
    their own number. Planes without a lesion, which are left out of the file, are
    back. Where segments overlap, the one with the highest label counts; of a fractional
    one, half of the largest value and more is the segment. See `SegPlanes` for where frames lie.

    Parameters
    ----------
    path : str or Path
    origins : iterable
        Of the scans that are open; those of other formats are passed over. Without the
        right one among them, planes have the order in which the file lists the pictures,
        which is that of the scan in files written here; a Segmentation of a file of many
        frames needs it.

    Returns
    -------
    SavedMask
        Labels of shape (plane, row, column), in the order of the scan's axes where the origin is
        known, else as the pictures were taken: (row, column), then, for a single one. Spacing in
        mm. Provenance as far as the file says it.

    Raises
    ------
    UnreadableFileError
        It is no Segmentation, is damaged, or names no pictures that it can
        be laid on.
    """
    path = Path(path)
    try:
        dataset = read_file(path)
        if dataset.SOPClassUID not in SEGMENTATIONS:
            raise ValueError("no Segmentation")
        origin = _origin_of(dataset, origins)
        labels = _lay_out(_frame_labels(dataset, path.name), SegPlanes(dataset, origin, path.name))
        turn, spacing = origin.turn if origin else AS_TAKEN, _spacing(dataset)
        labels, spacing = turn.there(labels), spacing and turn.sort(spacing)
        if origin is None and len(labels) == 1:
            labels, spacing = labels[0], spacing and spacing[1:]
        return SavedMask(labels, spacing, "mm", _provenance(dataset), origin)
    except UnreadableFileError:
        raise
    except _SIGNS_OF_A_POOR_FILE as error:
        raise UnreadableFileError(
            f"{path.name} is no DICOM Segmentation of known pictures, or is damaged: "
            "export it again, or open the mask as TIFF or NIfTI."
        ) from error


def _origin_of(dataset: Dataset, origins: Iterable[Any]) -> DicomOrigin | None:
    named = set(listed(dataset))
    ours = (origin for origin in origins if isinstance(origin, DicomOrigin))
    return next((one for one in ours if named and named <= set(one.sop_instance_uids)), None)


def _frame_labels(dataset: Dataset, name: str) -> NDArray[np.uint16]:
    """Give the labels that each frame shows, shape (frame, row, column)."""
    frames = dataset.pixel_array.reshape(-1, dataset.Rows, dataset.Columns)
    values = _values(dataset)
    if dataset.SegmentationType == "LABELMAP":
        numbers = np.arange(int(frames.max(initial=0)) + 1, dtype=np.uint16)
        for segment, value in values.items():
            numbers[segment : segment + 1] = value
        return np.asarray(numbers[frames], np.uint16)
    least = 1
    if dataset.SegmentationType == "FRACTIONAL":
        largest = int(dataset.get("MaximumFractionalValue") or 0)
        if not largest:
            raise UnreadableFileError(
                f"{name} does not say which of its values is the largest (MaximumFractionalValue): "
                "export it again."
            )
        least = -(-largest // 2)
    shown = np.array([values[number] for number in _segments_of_frames(dataset)], np.uint16)
    return np.where(frames >= least, shown[:, None, None], np.uint16(0))


def _values(dataset: Dataset) -> dict[int, int]:
    """Say which label each segment is."""
    values = {}
    for segment in dataset.SegmentSequence:
        known = _LABEL.fullmatch(str(segment.get("SegmentLabel", "")))
        number = int(segment.SegmentNumber)
        values[number] = int(known[1]) if known else number
    if len(set(values.values())) < len(values):
        values = {number: number for number in values}
    return values


def _segments_of_frames(dataset: Dataset) -> list[int]:
    """Say which segment each frame shows."""
    shared = dataset.SharedFunctionalGroupsSequence[0]
    return [
        int(_segment_number(groups if _names_segment(groups) else shared))
        for groups in frame_groups(dataset)
    ]


def _names_segment(groups: Dataset) -> bool:
    return "SegmentIdentificationSequence" in groups


def _segment_number(groups: Dataset) -> Any:
    return groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber


def _lay_out(frames: NDArray[np.uint16], planes: SegPlanes) -> NDArray[Any]:
    """Lay frames over each other, that of the highest label last."""
    labels = np.zeros((planes.count, *planes.shape), np.uint16)
    highest = frames.max(axis=(1, 2), initial=0)
    for index in np.argsort(highest, kind="stable"):
        if highest[index]:
            planes.put(labels, index, frames[index])
    return labels.astype(np.uint8 if frames.max(initial=0) <= 255 else np.uint16, copy=False)


def _spacing(dataset: Dataset) -> tuple[float, ...] | None:
    measures = dataset.SharedFunctionalGroupsSequence[0].get("PixelMeasuresSequence")
    if not measures or not measures[0].get("PixelSpacing"):
        return None
    distance = measures[0].get("SpacingBetweenSlices") or measures[0].get("SliceThickness")
    height, width = map(float, measures[0].PixelSpacing)
    return float(distance or 1.0), height, width


def _provenance(dataset: Dataset) -> dict[str, Any] | None:
    """Put together again what `write_dicom_seg` was told of who made the mask."""
    if dataset.get("ManufacturerModelName") != SOFTWARE:
        return None
    segment = dataset.SegmentSequence[0]
    record: dict[str, Any] = {"models": _models(segment)}
    region = segment.get("AnatomicRegionSequence")
    if region:
        record["organ"] = {"label": str(region[0].CodeMeaning).lower()}
    if str(segment.get("SegmentDescription") or "").startswith(SIZE_ENTERED):
        record[SIZE_BY_HAND] = True
    return record | {"edited_by_hand": segment.SegmentAlgorithmType != "AUTOMATIC"}


def _models(segment: Dataset) -> list[str]:
    for item in segment.get("SegmentationAlgorithmIdentificationSequence") or ():
        if found := re.match(r"models=([^,]*)", str(item.get("AlgorithmParameters") or "")):
            return [name.strip() for name in found[1].split(";") if name.strip()]
    return []
