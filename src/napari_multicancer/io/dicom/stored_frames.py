"""The frames of a DICOM file where they are stored, each read and decoded on its own."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom.encaps import encapsulate, parse_basic_offsets, parse_fragments
from pydicom.pixels import get_decoder
from pydicom.uid import UID, JPEGLSTransferSyntaxes

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.dicom.bits import packed_at, unpack_bits, with_sign
from napari_multicancer.io.dicom.codecs import chosen_plugin
from napari_multicancer.io.dicom.coded import check_frame, was_rgb
from napari_multicancer.io.dicom.meaning import Meaning
from napari_multicancer.io.files import BoundedReader, changed, state_of
from napari_multicancer.io.streams.on_demand import OnDemand

_PIXEL_DATA = (0x7FE0, 0x0010)
_UNDEFINED = 0xFFFFFFFF
_ITEM = 8
"""Bytes of an item's tag and length."""
_END_OF_IMAGE, _TAIL = b"\xff\xd9", 10
"""How a frame of JPEG or JPEG 2000 ends, and among how many of its last bytes that is found."""

Fragment = tuple[int, int]
"""Where coded bytes begin in a file, and how many they are."""
CodedFrame = tuple[Fragment, ...]


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
) -> tuple[CodedFrame, ...] | None:
    """Find where encapsulated frames lie, by their items' heads alone.

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
    tuple of CodedFrame
        Or None, where there are more frames than promised, or it is open where they begin.

    Raises
    ------
    UnreadableFileError
        There are fewer, or the file ends within the last one.
    """
    size = os.fstat(file.fileno()).st_size
    file.seek(start)
    table = parse_basic_offsets(file)
    begin = file.tell()
    count, places = parse_fragments(file)
    fragments = []
    for place in places:
        file.seek(place + 4)
        fragments.append((place + _ITEM, struct.unpack("<L", file.read(4))[0]))
    if count <= n_frames:
        frames: list[CodedFrame] = [(one,) for one in fragments]
    elif len(table) > 1:
        frames = _parted(fragments, [begin + offset + _ITEM for offset in table])
    else:
        frames = list(_until_their_ends(file, fragments))
    whole = sum(sum(frame[-1]) <= size for frame in frames)
    is_cut = whole < len(frames) or count < n_frames
    if is_cut and whole < n_frames:
        raise UnreadableFileError(
            f"{name} promises {n_frames} frames and holds {whole}: export or copy it again."
        )
    return tuple(frames) if len(frames) == n_frames else None


def _parted(fragments: Sequence[Fragment], starts: Sequence[int]) -> list[CodedFrame]:
    """Sort fragments into the frames that begin somewhere; the first ones' beginning is theirs."""
    frames: list[list[Fragment]] = [[]]
    for fragment in fragments:
        if frames[-1] and len(frames) < len(starts) and fragment[0] >= starts[len(frames)]:
            frames.append([])
        frames[-1].append(fragment)
    return [tuple(frame) for frame in frames]


def _until_their_ends(file: BinaryIO, fragments: Sequence[Fragment]) -> Iterator[CodedFrame]:
    """Sort fragments into frames, each of which ends as JPEG and JPEG 2000 do."""
    frame: list[Fragment] = []
    for start, length in fragments:
        frame.append((start, length))
        tail = min(length, _TAIL)
        file.seek(start + length - tail)
        if _END_OF_IMAGE in file.read(tail):
            yield tuple(frame)
            frame = []
    if frame:
        yield tuple(frame)


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
    frame_bytes : int
        That a frame which is stored as it is takes.
    coded : tuple of CodedFrame
        Of encapsulated frames.
    is_packed : bool
        Whether two pixels share three bytes.
    shift : int
        Bits by which all values are stored too high.
    """

    path: Path
    start: int
    syntax: UID
    options: Mapping[str, Any]
    state: tuple[int, int]
    frame_bytes: int = 0
    coded: tuple[CodedFrame, ...] = ()
    is_packed: bool = False
    shift: int = 0

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
                    raise changed(self.path.name)
                for index in indices:
                    frames.append(self._frame(file, index))
        except (MemoryError, UnreadableFileError):
            raise
        except OSError as error:
            raise changed(self.path.name) from error
        except Exception as error:  # decoders promise nothing narrower for damaged frames
            raise UnreadableFileError(
                f"{self.path.name} is damaged at frame {index + 1}: export or copy it again."
            ) from error
        stored = np.stack(frames)
        stored = stored.astype(stored.dtype.newbyteorder("="), copy=False)
        return stored >> self.shift if self.shift else stored

    def as_stored(self, indices: range) -> bytes:
        """Read the bytes of some frames that are stored as they are."""
        with BoundedReader(self.path) as file:
            file.seek(self.start + indices.start * self.frame_bytes)
            return file.read(len(indices) * self.frame_bytes)

    def _frame(self, file: BinaryIO, index: int) -> NDArray[Any]:
        if self.is_packed:
            return self._unpacked(file, index)
        decoder = get_decoder(self.syntax)
        if not self.coded:
            file.seek(self.start)
            return decoder.as_array(file, index=index, **self.options)[0]
        coded = b"".join(_read(file, *fragment) for fragment in self.coded[index])
        check_frame(coded, self._sides, self.path.name, self.syntax)
        plugin = chosen_plugin(self.syntax)
        options = {**self.options, "number_of_frames": 1, "decoding_plugin": plugin}
        if int(options["samples_per_pixel"]) > 1 and was_rgb(coded):
            options["photometric_interpretation"] = "RGB"
        frame = decoder.as_array(encapsulate([coded], has_bot=False), index=0, **options)[0]
        if self.syntax in JPEGLSTransferSyntaxes and options["pixel_representation"]:
            return with_sign(frame, int(options["bits_stored"]))
        return frame

    @property
    def _sides(self) -> tuple[int, int]:
        return int(self.options["rows"]), int(self.options["columns"])

    def _unpacked(self, file: BinaryIO, index: int) -> NDArray[Any]:
        shape = self._sides
        count = shape[0] * shape[1]
        before = index * count % 2  # which shares its bytes with this frame's first pixel
        at, length = packed_at(index * count - before, before + count)
        packed = _read(file, self.start + at, length)
        is_signed = bool(self.options["pixel_representation"])
        return unpack_bits(packed, before + count, is_signed=is_signed)[before:].reshape(shape)


def _read(file: BinaryIO, start: int, length: int) -> bytes:
    file.seek(start)
    return file.read(length)


class FramesOnDemand(OnDemand):
    """Frames in the values that they stand for, decoded when they are asked for.

    Parameters
    ----------
    stored : StoredFrames
    meaning : Meaning
    n_frames : int
    like : ndarray, shape (row, column[, 3])
        As each frame is.
    """

    def __init__(
        self, stored: StoredFrames, meaning: Meaning, n_frames: int, like: NDArray[Any]
    ) -> None:
        self._stored, self._meaning = stored, meaning
        super().__init__((n_frames, *like.shape), like.dtype, like.nbytes)

    def _decoded(self, start: int, stop: int) -> NDArray[Any]:
        values = self._meaning.values(self._stored.decode(range(start, stop)), start)
        return values.astype(self.dtype, copy=False)
