"""Long cines: their frames are read from the file when somebody looks at them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pydicom
from pydicom.dataset import Dataset
from pydicom.pixels import as_pixel_options

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.dicom.bits import left_shift
from napari_multicancer.io.dicom.decimals import mend_decimals
from napari_multicancer.io.dicom.deflated import is_deflated
from napari_multicancer.io.dicom.described import complete, promised_bytes
from napari_multicancer.io.dicom.film import is_cine, is_film
from napari_multicancer.io.dicom.geometry import frame_items
from napari_multicancer.io.dicom.pixels import add_transfer_syntax, as_meant, decoded_bytes
from napari_multicancer.io.dicom.stored_frames import (
    FramesOnDemand,
    PixelElement,
    StoredFrames,
    encapsulated_at,
    pixel_element,
    state_of,
)
from napari_multicancer.io.files import (
    MOST_EXPANSION,
    BoundedReader,
    check_decoded_size,
    check_plane_size,
)

LARGEST_IN_MEMORY = 64 * 2**20
"""Bytes of pixels of a cine that is kept whole; of longer ones, frames are read when needed."""
_OF_PIXELS = 0x0028
"""Group of the elements that tell what stored pixels mean."""
_WHOLE_BYTES = (8, 16, 32)


@dataclass(frozen=True, eq=False)
class LongCine:
    """A cine that is not kept in memory.

    Attributes
    ----------
    dataset : Dataset
        Its header, completed, without pixels.
    frames : dask array, shape (frame, row, column[, 3])
        As `pixels.meant_values` gives them.
    """

    dataset: Dataset
    frames: Any


def long_cine(path: Path) -> LongCine | None:
    """Open a cine of more than `LARGEST_IN_MEMORY` without reading more than its first frame.

    Parameters
    ----------
    path : Path

    Returns
    -------
    LongCine or None
        None for all other files, which are read whole. So are cines with values that depend on
        all frames at once (MONOCHROME1, PixelPaddingValue, bits stored too high, scaling frame by
        frame), and those whose header or first frame leaves something open.

    Raises
    ------
    UnreadableFileError
        It holds fewer frames or pixels than it promises.
    UnsupportedScanError
        A frame is too large.
    """
    if path.stat().st_size * MOST_EXPANSION < LARGEST_IN_MEMORY:
        return None
    with BoundedReader(path) as file:
        if is_deflated(file):
            return None
        dataset = pydicom.dcmread(file, force=True, stop_before_pixels=True)
        mend_decimals(dataset)
        element = _plain_element(file, dataset)
        if element is None or not _completed(dataset, file, element, path.name):
            return None
        if decoded_bytes(dataset) <= LARGEST_IN_MEMORY or _depends_on_all_frames(dataset):
            return None
        check_plane_size(path.name, int(dataset.Rows), int(dataset.Columns))
        check_decoded_size(path, decoded_bytes(dataset), at_once=False)
        stored = _stored_frames(dataset, file, element, path)
    return None if stored is None else _opened(dataset, stored)


def _plain_element(file: BinaryIO, dataset: Dataset) -> PixelElement | None:
    """Find the pixels of a cine whose header says how many frames it has; None for others."""
    is_implicit, is_little = dataset.original_encoding
    element = pixel_element(file, is_implicit=bool(is_implicit), is_little=bool(is_little))
    if element is None or "Rows" not in dataset:
        return None
    add_transfer_syntax(dataset)
    is_packed_up = dataset.file_meta.TransferSyntaxUID.is_compressed
    is_whole = is_packed_up is (element.length is None)
    has_frames = _number_of_frames(dataset) > 1
    is_ours = is_cine(dataset) and not is_film(dataset)
    return element if is_whole and has_frames and is_ours else None


def _number_of_frames(dataset: Dataset) -> int:
    with suppress(TypeError, ValueError):
        return int(dataset.get("NumberOfFrames") or 0)
    return 0


def _completed(dataset: Dataset, file: BinaryIO, element: PixelElement, name: str) -> bool:
    """Complete a header by its first frame; False where a compressed one leaves bits open."""
    if element.length is None:
        if not dataset.get("BitsAllocated"):
            return False
        complete(dataset, name)
        return True
    file.seek(element.start)
    dataset.PixelData = file.read(element.length // _number_of_frames(dataset))
    complete(dataset, name, element.length)
    del dataset.PixelData
    return True


def _depends_on_all_frames(dataset: Dataset) -> bool:
    """Say whether what a stored value means is known only once all frames have been seen."""
    is_native = not dataset.file_meta.TransferSyntaxUID.is_compressed
    has_spare_bits = int(dataset.HighBit) + 1 < int(dataset.BitsAllocated)
    return bool(
        dataset.PhotometricInterpretation == "MONOCHROME1"
        or "PixelPaddingValue" in dataset
        or int(dataset.BitsAllocated) not in _WHOLE_BYTES
        or left_shift(dataset)
        or (is_native and has_spare_bits)
        or frame_items(dataset, "PixelValueTransformationSequence")
    )


def _stored_frames(
    dataset: Dataset, file: BoundedReader, element: PixelElement, path: Path
) -> StoredFrames | None:
    options = as_pixel_options(dataset, pixel_keyword="PixelData", pixel_vr=element.vr)
    if element.length is None:
        n_frames = _number_of_frames(dataset)
        try:
            places = encapsulated_at(file, element.start, n_frames, path.name)
        except ValueError:  # what it holds is no frames: reading it as a whole says so
            return None
        if places is None:
            return None
        options["extended_offsets"] = places
    elif min(element.length, state_of(file)[1] - element.start) < promised_bytes(dataset):
        raise UnreadableFileError(f"{path.name} is cut short or damaged: export or copy it again.")
    syntax = dataset.file_meta.TransferSyntaxUID
    return StoredFrames(path, element.start, syntax, options, state_of(file))


def _opened(dataset: Dataset, stored: StoredFrames) -> LongCine | None:
    """Decode the first frame; where that fails, reading all of them says why."""
    header = dataset.group_dataset(_OF_PIXELS)
    try:
        first = as_meant(stored.decode(range(1)), header, stored.path.name)
    except UnreadableFileError:
        return None
    n_frames = _number_of_frames(dataset)
    return LongCine(dataset, FramesOnDemand(stored, header, n_frames, first[0]).as_dask())
