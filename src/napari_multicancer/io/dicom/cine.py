"""Long cines: their frames are read from the file when somebody looks at them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import pydicom
from pydicom.dataset import Dataset
from pydicom.pixels import as_pixel_options

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.dicom.bits import is_packed, left_shift
from napari_multicancer.io.dicom.decimals import mend_decimals
from napari_multicancer.io.dicom.deflated import is_deflated
from napari_multicancer.io.dicom.described import complete, promised_bytes
from napari_multicancer.io.dicom.film import is_cine, is_film
from napari_multicancer.io.dicom.header import opened
from napari_multicancer.io.dicom.meaning import Window, inverted_window
from napari_multicancer.io.dicom.pixels import add_transfer_syntax, decoded_bytes
from napari_multicancer.io.dicom.stored_frames import (
    FramesOnDemand,
    PixelElement,
    StoredFrames,
    encapsulated_at,
    pixel_element,
)
from napari_multicancer.io.dicom.survey import survey
from napari_multicancer.io.files import (
    MOST_EXPANSION,
    BoundedReader,
    check_decoded_size,
    check_plane_size,
    state_of,
)

LARGEST_IN_MEMORY = 64 * 2**20
"""Bytes of pixels of a cine that is kept whole; of longer ones, frames are read when needed."""
_WHOLE_BYTES = (8, 16, 32)


@dataclass(frozen=True, eq=False)
class LongCine:
    """A cine that is not kept in memory.

    Attributes
    ----------
    dataset : Dataset
        Its header, completed, without pixels.
    frames : dask array, shape (frame, row, column[, 3])
        As `pixels.meant_values` gives them; MONOCHROME1 is inverted already.
    extremes : (scalar, scalar) or None
        Lowest and highest value of all frames, where these are inverted.
    notes : tuple of str
        What is to be known of how they are read, a sentence each.
    """

    dataset: Dataset
    frames: Any
    extremes: tuple[Any, Any] | None
    notes: tuple[str, ...]

    def window(self, proposed: Window | None) -> Window | None:
        """Give the window that its file proposes, turned round where its values are."""
        return proposed if self.extremes is None else inverted_window(proposed, self.extremes)


def long_cine(path: Path) -> LongCine | None:
    """Open a cine of more than `LARGEST_IN_MEMORY` without keeping its frames.

    More than the first one is read where values depend on all frames at once, see `survey`.

    Parameters
    ----------
    path : Path

    Returns
    -------
    LongCine or None
        None for all other files, which are read whole. So are cines whose header or first frame
        leaves something open.

    Raises
    ------
    UnreadableFileError
        It holds fewer frames or pixels than it promises, or a frame of those that are looked
        through is damaged.
    UnsupportedScanError
        A frame is too large.
    """
    if path.stat().st_size * MOST_EXPANSION < LARGEST_IN_MEMORY:
        return None
    with opened(path) as file:
        if is_deflated(file):
            return None
        dataset = pydicom.dcmread(file, force=True, stop_before_pixels=True)
        mend_decimals(dataset)
        element = _plain_element(file, dataset)
        if element is None or not _completed(dataset, file, element, path.name):
            return None
        if decoded_bytes(dataset) <= LARGEST_IN_MEMORY or not _has_whole_pixels(dataset):
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


def _has_whole_pixels(dataset: Dataset) -> bool:
    """Say whether pixels take whole bytes, or two of them three."""
    syntax = dataset.file_meta.TransferSyntaxUID
    is_plain = not syntax.is_compressed and syntax.is_little_endian
    return int(dataset.BitsAllocated) in _WHOLE_BYTES or (is_plain and is_packed(dataset))


def _stored_frames(
    dataset: Dataset, file: BoundedReader, element: PixelElement, path: Path
) -> StoredFrames | None:
    n_frames = _number_of_frames(dataset)
    options = as_pixel_options(dataset, pixel_keyword="PixelData", pixel_vr=element.vr)
    options.pop("extended_offsets", None)  # where frames lie is told by their items
    if left_shift(dataset):
        options["bits_stored"] = int(dataset.HighBit) + 1
    stored = StoredFrames(
        path, element.start, dataset.file_meta.TransferSyntaxUID, options, state_of(file)
    )
    if element.length is None:
        try:
            coded = encapsulated_at(file, element.start, n_frames, path.name)
        except ValueError:  # what it holds is no frames: reading it as a whole says so
            return None
        return None if coded is None else replace(stored, coded=coded)
    promised = promised_bytes(dataset)
    if min(element.length, stored.state[1] - element.start) < promised:
        raise UnreadableFileError(f"{path.name} is cut short or damaged: export or copy it again.")
    return replace(stored, frame_bytes=promised // n_frames, is_packed=is_packed(dataset))


def _opened(dataset: Dataset, stored: StoredFrames) -> LongCine | None:
    """Look through the frames; where the first one fails, reading all of them says why."""
    n_frames = _number_of_frames(dataset)
    try:
        stored.decode(range(1))
    except UnreadableFileError:
        return None
    seen = survey(stored, dataset, n_frames)
    frames = FramesOnDemand(seen.stored, seen.meaning, n_frames, seen.first).as_dask()
    return LongCine(dataset, frames, seen.meaning.extremes, seen.notes)
