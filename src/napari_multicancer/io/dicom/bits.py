"""Stored values as numbers: packed, left-aligned, and those that stand for "no picture here"."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

PACKED_BITS = 12
_LEFT_OUT = (
    "The pixels hold more bits than the header says (BitsStored, HighBit), and those are left out: "
    "compare it with another program."
)


def is_packed(dataset: Dataset) -> bool:
    """Say whether two pixels share three bytes (BitsAllocated 12; retired, but in archives)."""
    return (
        int(dataset.BitsAllocated) == PACKED_BITS
        and int(dataset.SamplesPerPixel) == 1
        and "PixelData" in dataset
    )


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
    count = int(np.prod(shape))
    stored = np.frombuffer(dataset.PixelData, np.uint8)
    pairs = -(-count // 2)
    if stored.size < -(-count * PACKED_BITS // 8):
        raise ValueError("fewer packed pixels than promised")
    stored = np.resize(stored, 3 * pairs).reshape(pairs, 3).astype(np.uint16)
    values = np.empty((pairs, 2), np.uint16)
    values[:, 0] = stored[:, 0] | (stored[:, 1] & 0x0F) << 8
    values[:, 1] = stored[:, 1] >> 4 | stored[:, 2] << 4
    pixels = values.reshape(-1)[:count].reshape(shape if frames > 1 else shape[1:])
    if dataset.PixelRepresentation:
        pixels = (pixels << 4).view(np.int16) >> 4
    return pixels


def left_shift(dataset: Dataset) -> int:
    """Say by how many bits the values are stored too high; most files store them lowest.

    It is so only where the bits below are empty; else BitsStored is wrong.
    """
    stored, high = int(dataset.BitsStored), int(dataset.HighBit)
    is_possible = stored - 1 < high < int(dataset.BitsAllocated)
    return high + 1 - stored if is_possible else 0


def bits_left_out(dataset: Dataset) -> tuple[str, ...]:
    """Say that pixels hold more bits than the header tells; nothing where they do not.

    Bits above those of a value may repeat its sign, or hold an overlay.

    Parameters
    ----------
    dataset : Dataset
        Completed, its pixels not decoded yet.
    """
    syntax = dataset.file_meta.TransferSyntaxUID
    allocated, high = int(dataset.BitsAllocated), int(dataset.HighBit)
    is_plain = not syntax.is_compressed and allocated in (8, 16, 32) and "PixelData" in dataset
    if not is_plain or high + 1 >= allocated or _has_overlay_inside(dataset):
        return ()
    order = "<" if syntax.is_little_endian else ">"
    count = len(dataset.PixelData) // (allocated // 8)
    stored = np.frombuffer(dataset.PixelData, f"{order}u{allocated // 8}", count)
    above = stored >> (high + 1)
    is_used = above != 0
    if dataset.PixelRepresentation:
        is_negative = stored >> high & 1 == 1
        is_used &= ~(is_negative & (above == (1 << (allocated - high - 1)) - 1))
    return (_LEFT_OUT,) if is_used.any() else ()


def _has_overlay_inside(dataset: Dataset) -> bool:
    """Say whether an overlay lies in bits of the pixels that these do not use (retired)."""
    positions = ((group, 0x0102) for group in range(0x6000, 0x6020, 2))
    return any(dataset[position].value for position in positions if position in dataset)


def without_padding(stored: NDArray[Any], dataset: Dataset) -> NDArray[Any]:
    """Turn what lies outside of the scan (PixelPaddingValue) into its darkest value.

    Parameters
    ----------
    stored : ndarray of integer
        Grey values before they are rescaled.
    dataset : Dataset
        Of PixelPaddingRangeLimit, too, all values between both are padding (PS3.3
        C.7.5.1.1.2).

    Returns
    -------
    ndarray of the same dtype and shape
        The brightest stored value where MONOCHROME1 shows that one dark.
    """
    limits = [
        _as_stored(dataset.get(keyword), stored.dtype)
        for keyword in ("PixelPaddingValue", "PixelPaddingRangeLimit")
    ]
    said = [value for value in limits if value is not None]
    if limits[0] is None or stored.dtype.kind not in "iu":
        return stored
    is_padding = (stored >= min(said)) & (stored <= max(said))
    if not is_padding.any() or is_padding.all():
        return stored
    tissue = stored[~is_padding]
    is_inverted = dataset.get("PhotometricInterpretation") == "MONOCHROME1"
    filled = stored.copy()
    filled[is_padding] = tissue.max() if is_inverted else tissue.min()
    return filled


def _as_stored(said: Any, dtype: np.dtype[Any]) -> int | None:
    """Read a padding value in the pixels' own type: many files name it with the other sign."""
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
