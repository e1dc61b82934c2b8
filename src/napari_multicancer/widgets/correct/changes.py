"""Which pixels a tool has changed, found beside the window's thread, so that writing is quick."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class Changes:
    """The pixels in which two masks differ.

    Attributes
    ----------
    where : tuple of ndarray of int, one an axis of the mask, shape (n,) each
        In C order.
    before, after : ndarray of int, shape (n,)
        What stood there, and what is to stand there.
    """

    where: tuple[NDArray[np.intp], ...]
    before: Mask
    after: Mask

    def __len__(self) -> int:
        return len(self.before)

    def still_there(self, mask: Mask) -> Changes:
        """Leave out the pixels of a mask in which something else stands by now."""
        same = np.equal(mask[self.where], self.before)
        if same.all():
            return self
        return Changes(
            tuple(axis[same] for axis in self.where), self.before[same], self.after[same]
        )


def find_changes(before: Mask, after: Mask) -> Changes:
    """Compare two masks plane by plane.

    Parameters
    ----------
    before, after : ndarray of int, shape (row, column) or (plane, row, column), the same
    """
    found = [
        np.flatnonzero(np.not_equal(was, now)) + index * was.size
        for index, (was, now) in enumerate(zip(_planes(before), _planes(after), strict=True))
    ]
    flat = np.concatenate(found)
    where = np.unravel_index(flat, before.shape)
    return Changes(where, before[where], after[where])


def _planes(mask: Mask) -> Mask:
    return mask.reshape(-1, *mask.shape[-2:])
