"""Scans and masks told apart by their pixels, whatever their files are called."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

SAMPLED_PLANES = 32
"""So many planes, evenly spaced, stand for a scan; a smaller one is taken whole."""


def fingerprint(pixels: Any, n_axes: int) -> str:
    """Recognise a scan by shape and values.

    Of a stack's planes at most `SAMPLED_PLANES` are read, the first and the last
    among them, so that a scan on disk need not be read whole.

    Parameters
    ----------
    pixels : ndarray or dask array, at least two axes
    n_axes : int
        Spatial axes; an axis after them is colour.

    Returns
    -------
    str
        32 hexadecimal digits; the same for either byte order.
    """
    shape = tuple(map(int, pixels.shape))
    seen = _hash(f"{shape} {np.dtype(pixels.dtype).newbyteorder('<').str}")
    n_planes = int(np.prod(shape[: n_axes - 2], dtype=int))
    numbers = np.linspace(0, n_planes - 1, min(n_planes, SAMPLED_PLANES)).round().astype(int)
    for number in numbers if n_planes else ():
        place = tuple(map(int, np.unravel_index(number, shape[: n_axes - 2])))
        plane = np.asarray(pixels[place])
        seen.update(np.ascontiguousarray(plane.astype(plane.dtype.newbyteorder("<"))).data)
    return seen.hexdigest()


def digest(labels: Any) -> str:
    """Fingerprint all pixels of a mask, so that a change is noticed however it was made.

    Returns
    -------
    str
        32 hexadecimal digits, of dtype and values in C order.
    """
    seen = PixelDigest(labels.dtype)
    for part in parts(labels):
        seen.update(part)
    return seen.hexdigest()


class PixelDigest:
    """Makes a `digest` of pixels that come one part after another."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._seen = _hash(np.dtype(dtype).str)

    def update(self, part: NDArray[Any]) -> None:
        """Take the next part, contiguous in C order."""
        self._seen.update(part.data)

    def hexdigest(self) -> str:
        """Give the digest of all that was taken."""
        return self._seen.hexdigest()


def parts(pixels: Any) -> Iterator[NDArray[Any]]:
    """Copy pixels a plane at a time, in C order: memory and interpreter are held only briefly."""
    leading = tuple(map(int, pixels.shape[:-2]))
    for place in np.ndindex(leading):
        yield np.array(pixels[place], order="C")


def _hash(start: str) -> hashlib.blake2b:
    return hashlib.blake2b(start.encode(), digest_size=16)
