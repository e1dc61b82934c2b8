"""What all frames of a cine are looked through for once, before the values of one are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from napari_multicancer.io.dicom.bits import (
    LEFT_OUT,
    Padding,
    PaddingSearch,
    leaves_bits_out,
    left_shift,
    may_leave_bits_out,
)
from napari_multicancer.io.dicom.meaning import INVERTED, Meaning, frame_scalings, is_colour
from napari_multicancer.io.dicom.stored_frames import StoredFrames
from napari_multicancer.io.streams import on_demand

_OF_PIXELS = 0x0028
"""Group of the elements that tell what stored pixels mean."""


@dataclass(frozen=True, eq=False)
class Survey:
    """What is known of a cine's frames.

    Attributes
    ----------
    stored : StoredFrames
    meaning : Meaning
    first : ndarray, shape (row, column[, 3])
        The first frame's values.
    notes : tuple of str
        What is to be known of how they are read, a sentence each.
    """

    stored: StoredFrames
    meaning: Meaning
    first: NDArray[Any]
    notes: tuple[str, ...] = ()


def survey(stored: StoredFrames, dataset: Dataset, n_frames: int) -> Survey:
    """Decode a cine's first frame, and look through all others where what it means hangs on these.

    So it does with PixelPaddingValue, spare bits and MONOCHROME1: then all frames are read once
    for each of these, a few at a time.

    Parameters
    ----------
    stored : StoredFrames
    dataset : Dataset
        Their completed header.
    n_frames : int

    Raises
    ------
    UnreadableFileError
        A frame is damaged, or its scaling makes no sense.
    """
    first = stored.decode(range(1))
    blocks = _blocks(first.nbytes, n_frames)
    leaves_out = may_leave_bits_out(dataset) and any(
        leaves_bits_out(stored.as_stored(block), dataset) for block in blocks
    )
    stored = replace(stored, shift=_shift(stored, dataset, blocks))
    meaning = Meaning(
        dataset.group_dataset(_OF_PIXELS),
        stored.path.name,
        _padding(stored, dataset, blocks),
        frame_scalings(dataset, stored.path.name),
    )
    meaning = replace(meaning, dtype=meaning.common_dtype(first.dtype))
    if dataset.PhotometricInterpretation == INVERTED:
        shown = (meaning.values(stored.decode(block), block.start) for block in blocks)
        meaning = replace(meaning, extremes=_extremes(shown))
    values = meaning.values(stored.decode(range(1)))
    return Survey(stored, meaning, values[0], (LEFT_OUT,) if leaves_out else ())


def _blocks(frame_bytes: int, n_frames: int) -> list[range]:
    size = max(1, on_demand.BLOCK_BYTES // frame_bytes)
    return [range(start, min(start + size, n_frames)) for start in range(0, n_frames, size)]


def _shift(stored: StoredFrames, dataset: Dataset, blocks: list[range]) -> int:
    """Say by how many bits all values are stored too high."""
    shift = left_shift(dataset)
    below = (1 << shift) - 1
    is_used = shift and any((stored.decode(block) & below).any() for block in blocks)
    return 0 if is_used else shift


def _padding(stored: StoredFrames, dataset: Dataset, blocks: list[range]) -> Padding | None:
    search = PaddingSearch(dataset)
    for block in blocks if search.is_needed and not is_colour(dataset) else ():
        search.look_at(stored.decode(block))
    return search.found


def _extremes(blocks: Iterator[NDArray[Any]]) -> tuple[Any, Any]:
    """Find the lowest and the highest of values that come block by block."""
    found = [(block.min(), block.max()) for block in blocks]
    return np.min([low for low, _ in found]), np.max([high for _, high in found])
