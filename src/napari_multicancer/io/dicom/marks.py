"""What tells apart the pictures of one place: b-values, echoes, times."""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import Any

from pydicom.dataset import Dataset

B_VALUE = "b-value"
_DIRECTION = "DiffusionGradientOrientation"
MARKS = (
    *("TemporalPositionIdentifier", B_VALUE, _DIRECTION, "EchoTime", "EchoNumbers"),
    *("InversionTime", "FlipAngle", "ImageType", "TriggerTime", "AcquisitionNumber"),
)
"""What may be another one for each volume of a series, the most telling first."""
N_CONTRASTS = MARKS.index("TriggerTime")
"""How many of `MARKS`, the first ones, are the same for all slices of one volume."""
TIMES = ("AcquisitionDateTime", "AcquisitionTime", "ContentTime")
_PRIVATE_B_VALUES = (
    (0x00190010, "SIEMENS MR HEADER", 0x0019100C),
    (0x00430010, "GEMS_PARM_01", 0x00431039),
    (0x20010010, "Philips Imaging DD 001", 0x20011003),
)
"""Tag and content of what names the owner of private elements, and the tag of its b-value."""
_GE_OFFSET = 100_000
"""GE adds a multiple of it to its b-values."""
ELEMENTS: tuple[str | int, ...] = (
    *(mark for mark in MARKS if mark != B_VALUE),
    *TIMES,
    *("DiffusionBValue", "MRDiffusionSequence", "DiffusionGradientDirectionSequence"),
    *(tag for owner, _, tag in _PRIVATE_B_VALUES for tag in (owner, tag)),
)
"""What has to be read of a header for `marks_of` and `times_of`."""
_IN_FRAMES = {
    "TemporalPositionIdentifier": ("FrameContentSequence", "TemporalPositionIndex"),
    "EchoTime": ("MREchoSequence", "EffectiveEchoTime"),
    "ImageType": ("MRImageFrameTypeSequence", "FrameType"),
    "TriggerTime": ("CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime"),
    "AcquisitionNumber": ("FrameContentSequence", "FrameAcquisitionNumber"),
}

Marks = tuple[str, ...]


def marks_of(dataset: Dataset) -> Marks:
    """Read `MARKS` of a picture, or of a frame's functional groups, each as text.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    tuple of str
        In the order of `MARKS`; empty text where the file does not say it. Numbers are written
        alike, however the file writes them.
    """
    return tuple(_plain(_told(dataset, mark)) for mark in MARKS)


def times_of(dataset: Dataset) -> Marks:
    """Read `TIMES` of a picture, in their order; empty text where the file does not say it."""
    return tuple(str(dataset.get(time) or "") for time in TIMES)


def _told(dataset: Dataset, mark: str) -> Any:
    if mark == B_VALUE:
        return _b_value(dataset)
    if mark == _DIRECTION:
        inside = _first(dataset, "MRDiffusionSequence")
        direct = _first(inside, "DiffusionGradientDirectionSequence").get(mark)
        return dataset.get(mark) or direct
    sequence, keyword = _IN_FRAMES.get(mark, ("", ""))
    return dataset.get(mark, _first(dataset, sequence).get(keyword))


def _b_value(dataset: Dataset) -> Any:
    for holder in (dataset, _first(dataset, "MRDiffusionSequence")):
        if (told := holder.get("DiffusionBValue")) is not None:
            return told
    for owner, name, tag in _PRIVATE_B_VALUES:
        if owner in dataset and tag in dataset and name in str(dataset[owner].value):
            value = _number(dataset[tag].value)
            return value % _GE_OFFSET if name.startswith("GEMS") and value else value
    return None


def _number(said: Any) -> float | None:
    """Read a private number; without a VR it is bytes, of text or of a float."""
    if isinstance(said, bytes):
        text = said.strip(b" \0")
        if len(said) == struct.calcsize("<f") and not text.isdigit():
            return float(struct.unpack("<f", said)[0])
        said = text.decode("ascii", "replace").split("\\")
    with suppress(TypeError, ValueError, IndexError):
        return float(said if isinstance(said, int | float | str) else said[0])
    return None


def _first(dataset: Dataset, sequence: str) -> Dataset:
    items = dataset.get(sequence) if sequence else None
    return items[0] if items else Dataset()


def _plain(told: Any) -> str:
    """Write a value as text, equal numbers alike."""
    if told is None or isinstance(told, str):
        values = [told or ""]
    else:
        try:
            values = list(told)
        except TypeError:
            values = [told]
    return "\\".join(map(_one, values))


def _one(value: Any) -> str:
    try:
        return f"{float(value):.6g}"
    except (TypeError, ValueError):
        return str(value).strip()
