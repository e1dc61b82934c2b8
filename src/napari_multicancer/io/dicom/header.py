"""The one way in which DICOM files are opened, and what tells of which series one is."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pydicom
from pydicom.config import disable_value_validation
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import UID, SegmentationStorage

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.dicom.decimals import mend_decimals
from napari_multicancer.io.dicom.deflated import inflated, is_deflated
from napari_multicancer.io.dicom.geometry import first_point, frame_places, number
from napari_multicancer.io.dicom.marks import ELEMENTS, Marks, marks_of, times_of
from napari_multicancer.io.dicom.mosaic import is_mosaic
from napari_multicancer.io.dicom.sizes import pixel_spacing
from napari_multicancer.io.files import BoundedReader

_CONTRAST = (
    *("SOPClassUID", "ImageType", "SeriesDescription", "ProtocolName", "SequenceName"),
    *("ScanningSequence", "SequenceVariant", "AcquisitionContrast", "ContrastBolusAgent"),
    *("EchoTime", "EchoNumbers", "RepetitionTime", "InversionTime", "FlipAngle"),
    *("TemporalPositionIdentifier", "DiffusionBValue", "KVP", "ConvolutionKernel"),
)
"""Elements that are the same for all slices of one stack, and differ between contrasts."""
_ELEMENTS = (
    *("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "SeriesNumber"),
    *("InstanceNumber", "Modality", "SamplesPerPixel", "NumberOfFrames", "Rows", "Columns"),
    *("PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "SliceLocation"),
    *_CONTRAST,
    *ELEMENTS,
)
_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_OF_A_FRAME = (
    ("PlanePositionSequence", "ImagePositionPatient"),
    ("PlaneOrientationSequence", "ImageOrientationPatient"),
    ("PixelMeasuresSequence", "PixelSpacing"),
)
"""What stands in the functional groups of an enhanced file, each in its sequence."""
_REMEMBERED = 20_000
MOST_ELEMENTS = 500_000
"""Of a header with those of its frames: 50 elements each of ten thousand frames."""
_HEAD = 8
"""Bytes of an element that stand before its value: tag, VR and length."""
_PREAMBLE, _BEGINNING = 128, 1024
_DIGITS = re.compile("[0-9]+")
SEGMENTATIONS = (SegmentationStorage, "1.2.840.10008.5.1.4.1.1.66.7")
"""SOP classes of masks: of segments a frame each, and of label maps."""


@dataclass(frozen=True)
class Header:
    """What is known of a DICOM picture before its pixels are read.

    Attributes
    ----------
    path : Path
    series : str
        SeriesInstanceUID; empty where the file does not say.
    study : str
        StudyInstanceUID; empty where the file does not say.
    series_number, instance_number : int
        0 where the file does not say.
    has_number_in_text : bool
        Whether InstanceNumber is none, such as "1A": the only digits in it are taken for one.
    sop_instance_uid, modality : str
    shape : tuple of int
        Rows, columns and samples a pixel.
    spacing : (float, float) or None
        PixelSpacing in mm.
    is_mosaic : bool
        Whether the planes of a volume lie in it as tiles.
    is_slice : bool
        Whether it may be one of a stack: a picture of one frame and one place.
    orientation, position : tuple of float or None
        ImageOrientationPatient and ImagePositionPatient in mm of a slice, both or neither.
    point : tuple of float or None
        ImagePositionPatient in mm of a slice that has no ImageOrientationPatient.
    location : float or None
        SliceLocation in mm.
    contrast : tuple of str
        What tells contrasts, echoes and times apart, see `_CONTRAST`; and localizers.
    marks, times : tuple of str
        What tells volumes of the same places apart, see `marks_of` and `times_of`.
    """

    path: Path
    series: str = field(default="", repr=False)
    study: str = field(default="", repr=False)
    series_number: int = 0
    instance_number: int = 0
    has_number_in_text: bool = False
    sop_instance_uid: str = field(default="", repr=False)
    modality: str = ""
    shape: tuple[int, int, int] = (0, 0, 0)
    spacing: tuple[float, float] | None = None
    is_mosaic: bool = False
    is_slice: bool = False
    orientation: tuple[float, ...] | None = None
    position: tuple[float, ...] | None = None
    point: tuple[float, ...] | None = None
    location: float | None = None
    contrast: tuple[str, ...] = field(default=(), repr=False)
    marks: Marks = field(default=(), repr=False)
    times: Marks = field(default=(), repr=False)

    @property
    def is_damaged(self) -> bool:
        """Whether it could not be read, so that the path alone is known."""
        return not any(self.shape)

    @property
    def is_localizer(self) -> bool:
        """Whether it was taken to plan the others by."""
        return any("LOCALIZER" in said.upper() for said in self.contrast)


def read_file(path: Path, **options: Any) -> FileDataset:
    """Read a DICOM file, with or without preamble and file meta header.

    Parameters
    ----------
    path : Path
    **options
        As for `pydicom.dcmread`.

    Raises
    ------
    UnreadableFileError
        It is deflated, and unfolds to more than its header promises; it begins with zeros, or has
        more elements than a scan has: pydicom would go through each for minutes.
    Exception
        Of any kind, where the file is damaged: pydicom promises nothing narrower.
    """
    whole = not options.get("stop_before_pixels")
    with opened(path) as file:
        source = inflated(file, path, whole=whole) if is_deflated(file) else file
        dataset = pydicom.dcmread(source, force=True, **options)
    mend_decimals(dataset)
    return dataset


class _ElementReader(BoundedReader):
    """A DICOM file that ends behind so many elements as no scan has."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._name = path.name
        self._elements = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as `BoundedReader` does; pydicom reads each element's head by itself."""
        self._elements += size == _HEAD
        if self._elements > MOST_ELEMENTS:
            raise UnreadableFileError(
                f"{self._name} has more than {MOST_ELEMENTS:,} elements, as no scan has: "
                "export it again."
            )
        return super().read(size)


def opened(path: Path) -> BoundedReader:
    """Open a DICOM file for pydicom, which goes through whatever it is given to its end.

    Parameters
    ----------
    path : Path

    Raises
    ------
    UnreadableFileError
        It begins with zeros. Reading it raises the same where it has more than `MOST_ELEMENTS`.
    """
    file = _ElementReader(path)
    head = file.read(_PREAMBLE + _BEGINNING)
    file.seek(0)
    body = head[_PREAMBLE + 4 :] if head[_PREAMBLE:].startswith(b"DICM") else head
    if body and not body.strip(b"\0"):
        file.close()
        raise UnreadableFileError(
            f"{path.name} is filled with zeros, as a copy that was broken off is: copy it again."
        )
    return file


def read_header(path: Path) -> Header | None:
    """Read a picture's header without its pixels; remembered until the file changes.

    Parameters
    ----------
    path : Path
        Of a DICOM file.

    Returns
    -------
    Header or None
        None where it is gone or holds no picture (a report, a plan, a mask). Of a damaged file the
        path alone is known: reading it on its own tells why.
    """
    try:
        state = path.stat()
    except OSError:
        return None
    return _read_header(path, state.st_mtime_ns, state.st_size)


@lru_cache(_REMEMBERED)
@disable_value_validation()
def _read_header(path: Path, changed: int, size: int) -> Header | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = read_file(path, stop_before_pixels=True, specific_tags=list(_ELEMENTS))
            if dataset.get("SOPClassUID") in SEGMENTATIONS:
                return None
            if "Rows" in dataset:
                _take_out_of_groups(dataset, path)
                return _header(path, dataset)
            return Header(path) if _may_be_a_picture(dataset) else None
    except Exception:  # noqa: BLE001  whatever ails it, reading it on its own says so
        return Header(path)


def is_a_picture_by_its_kind(dataset: FileDataset) -> bool | None:
    """Say whether a file's SOP class, which stands in it twice, is one of pictures.

    None where it is not told, or unknown: a program's own class is one that stands in both places,
    as a damaged file has what looks like one in a single place.
    """
    told = (dataset.get("SOPClassUID"), dataset.file_meta.get("MediaStorageSOPClassUID"))
    classes = [UID(str(one)) for one in told if one]
    known = [one.name for one in classes if one.name != one]
    if known:
        return any("Image Storage" in name for name in known)
    is_own = len(classes) == 2 and classes[0] == classes[1] and classes[0].is_private
    return False if is_own else None


def _may_be_a_picture(dataset: FileDataset) -> bool:
    """Tell a picture whose header is damaged from a report, a plan or a program's own class."""
    by_its_kind = is_a_picture_by_its_kind(dataset)
    return dataset.preamble is not None if by_its_kind is None else by_its_kind


def _take_out_of_groups(dataset: Dataset, path: Path) -> None:
    """Put what an enhanced file of one frame says of it where other pictures have it."""
    is_one_frame = number(dataset.get("NumberOfFrames")) == 1
    if not is_one_frame or "ImagePositionPatient" in dataset:
        return
    groups = read_file(path, stop_before_pixels=True, specific_tags=list(_GROUPS))
    for keyword in _GROUPS:
        if items := groups.get(keyword):
            dataset.update(items[0])
    for sequence, keyword in _OF_A_FRAME:
        if (items := dataset.get(sequence)) and keyword in items[0]:
            dataset[keyword] = items[0][keyword]


def _header(path: Path, dataset: Dataset) -> Header:
    orientations, positions = frame_places(dataset)
    is_slice = int(number(dataset.get("NumberOfFrames")) or 1) <= 1 and not is_mosaic(dataset)
    is_placed = is_slice and len(positions) == 1
    numbered = str(dataset.get("InstanceNumber") or "")
    is_number = number(numbered) is not None or not numbered.strip(" \0")
    return Header(
        path=path,
        series=str(dataset.get("SeriesInstanceUID") or ""),
        study=str(dataset.get("StudyInstanceUID") or ""),
        series_number=int(number(dataset.get("SeriesNumber")) or 0),
        instance_number=int(number(numbered) or 0) if is_number else _number_in(numbered),
        has_number_in_text=not is_number,
        sop_instance_uid=str(dataset.get("SOPInstanceUID") or ""),
        modality=str(dataset.get("Modality") or ""),
        shape=(
            int(dataset.Rows),
            int(dataset.Columns),
            int(dataset.get("SamplesPerPixel") or 1),
        ),
        spacing=pixel_spacing(dataset),
        is_mosaic=is_mosaic(dataset),
        is_slice=is_slice,
        orientation=tuple(orientations[0].tolist()) if is_placed else None,
        position=tuple(positions[0].tolist()) if is_placed else None,
        point=None if is_placed or not is_slice else first_point(dataset),
        location=number(dataset.get("SliceLocation")) if is_slice else None,
        contrast=tuple(str(dataset.get(keyword) or "") for keyword in _CONTRAST),
        marks=marks_of(dataset),
        times=times_of(dataset),
    )


def _number_in(text: str) -> int:
    """Take the digits of a text for a number; 0 where it has none, or some in several places."""
    found = _DIGITS.findall(text)
    return int(found[0]) if len(found) == 1 else 0
