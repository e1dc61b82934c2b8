"""Stored values as numbers: packed, left-aligned, and those that stand for "no picture here"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

PACKED_BITS = 12
_OF_FLOATS = ("Float", "DoubleFloat")
"""How padding is called where pixels are floating point numbers."""
LEFT_OUT = (
    "The pixels hold more bits than the header says (BitsStored, HighBit), and those are left out: "
    "compare it with another program."
)


def is_packed(dataset: Dataset) -> bool:
    """Say whether two pixels share three bytes (BitsAllocated 12; retired, but in archives)."""
    return int(dataset.BitsAllocated) == PACKED_BITS and int(dataset.SamplesPerPixel) == 1


def unpack(dataset: Dataset) -> NDArray[Any]:
    """Give packed pixels 16 bits each.

    Parameters
    ----------
    dataset : Dataset
        `is_packed` holds for it; little endian.

    Returns
    -------
    ndarray of uint16 or int16, shape ([frame,] row, column)

    Raises
    ------
    ValueError
        There are fewer pixels than the header promises.
    """
    frames = int(dataset.get("NumberOfFrames") or 1)
    shape = (frames, int(dataset.Rows), int(dataset.Columns))
    pixels = unpack_bits(
        dataset.PixelData, int(np.prod(shape)), is_signed=bool(dataset.PixelRepresentation)
    )
    return pixels.reshape(shape if frames > 1 else shape[1:])


def packed_at(first: int, count: int) -> tuple[int, int]:
    """Say where packed pixels begin, in bytes, and how many bytes they take.

    Parameters
    ----------
    first, count : int
        In pixels; an even one first, as two share their bytes.
    """
    begin = first * PACKED_BITS // 8
    return begin, -(-(first + count) * PACKED_BITS // 8) - begin


def unpack_bits(packed: bytes, count: int, *, is_signed: bool) -> NDArray[Any]:
    """Give so many packed pixels 16 bits each, in one row.

    Raises
    ------
    ValueError
        There are fewer.
    """
    stored = np.frombuffer(packed, np.uint8)
    pairs = -(-count // 2)
    if stored.size < packed_at(0, count)[1]:
        raise ValueError("fewer packed pixels than promised")
    stored = np.resize(stored, 3 * pairs).reshape(pairs, 3).astype(np.uint16)
    values = np.empty((pairs, 2), np.uint16)
    values[:, 0] = stored[:, 0] | (stored[:, 1] & 0x0F) << 8
    values[:, 1] = stored[:, 1] >> 4 | stored[:, 2] << 4
    pixels = values.reshape(-1)[:count]
    return (pixels << 4).view(np.int16) >> 4 if is_signed else pixels


def left_shift(dataset: Dataset) -> int:
    """Say by how many bits the values are stored too high; most files store them lowest.

    It is so only where the bits below are empty; else BitsStored is wrong.
    """
    stored, high = int(dataset.BitsStored), int(dataset.HighBit)
    is_possible = stored - 1 < high < int(dataset.BitsAllocated)
    return high + 1 - stored if is_possible else 0


def with_sign(pixels: NDArray[Any], bits_stored: int) -> NDArray[Any]:
    """Carry the sign of signed pixels from the highest bit stored to those above.

    JPEG-LS knows no sign, and its own number of bits may be larger than BitsStored.

    Parameters
    ----------
    pixels : ndarray of signed integer
        Those with bits above BitsStored are left as they are.
    bits_stored : int
    """
    unused = 8 * pixels.itemsize - bits_stored
    if unused <= 0:
        return pixels
    is_within = (pixels >= 0) & (pixels < 1 << bits_stored)
    return np.where(is_within, (pixels << unused) >> unused, pixels)


def bits_left_out(dataset: Dataset) -> tuple[str, ...]:
    """Say that pixels hold more bits than the header tells; nothing where they do not.

    Bits above those of a value may repeat its sign, or hold an overlay.

    Parameters
    ----------
    dataset : Dataset
        Completed, its pixels not decoded yet.
    """
    if "PixelData" not in dataset or not may_leave_bits_out(dataset):
        return ()
    return (LEFT_OUT,) if leaves_bits_out(dataset.PixelData, dataset) else ()


def may_leave_bits_out(dataset: Dataset) -> bool:
    """Say whether pixels have bits that the header does not tell to be theirs."""
    syntax = dataset.file_meta.TransferSyntaxUID
    allocated, high = int(dataset.BitsAllocated), int(dataset.HighBit)
    is_plain = not syntax.is_compressed and allocated in (8, 16, 32)
    return is_plain and high + 1 < allocated and not _has_overlay_inside(dataset)


def leaves_bits_out(stored: bytes, dataset: Dataset) -> bool:
    """Say whether pixels use bits that are not told to be theirs, and do not repeat a sign there.

    Parameters
    ----------
    stored : bytes
        Some of the pixels, as they stand in the file.
    dataset : Dataset
        `may_leave_bits_out` holds for it.
    """
    allocated, high = int(dataset.BitsAllocated), int(dataset.HighBit)
    order = "<" if dataset.file_meta.TransferSyntaxUID.is_little_endian else ">"
    count = len(stored) // (allocated // 8)
    pixels = np.frombuffer(stored, f"{order}u{allocated // 8}", count)
    above = pixels >> (high + 1)
    is_used = above != 0
    if dataset.PixelRepresentation:
        is_negative = pixels >> high & 1 == 1
        is_used &= ~(is_negative & (above == (1 << (allocated - high - 1)) - 1))
    return bool(is_used.any())


def _has_overlay_inside(dataset: Dataset) -> bool:
    """Say whether an overlay lies in bits of the pixels that these do not use (retired)."""
    positions = ((group, 0x0102) for group in range(0x6000, 0x6020, 2))
    return any(dataset[position].value for position in positions if position in dataset)


@dataclass(frozen=True)
class Padding:
    """Which stored values lie outside of the scan, and the one that they become.

    Attributes
    ----------
    first, last : int or float
    filler : int or float
        The darkest value of the scan.
    """

    first: float
    last: float
    filler: float

    def filled(self, stored: NDArray[Any]) -> NDArray[Any]:
        """Put the filler in the place of padding."""
        is_padding = (stored >= self.first) & (stored <= self.last)
        return np.where(is_padding, stored.dtype.type(self.filler), stored)


class PaddingSearch:
    """Looks for padding among pixels that come bit by bit, and for what is to fill it.

    Parameters
    ----------
    dataset : Dataset
        Of PixelPaddingRangeLimit, too, all values between both are padding (PS3.3
        C.7.5.1.1.2). The filler is the brightest stored value where MONOCHROME1 shows that
        one dark.
    """

    def __init__(self, dataset: Dataset) -> None:
        kinds = [kind for kind in _OF_FLOATS if f"{kind}PixelPaddingValue" in dataset]
        words = "PixelPaddingValue", "PixelPaddingRangeLimit"
        self._told = [dataset.get(f"{kinds[0] if kinds else ''}{word}") for word in words]
        is_inverted = dataset.get("PhotometricInterpretation") == "MONOCHROME1"
        self._darkest = np.max if is_inverted else np.min
        self._limits: tuple[float, float] | None = None
        self._fillers: list[float] = []

    @property
    def is_needed(self) -> bool:
        """Whether there may be padding at all."""
        return self._told[0] is not None

    def look_at(self, stored: NDArray[Any]) -> None:
        """Take note of some gray values before they are rescaled."""
        limits = [_as_stored(one, stored.dtype) for one in self._told]
        said = [value for value in limits if value is not None]
        if limits[0] is None:
            return
        is_padding = (stored >= min(said)) & (stored <= max(said))
        if is_padding.any():
            self._limits = min(said), max(said)
        if not is_padding.all():
            self._fillers.append(self._darkest(stored[~is_padding]).item())

    @property
    def found(self) -> Padding | None:
        """What has been found; None where nothing, or all, is padding."""
        if self._limits is None or not self._fillers:
            return None
        return Padding(*self._limits, self._darkest(self._fillers).item())


def padding_of(stored: NDArray[Any], dataset: Dataset) -> Padding | None:
    """Find the padding of pixels; None where there is none, or nothing else."""
    search = PaddingSearch(dataset)
    search.look_at(stored)
    return search.found


def _as_stored(said: Any, dtype: np.dtype[Any]) -> float | None:
    """Read a padding value in the pixels' own type: many files name it with the other sign."""
    if dtype.kind == "f":
        return dtype.type(said).item() if isinstance(said, int | float) else None
    if isinstance(said, bytes):
        said = int.from_bytes(said[:2], "little")
    try:
        value: int = int(said)
    except (TypeError, ValueError):
        return None
    if dtype.kind not in "iu":
        return None
    if np.iinfo(dtype).min <= value <= np.iinfo(dtype).max:
        return value
    bits = 8 * dtype.itemsize
    value &= 2**bits - 1
    return value - 2**bits if dtype.kind == "i" and value >= 2 ** (bits - 1) else value
