"""Masks as COCO packs them: lengths of runs down the columns, in letters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnreadableFileError

_BITS, _MORE, _SIGN, _FIRST_LETTER = 5, 0x20, 0x10, 48


def run_lengths(mask: NDArray[np.bool_]) -> list[int]:
    """Count equal pixels down the columns, one column after another; the first run is outside.

    Parameters
    ----------
    mask : ndarray of bool, shape (row, column)
    """
    pixels = mask.ravel(order="F")
    ends = np.flatnonzero(np.diff(pixels)) + 1
    runs = np.diff(np.concatenate([[0], ends, [pixels.size]])).tolist()
    return [0, *runs] if pixels.size and pixels[0] else runs


def from_run_lengths(runs: Sequence[int], height: int, width: int) -> NDArray[np.bool_]:
    """Draw runs again; see `run_lengths`.

    Raises
    ------
    UnreadableFileError
        They do not fill the picture.
    """
    if sum(runs) != height * width or min(runs, default=0) < 0:
        raise UnreadableFileError(
            f"A mask's run lengths do not fill a picture of {height} x {width}: export it again."
        )
    values = np.arange(len(runs)) % 2 == 1
    return np.repeat(values, runs).reshape(height, width, order="F")


def packed(runs: Sequence[int]) -> str:
    """Pack run lengths into letters: from the third on, what they gained over the last but one.

    Five bits a letter, the lowest first; a sixth says that more follow.
    """
    letters = []
    for place, run in enumerate(runs):
        value = run - runs[place - 2] if place > 2 else run
        more = True
        while more:
            bits = value & 0x1F
            value >>= _BITS
            more = value != (-1 if bits & _SIGN else 0)
            letters.append(chr((bits | _MORE if more else bits) + _FIRST_LETTER))
    return "".join(letters)


def unpacked(letters: str) -> list[int]:
    """Read run lengths that `packed`, or another program, has packed.

    Raises
    ------
    UnreadableFileError
        They are cut off, or hold other letters.
    """
    runs: list[int] = []
    value = shift = 0
    for letter in letters:
        bits = ord(letter) - _FIRST_LETTER
        if not 0 <= bits < 2 * _MORE:
            raise UnreadableFileError("A mask's run lengths are damaged: export it again.")
        value |= (bits & 0x1F) << shift
        shift += _BITS
        if bits & _MORE:
            continue
        if bits & _SIGN:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = shift = 0
    if shift:
        raise UnreadableFileError("A mask's run lengths are cut off: export it again.")
    return runs
