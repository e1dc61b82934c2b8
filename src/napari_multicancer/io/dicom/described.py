"""What a DICOM file says of its pixels: completed where one reading alone is possible, checked."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import numpy as np
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import UID

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.files import leaves_out

_NUMBERS = (
    *("Rows", "Columns", "SamplesPerPixel", "PlanarConfiguration"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
)
_GRAY = ("MONOCHROME1", "MONOCHROME2")
_SINGLE = (*_GRAY, "PALETTE COLOR")
_COLORED = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT")
_RETIRED = ("HSV", "ARGB", "CMYK", "YBR_PARTIAL_422")
"""Ways to store colors that DICOM has had; nothing writes them any more."""
_PALETTE = ("Red", "Green", "Blue")
_HALF = 2**15
"""Of the values of 16 bits, with which lookup tables tell where they begin."""
_SURPLUS = 0.02
"""Share of pixels too many up to which a writer has merely padded the element."""

_UID = re.compile("[0-9.]{1,64}")
_LARGEST_SCALING = 1e15
"""No quantity that a scanner measures is told in such numbers."""


def complete(dataset: Dataset, name: str, stored: int | None = None) -> None:
    """Add what the file fails to say of its pixels, and mend what it says wrongly.

    Numbers as text are numbers. SamplesPerPixel and PhotometricInterpretation follow from each
    other, BitsStored and HighBit from BitsAllocated, into which they fit; PixelRepresentation
    is unsigned in colors, and unless it is said; of a NumberOfFrames such as "1A" the digits
    count, and where it has none, the pixels.
    Pixels declared as YBR_FULL_422 but stored in full are YBR_FULL or RGB, whichever makes them
    less colorful, as nearly all of an ultrasound picture is grey.

    Parameters
    ----------
    dataset : Dataset
        With Rows, Columns and pixels; changed in place.
    name : str
        How the file is called in a message.
    stored : int, optional
        Bytes of its pixels, of which it holds the first ones alone; all of them unless given.

    Raises
    ------
    UnreadableFileError
        Uncompressed pixels are more than Rows and Columns promise, these make no sense, or pixels
        or colors are stored in a way that is not known.
    """
    _mend_numbers(dataset)
    _mend_tables(dataset)
    _check_sides(dataset, name)
    stored = _stored_bytes(dataset) if stored is None else stored
    says_frames = _mend_number_of_frames(dataset)
    _name_samples(dataset, name)
    if not dataset.get("BitsAllocated"):
        dataset.BitsAllocated = 8 * max(1, stored // max(1, _samples(dataset)))
    _count_bits(dataset)
    if dataset.get("PixelRepresentation") is None or dataset.SamplesPerPixel > 1:
        dataset.PixelRepresentation = 0
    if dataset.SamplesPerPixel > 1 and dataset.get("PlanarConfiguration") is None:
        dataset.PlanarConfiguration = 0
    if not _is_compressed(dataset.file_meta.TransferSyntaxUID, name):
        _name_colors(dataset, stored)
        if says_frames:
            if "PixelData" in dataset:
                _check_length(dataset, stored, name)
        elif "PixelData" in dataset:
            _count_frames(dataset)
            dataset.PixelData = dataset.PixelData[: promised_bytes(dataset)]
    if not says_frames:
        dataset.NumberOfFrames = max(1, int(dataset.NumberOfFrames))


def _is_compressed(syntax: UID, name: str) -> bool:
    try:
        return syntax.is_compressed
    except ValueError as error:  # pydicom knows no such transfer syntax
        told = f" ({syntax})" if _UID.fullmatch(syntax) else ""
        raise UnreadableFileError(
            f"{name} has a transfer syntax that is not known{told}: export it uncompressed."
        ) from error


def _mend_numbers(dataset: Dataset) -> None:
    """Make numbers of those that stand as text in a header."""
    for keyword in _NUMBERS:
        said = dataset.get(keyword)
        if isinstance(said, str) and said.strip(" \0").isdecimal():
            dataset[keyword] = DataElement(keyword, "US", int(said.strip(" \0")))


def _mend_tables(dataset: Dataset) -> None:
    """Read where lookup tables begin as pixels are: many files tell it with the other sign."""
    holders = [(dataset, f"{color}PaletteColorLookupTableDescriptor") for color in _PALETTE]
    holders += [(table, "LUTDescriptor") for table in dataset.get("ModalityLUTSequence") or ()]
    is_signed = bool(dataset.get("PixelRepresentation"))
    for holder, keyword in holders:
        told = holder.get(keyword)
        with suppress(TypeError, ValueError, IndexError):
            first = int(told[1]) % (2 * _HALF)
            told[1] = first - 2 * _HALF if is_signed and first >= _HALF else first


def _check_sides(dataset: Dataset, name: str) -> None:
    """Make sure that Rows and Columns are numbers of pixels."""
    sides = dataset.get("Rows"), dataset.get("Columns")
    try:
        is_sound = all(int(side) > 0 for side in sides)
    except (TypeError, ValueError):
        is_sound = False
    if not is_sound:
        rows, columns = (side if isinstance(side, int) else "no number of" for side in sides)
        raise UnreadableFileError(
            f"The header of {name} promises {rows} rows and {columns} columns, which makes no "
            "sense: export it again."
        )


def _name_samples(dataset: Dataset, name: str) -> None:
    """Make SamplesPerPixel and PhotometricInterpretation fit together."""
    said = str(dataset.get("PhotometricInterpretation") or "").strip(" \0").upper()
    if not dataset.get("SamplesPerPixel"):
        dataset.SamplesPerPixel = 1 if not said or said in _SINGLE else 3
    samples = dataset.SamplesPerPixel
    if said and said not in (*_SINGLE, *_COLORED):
        named = f" ({said})" if said in _RETIRED else ""
        raise UnreadableFileError(
            f"{name} stores its pixels in a way that is not known here{named}: export it again as "
            "RGB, or gray."
        )
    if samples not in (1, 3) or (samples == 3 and said == "PALETTE COLOR"):
        raise UnreadableFileError(
            f"The header of {name} says that a pixel has {samples} values, which does not go with "
            "what it says of colors: export it again as RGB, or gray."
        )
    if samples == 1:
        said = said if said in _SINGLE else "MONOCHROME2"
    else:
        said = said if said in _COLORED else "RGB"
    dataset.PhotometricInterpretation = said


def _count_bits(dataset: Dataset) -> None:
    """Make BitsStored and HighBit fit into BitsAllocated."""
    allocated = dataset.BitsAllocated
    if not dataset.get("BitsStored") or dataset.BitsStored > allocated:
        dataset.BitsStored = allocated
    if dataset.get("HighBit") is None or dataset.HighBit >= allocated:
        dataset.HighBit = dataset.BitsStored - 1


def _mend_number_of_frames(dataset: Dataset) -> bool:
    """Make NumberOfFrames a number; say whether it was one, or is not there."""
    said = dataset.get("NumberOfFrames")
    with suppress(TypeError, ValueError):
        if "NumberOfFrames" not in dataset or int(said) == float(said) >= 0:
            return True
    digits = re.match(r"\s*(\d+)", str(said))
    dataset.NumberOfFrames = int(digits[1]) if digits else 0
    return False


def _count_frames(dataset: Dataset) -> None:
    """Take as many frames as there are pixels for, where their number is not told at all."""
    frames, rest = divmod(_stored_bytes(dataset), max(1, promised_bytes(dataset)))
    if not dataset.NumberOfFrames and rest <= 1:
        dataset.NumberOfFrames = frames


def _samples(dataset: Dataset) -> int:
    frames = int(dataset.get("NumberOfFrames") or 1)
    return int(dataset.Rows) * int(dataset.Columns) * int(dataset.SamplesPerPixel) * frames


def _stored_bytes(dataset: Dataset) -> int:
    return len(dataset.PixelData) if "PixelData" in dataset else 0


def _name_colors(dataset: Dataset, stored: int) -> None:
    """Call colors stored in full for every pixel by a name that says so."""
    if dataset.PhotometricInterpretation != "YBR_FULL_422" or dataset.BitsAllocated != 8:
        return
    n_samples = _samples(dataset)
    if dataset.SamplesPerPixel != 3 or stored < n_samples:
        return
    n_there = min(n_samples, _stored_bytes(dataset) // 3 * 3)
    pixels = np.frombuffer(dataset.PixelData, np.uint8, n_there)
    colors = (
        pixels.reshape(3, -1).T
        if dataset.PlanarConfiguration and int(dataset.get("NumberOfFrames") or 1) == 1
        else pixels.reshape(-1, 3)
    ).astype(np.float32)
    red, blue = 1.402 * (colors[:, 2] - 128), 1.772 * (colors[:, 1] - 128)
    green = -(0.299 * red + 0.114 * blue) / 0.587
    as_ybr = np.ptp(np.stack([red, green, blue]), axis=0).mean()
    as_rgb = np.ptp(colors, axis=1).mean()
    dataset.PhotometricInterpretation = "YBR_FULL" if as_ybr < as_rgb else "RGB"


def _check_length(dataset: Dataset, stored: int, name: str) -> None:
    """Make sure that uncompressed pixels are as many as the header promises."""
    promised = promised_bytes(dataset)
    sides = int(dataset.Rows), int(dataset.Columns), int(dataset.get("NumberOfFrames") or 1)
    row, surplus = promised // max(1, sides[0] * sides[2]), stored - promised
    if surplus >= max(row, _SURPLUS * promised) or leaves_out(surplus, promised, sides):
        raise UnreadableFileError(
            f"{name} holds {stored:,} bytes of pixels where its header promises {promised:,} "
            f"({dataset.Rows} rows, {dataset.Columns} columns): export it again."
        )


def promised_bytes(dataset: Dataset) -> int:
    """Say how many bytes uncompressed pixels take as they are stored, of a completed header."""
    bits = _samples(dataset) * int(dataset.BitsAllocated)
    if dataset.PhotometricInterpretation == "YBR_FULL_422":
        bits = bits * 2 // 3
    return -(-bits // 8)


def scaling(rule: Dataset, name: str) -> tuple[float, float]:
    """Find RescaleSlope and RescaleIntercept, 1 and 0 where they are not said.

    Raises
    ------
    UnreadableFileError
        They are no numbers that values can be scaled by.
    """
    found: list[Any] = []
    for keyword, usual in (("RescaleSlope", 1.0), ("RescaleIntercept", 0.0)):
        said = rule.get(keyword)
        try:
            found.append(usual if said in (None, "") else float(said))
        except (TypeError, ValueError):
            found.append(float("nan"))
    slope, intercept = found
    slope = slope or 1.0
    if not (np.isfinite(found).all() and max(abs(slope), abs(intercept)) < _LARGEST_SCALING):
        raise UnreadableFileError(
            f"{name} scales its values by {_number_told(rule.get('RescaleSlope'), 1)} and "
            f"{_number_told(rule.get('RescaleIntercept'), 0)}, which makes no sense: "
            "export it again."
        )
    return slope, intercept


def _number_told(said: Any, usual: int) -> Any:
    """Give what a header says where it is a number; other text may be a patient's."""
    if said in (None, ""):
        return usual
    try:
        float(said)
    except (TypeError, ValueError):
        return "no number"
    return said
