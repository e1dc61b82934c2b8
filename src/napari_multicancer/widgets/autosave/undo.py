"""Tells undo and redo apart from other changes, of which napari announces none.

napari tells of every step that its undo can take back, with the pixels before and
after. When a layer is drawn anew and the last step's pixels are as they were before
it, that step was undone; when those of the step undone last are as after it, it was
done again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray

from napari_multicancer.widgets.autosave.strokes import add_change, change_now, counts

UNDONE, REDONE = "undo", "redo"
MOST_STEPS = 100
"""So many steps can be taken back in napari."""
SAMPLED = 256
"""So many pixels, evenly spaced, stand for a step; a smaller one is taken whole."""


@dataclass(frozen=True, eq=False)
class _Step:
    """One step: some of the pixels that it changed, and how many it changed in all."""

    where: tuple[NDArray[np.intp], ...]
    before: NDArray[np.integer]
    after: NDArray[np.integer]
    added: int
    removed: int
    relabelled: int

    def is_undone(self, pixels: NDArray[np.integer]) -> bool:
        return bool(self.before.size and np.array_equal(pixels[self.where], self.before))

    def is_done(self, pixels: NDArray[np.integer]) -> bool:
        return bool(self.after.size and np.array_equal(pixels[self.where], self.after))


class UndoWatch:
    """Follows one layer's steps back and forth.

    What it cannot tell, such as a step that changed nothing in the end, is left to
    whoever counts pixels.
    """

    def __init__(self) -> None:
        self._done: deque[_Step] = deque(maxlen=MOST_STEPS)
        self._undone: list[_Step] = []

    def add(self, item: Iterable[Sequence[Any]], shape: tuple[int, ...]) -> None:
        """Take note of a step, as napari's paint event carries it, in data of a shape."""
        self._undone.clear()
        self._done.append(_step(item, shape))

    def forget(self) -> None:
        """Begin anew: the layer was given other data."""
        self._done.clear()
        self._undone.clear()

    def look(self, labels: Labels) -> int:
        """Add to a layer's history what was undone or done again since the last look.

        Returns
        -------
        int
            By how many pixels the foreground has grown.
        """
        pixels, grown = labels.data, 0
        if not isinstance(pixels, np.ndarray):
            return 0
        while self._done and self._done[-1].is_undone(pixels):
            step = self._done.pop()
            self._undone.append(step)
            add_change(labels, change_now(UNDONE, step.removed, step.added, step.relabelled))
            grown += step.removed - step.added
        while self._undone and self._undone[-1].is_done(pixels):
            step = self._undone.pop()
            self._done.append(step)
            add_change(labels, change_now(REDONE, step.added, step.removed, step.relabelled))
            grown += step.added - step.removed
        return grown


def _step(item: Iterable[Sequence[Any]], shape: tuple[int, ...]) -> _Step:
    """Sum up the parts of a step, which may have changed a pixel several times."""
    parts = [_part(atom, shape) for atom in item]
    flat, before, after = parts[0] if len(parts) == 1 else _joined(parts)
    changed = np.flatnonzero(before != after)
    some = changed[:: max(1, len(changed) // SAMPLED)]
    return _Step(
        np.unravel_index(flat[some], shape),
        before[some],
        after[some],
        *counts(before[changed], after[changed]),
    )


_Part = tuple[NDArray[np.intp], NDArray[np.integer], NDArray[np.integer]]
"""Flat indices, and the values there before and after."""


def _part(atom: Sequence[Any], shape: tuple[int, ...]) -> _Part:
    where, *mask, before, after = atom
    if mask:
        where = _inside(where, mask[0])
    flat = np.ravel_multi_index(where, shape)
    return flat, np.ravel(before), np.broadcast_to(after, flat.shape)


def _inside(box: Sequence[slice], mask: NDArray[np.bool_] | None) -> tuple[NDArray[np.intp], ...]:
    """Give the indices of the pixels of a box that a mask names, or of all where it is None."""
    inside = np.ones([side.stop - side.start for side in box], bool) if mask is None else mask
    return tuple(axis + side.start for axis, side in zip(np.nonzero(inside), box, strict=True))


def _joined(parts: Sequence[_Part]) -> _Part:
    """Join parts: what stood in a pixel before the first of them, and after the last."""
    flat, before, after = (np.concatenate(values) for values in zip(*parts, strict=True))
    places, first = np.unique(flat, return_index=True)
    last = len(flat) - 1 - np.unique(flat[::-1], return_index=True)[1]
    return places, before[first], after[last]
