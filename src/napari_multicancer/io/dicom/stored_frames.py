"""The frames of a DICOM file where they are stored, each read and decoded on its own."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame, parse_basic_offsets, parse_fragments
from pydicom.pixels import get_decoder
from pydicom.uid import UID, JPEG2000TransferSyntaxes

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.dicom.pixels import as_meant, check_boxes
from napari_multicancer.io.files import BoundedReader
from napari_multicancer.io.streams.on_demand import OnDemand

_PIXEL_DATA = (0x7FE0, 0x0010)
_UNDEFINED = 0xFFFFFFFF
_ITEM = 8
"""Bytes of an item's tag and length."""


@dataclass(frozen=True)
class PixelElement:
    """Where the value of PixelData lies in a file.

    Attributes
    ----------
    start : int
    length : int or None
        In bytes; None where the pixels are encapsulated.
    vr : str
    """

    start: int
    length: int | None
    vr: str


def pixel_element(file: BinaryIO, *, is_implicit: bool, is_little: bool) -> PixelElement | None:
    """Read the head of an element at which a file stands; None where that is no PixelData."""
    order = "<" if is_little else ">"
    head = file.read(8 if is_implicit else 12)
    if len(head) < (8 if is_implicit else 12):
        return None
    if struct.unpack_from(f"{order}HH", head) != _PIXEL_DATA:
        return None
    vr = "OW" if is_implicit else head[4:6].decode("latin-1")
    (length,) = struct.unpack(f"{order}L", head[-4:])
    return PixelElement(file.tell(), None if length == _UNDEFINED else length, vr)


def encapsulated_at(
    file: BinaryIO, start: int, n_frames: int, name: str
) -> tuple[list[int], list[int]] | None:
    """Find where encapsulated frames begin, and how long they are, by their items' heads alone.

    Parameters
    ----------
    file : binary file
    start : int
        Of the value of PixelData.
    n_frames : int
        That the header promises.
    name : str
        How the file is called in a message.

    Returns
    -------
    offsets, lengths : list of int
        In bytes; offsets from the first item behind the table of offsets. Or None, where frames
        are cut into several fragments, or there are more of them than promised.

    Raises
    ------
    UnreadableFileError
        There are fewer, or the file ends within the last one.
    """
    size = os.fstat(file.fileno()).st_size
    file.seek(start)
    parse_basic_offsets(file)
    begin = file.tell()
    count, places = parse_fragments(file)
    if count > n_frames:
        return None
    lengths = []
    for place in places:
        file.seek(place + 4)
        lengths.append(struct.unpack("<L", file.read(4))[0])
    if count < n_frames or places[-1] + _ITEM + lengths[-1] > size:
        whole = sum(place + _ITEM + n <= size for place, n in zip(places, lengths, strict=True))
        raise UnreadableFileError(
            f"{name} promises {n_frames} frames and holds {whole}: export or copy it again."
        )
    return [place - begin for place in places], lengths


@dataclass(frozen=True)
class StoredFrames:
    """The frames of one file.

    Attributes
    ----------
    path : Path
    start : int
        Of the value of PixelData.
    syntax : UID
        TransferSyntaxUID.
    options : mapping
        As pydicom's decoders take them.
    state : (int, int)
        When the file was changed last, in ns, and its size.
    """

    path: Path
    start: int
    syntax: UID
    options: Mapping[str, Any]
    state: tuple[int, int]

    def decode(self, indices: range) -> NDArray[Any]:
        """Decode some frames, shape (frame, row, column[, 3]), in native byte order.

        Raises
        ------
        UnreadableFileError
            One is damaged, or the file is another one by now.
        """
        index = indices.start
        frames = []
        try:
            with BoundedReader(self.path) as file:
                if state_of(file) != self.state:
                    raise self._changed()
                for index in indices:
                    frames.append(self._frame(file, index))
        except (MemoryError, UnreadableFileError):
            raise
        except OSError as error:
            raise self._changed() from error
        except Exception as error:  # decoders promise nothing narrower for damaged frames
            raise UnreadableFileError(
                f"{self.path.name} is damaged at frame {index + 1}: export or copy it again."
            ) from error
        stored = np.stack(frames)
        return stored.astype(stored.dtype.newbyteorder("="), copy=False)

    def _frame(self, file: BinaryIO, index: int) -> NDArray[Any]:
        file.seek(self.start)
        if self.syntax in JPEG2000TransferSyntaxes:
            places = self.options["extended_offsets"]
            check_boxes(get_frame(file, index, extended_offsets=places))
            file.seek(self.start)
        pixels, _ = get_decoder(self.syntax).as_array(file, index=index, **self.options)
        return pixels

    def _changed(self) -> UnreadableFileError:
        return UnreadableFileError(
            f"{self.path.name} has changed, or cannot be read any more: open it again."
        )


def state_of(file: BinaryIO) -> tuple[int, int]:
    """Give what tells that a file was written anew."""
    state = os.fstat(file.fileno())
    return state.st_mtime_ns, state.st_size


class FramesOnDemand(OnDemand):
    """Frames in the values that they stand for, decoded when they are asked for.

    Parameters
    ----------
    stored : StoredFrames
    header : Dataset
        What its file says of pixels.
    n_frames : int
    like : ndarray, shape (row, column[, 3])
        As each frame is.
    """

    def __init__(
        self, stored: StoredFrames, header: Dataset, n_frames: int, like: NDArray[Any]
    ) -> None:
        self._stored, self._header = stored, header
        super().__init__((n_frames, *like.shape), like.dtype, like.nbytes)

    def _decoded(self, start: int, stop: int) -> NDArray[Any]:
        stored = self._stored.decode(range(start, stop))
        return as_meant(stored, self._header, self._stored.path.name)
