"""Label images as DICOM Segmentation, in the study of the pictures that they belong to."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code as PydicomCode
from pydicom.valuerep import DSfloat

from napari_multicancer import __version__
from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.masks.history import changes_of, summary
from napari_multicancer.core.models.organs import finding_name, organ_card
from napari_multicancer.core.models.record import Anatomy, Code
from napari_multicancer.core.scan.pixel_size import ENTERED
from napari_multicancer.io.dicom.geometry import first_point, frame_items
from napari_multicancer.io.dicom.origin import IDENTITY, DicomOrigin
from napari_multicancer.io.files import replacing
from napari_multicancer.io.masks import Ground, labels_to_store
from napari_multicancer.io.provenance import SIZE_BY_HAND

if TYPE_CHECKING:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentDescription

SOFTWARE = "napari-multicancer"
SIZE_ENTERED = ENTERED.removesuffix(".")
SERIES_NUMBER_OFFSET = 1000
"""Added to the pictures' SeriesNumber, so that the two stand together in a list."""

_PATIENT_AND_STUDY = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    *("StudyID", "StudyDate", "StudyTime", "AccessionNumber"),
)
"""What a Segmentation must have, though without a value: it identifies the patient."""
_OF_ALL_FRAMES = ("PixelMeasuresSequence", "PlaneOrientationSequence")
"""Functional groups that highdicom expects to be shared by all frames."""
_LONGEST_TEXT = 1024
"""Characters of an attribute of type ST."""
_SIGNS_OF_A_POOR_HEADER = (AttributeError, LookupError, TypeError, ValueError)
"""What highdicom raises where pictures lack or contradict what it needs."""


def write_dicom_seg(
    path: str | Path,
    labels: NDArray[Any],
    ground: Ground,
    provenance: Mapping[str, Any] | None = None,
) -> Path:
    """Write a label image as binary DICOM Segmentation (PS3.3 A.51) that refers to its pictures.

    Every label but 0 becomes a segment "Lesion LABEL", in ascending order; a mask
    without any gets an empty one, "Lesion 1". The organ's model card may have another word
    for the finding, and says in codes where it lies and what it is. Frames lie where the pictures'
    frames lie, and name them. Who made it (by hand, a model, or a model and a hand),
    which models, what was done to the mask and a size of a pixel that was entered by hand stand
    with each segment, the note on
    research use in the series' and the content's descriptions. It refers to its study,
    series and pictures by their UIDs; name, number and whatever else identifies the
    patient stay empty.

    Parameters
    ----------
    path : str or Path
        Replaced as a whole where it exists, and only when all is written.
    labels : ndarray of bool or integer
        Axes (row, column) or (plane, row, column), in the order of the scan's that
        `load_scan` has made of the pictures. Values 0..65535.
    ground : Ground
        Of that scan; its origin is a `DicomOrigin`, whose files are not read again.
    provenance : mapping, optional
        See `provenance.provenance`; without it, the mask counts as drawn by hand.

    Returns
    -------
    Path
        Where it lies.

    Raises
    ------
    OutputError
        The labels do not fit the pictures, these say too little of themselves, or the file
        cannot be written; an existing file is as it was, and no part of a new one is left.
    """
    path = Path(path)
    pixels = labels_to_store(labels, path.name)
    origin: DicomOrigin = ground.origin
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom's and highdicom's quote the patient's data
            kept = zip(origin.files, origin.headers, strict=True)
            pictures = [_picture(file, header, path.name) for file, header in kept]
            _share_a_frame_of_reference(pictures)
            _tell_pixels(pictures, ground)
            planes = _in_frame_order(pixels, pictures, origin, path.name)
            segmentation = _segmentation(planes, pictures, provenance or {})
            _describe(segmentation, ground, provenance or {})
    except _SIGNS_OF_A_POOR_HEADER as error:
        raise OutputError(
            f"{path.name}: the headers of the DICOM pictures lack or contradict what a DICOM "
            "Segmentation needs: save the mask as NIfTI or TIFF."
        ) from error
    with replacing(path) as beside:
        segmentation.save_as(beside)
    return path


def _picture(file: Path, header: Dataset, name: str) -> Dataset:
    """Make of what is kept of a picture what highdicom takes for one."""
    if missing := [keyword for keyword in IDENTITY if not header.get(keyword)]:
        raise OutputError(
            f"{name} cannot refer to {file.name}, which has no {missing[0]}: "
            "save the mask as NIfTI or TIFF."
        )
    picture = Dataset()
    for keyword in _PATIENT_AND_STUDY:
        setattr(picture, keyword, "")
    picture.update(header)
    return picture


def _share_a_frame_of_reference(pictures: Sequence[Dataset]) -> None:
    """Give pictures that say where they lie, but not in what, a frame of reference of their own."""
    if all(first_point(picture) is not None for picture in pictures) and not any(
        picture.get("FrameOfReferenceUID") for picture in pictures
    ):
        uid = pydicom.uid.generate_uid()
        for picture in pictures:
            picture.FrameOfReferenceUID = uid


def _tell_pixels(pictures: Sequence[Dataset], ground: Ground) -> None:
    """Put what is said of pixels where highdicom looks for it.

    Slices without a thickness get the distance of planes for one. What each frame says by itself,
    and all alike, stands for all of them.
    """
    across = ground.origin.turn.order.index(0)
    distance = ground.place.lengths[across] if ground.place.voxel_size else None
    for picture in pictures:
        if not picture.get("SliceThickness"):
            picture.SliceThickness = distance and DSfloat(distance, auto_format=True)
        for sequence in _OF_ALL_FRAMES:
            _share(picture, sequence)


def _share(picture: Dataset, sequence: str) -> None:
    shared = (picture.get("SharedFunctionalGroupsSequence") or [Dataset()])[0]
    items = frame_items(picture, sequence)
    if sequence not in shared and items and all(item == items[0] for item in items):
        shared = copy(shared)
        shared[sequence] = DataElement(sequence, "SQ", [items[0]])
        picture.SharedFunctionalGroupsSequence = [shared]


def _in_frame_order(
    pixels: NDArray[Any],
    pictures: Sequence[Dataset],
    origin: DicomOrigin,
    name: str,
) -> NDArray[Any]:
    """Put planes in the order of the pictures' frames, shape (frame, row, column)."""
    taken = origin.turn.back(pixels) if pixels.ndim > 2 else pixels
    planes = taken.reshape(-1, *taken.shape[-2:])
    n_frames = sum(int(picture.get("NumberOfFrames") or 1) for picture in pictures)
    expected = (n_frames, int(pictures[0].get("Rows", 0)), int(pictures[0].get("Columns", 0)))
    if planes.shape != expected:
        shapes = [" x ".join(map(str, shape)) for shape in (taken.shape, expected)]
        raise OutputError(
            f"{name}: labels of {shapes[0]} pixels do not lie on DICOM pictures of {shapes[1]}: "
            "choose the mask that was made for them, or save it as TIFF."
        )
    if len(origin.frame_numbers) != n_frames:
        return planes
    in_order = np.empty_like(planes)
    in_order[np.array(origin.frame_numbers) - 1] = planes
    return in_order


def _segmentation(
    planes: NDArray[Any], pictures: Sequence[Dataset], record: Mapping[str, Any]
) -> Dataset:
    import highdicom  # takes a second or more

    values = [int(value) for value in np.unique(planes) if value] or [1]
    numbers = np.zeros(values[-1] + 1, np.uint16)
    numbers[values] = np.arange(1, len(values) + 1)
    return highdicom.seg.Segmentation(
        source_images=pictures,
        pixel_array=numbers[planes],
        segmentation_type=highdicom.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[
            _segment(number, value, record) for number, value in enumerate(values, start=1)
        ],
        series_instance_uid=highdicom.UID(),
        series_number=int(pictures[0].get("SeriesNumber") or 0) + SERIES_NUMBER_OFFSET,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer=SOFTWARE,
        manufacturer_model_name=SOFTWARE,
        software_versions=__version__,
        device_serial_number=__version__,
        omit_empty_frames=bool(planes.any()),
        content_label="LESION",
        content_description=RESEARCH_USE,
        series_description=f"Lesion mask. {RESEARCH_USE}",
    )


def _describe(segmentation: Dataset, ground: Ground, record: Mapping[str, Any]) -> None:
    """Say of each segment what was done to the mask, and by whom sizes are known.

    highdicom has no argument for it.
    """
    by_hand = _size_by_hand(ground) if record.get(SIZE_BY_HAND) else ""
    done = summary(changes_of(record.get("history")), _LONGEST_TEXT - len(by_hand))
    if told := f"{by_hand}{done}".strip():
        for segment in segmentation.SegmentSequence:
            segment.SegmentDescription = told


def _size_by_hand(ground: Ground) -> str:
    """Tell the size of a pixel, which the pictures do not name."""
    size = ground.place.pixel_size
    return f"{SIZE_ENTERED}{f': {size[1]:g} mm' if size else ''}. "


def _segment(number: int, value: int, record: Mapping[str, Any]) -> SegmentDescription:
    import highdicom

    organ = (record.get("organ") or {}).get("label") or ""
    card = organ_card(organ)
    anatomy = card.anatomy if card else Anatomy()
    finding = finding_name(organ)
    models = list(record.get("models") or [])
    kinds = highdicom.seg.SegmentAlgorithmTypeValues
    kind = kinds.SEMIAUTOMATIC if record.get("edited_by_hand") else kinds.AUTOMATIC
    return highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=f"{finding} {value}",
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=_coded(anatomy.finding),
        algorithm_type=kind if models else kinds.MANUAL,
        algorithm_identification=_algorithm(models) if models else None,
        tracking_id=f"{finding} {value}",
        tracking_uid=highdicom.UID(),
        anatomic_regions=[_coded(anatomy.organ)] if anatomy.organ else None,
    )


def _coded(term: Code) -> PydicomCode:
    return PydicomCode(term.value, term.scheme, term.meaning)


def _algorithm(models: Sequence[str]) -> AlgorithmIdentificationSequence:
    import highdicom

    return highdicom.AlgorithmIdentificationSequence(
        name=SOFTWARE,
        family=codes.cid7162.ArtificialIntelligence,
        version=__version__,
        parameters={"models": "; ".join(models), "note": RESEARCH_USE},
    )
