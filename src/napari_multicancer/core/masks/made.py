"""Which outlines of a stack's planes a program made, so that the others are a person's own."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.integer]
Made = tuple[int, bytes]
"""A plane's index, and the digest of its outline."""


class PlanesMade:
    """Remembers outlines of single planes that a program made after the first one.

    A plane is a person's own where its outline is neither the first nor one of these. So undo
    and redo need no word: the pixels that they bring back are known or not.
    """

    def __init__(self) -> None:
        self._cuts: dict[Made, float | None] = {}

    def made_by(
        self, was: Mask, now: Mask, first: Mask | None, *, start: int = 0, cut: float | None = None
    ) -> dict[Made, float | None]:
        """Find what a program's step made of planes that nobody had drawn on; `add` keeps it.

        Parameters
        ----------
        was, now : ndarray of int, shape (plane, row, column)
        first : ndarray of int, same shape, or None
            What was outlined first; None where nobody knows.
        start : int
            Index of the first of these planes in the stack.
        cut : float, optional
            At which probability the step cut them, 0..1; as before where it did not.
        """
        own = self.by_hand(was, first, start=start)
        return {
            (index, _digest(after)): self._cuts.get((index, _digest(before)))
            if cut is None
            else cut
            for index, (before, after) in enumerate(zip(was, now, strict=True), start=start)
            if index not in own and not np.array_equal(before, after)
        }

    def add(self, made: Mapping[Made, float | None]) -> None:
        """Remember what a step made."""
        self._cuts.update(made)

    def by_hand(self, mask: Mask, first: Mask | None, *, start: int = 0) -> set[int]:
        """Find the planes that a person has changed; none where the first outline is not known.

        Parameters
        ----------
        mask : ndarray of int, shape (plane, row, column)
        first : ndarray of int, same shape, or None
        start : int
            Index of the first of these planes in the stack.
        """
        if first is None or first.shape != mask.shape:
            return set()
        return {
            index
            for index, (plane, before) in enumerate(zip(mask, first, strict=True), start=start)
            if not np.array_equal(plane, before) and (index, _digest(plane)) not in self._cuts
        }

    def cuts(self, mask: Mask, usual: float) -> list[float]:
        """Say at which probability each plane was cut: `usual` where it was never cut anew."""
        known = (self._cuts.get((index, _digest(plane))) for index, plane in enumerate(mask))
        return [usual if cut is None else cut for cut in known]


def _digest(plane: Mask) -> bytes:
    return blake2b(np.ascontiguousarray(plane).view(np.uint8).data, digest_size=16).digest()
