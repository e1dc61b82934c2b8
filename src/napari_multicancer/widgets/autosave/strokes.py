"""What has changed a mask, for its history: strokes, undo and redo, and what nobody tells of.

napari tells of every step that its undo can take back, with the pixels before and
after, but of no undo. When a layer is drawn anew and the last step's pixels are as
they were before it, that step was undone; when those of the step undone last are as
after it, it was done again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray

from napari_multicancer.core.masks.history import REDONE, UNDONE
from napari_multicancer.widgets.common.record import record_of

OTHER = "undo, redo or script"
"""What changed pixels without a step of undo, or took back one made before the watch began."""
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
    tool: str

    def is_undone(self, pixels: NDArray[np.integer]) -> bool:
        return bool(self.before.size and np.array_equal(pixels[self.where], self.before))

    def is_done(self, pixels: NDArray[np.integer]) -> bool:
        return bool(self.after.size and np.array_equal(pixels[self.where], self.after))


class StrokeWatch:
    """Adds to one layer's history what changes its pixels.

    By how much the foreground grows is counted, so that `count_rest` finds what
    neither a stroke nor an undo accounts for.
    """

    def __init__(self) -> None:
        self._done: deque[_Step] = deque(maxlen=MOST_STEPS)
        self._undone: list[_Step] = []
        self._foreground: int | None = None
        self._grown = 0

    def forget(self) -> None:
        """Begin anew: the layer was given other data."""
        self._done.clear()
        self._undone.clear()
        self._foreground, self._grown = None, 0

    def add_stroke(self, labels: Labels, item: Iterable[Sequence[Any]]) -> None:
        """Take note of one step of the layer's undo.

        Parameters
        ----------
        labels : Labels
        item : iterable
            As napari's paint event carries it: of every part, where it lies, and the
            values there before and after.
        """
        record = record_of(labels)
        added, removed, relabelled = np.sum([_counts(*atom[-2:]) for atom in item], axis=0)
        tool = record.take_tool()
        record.add_change(tool, added, removed, relabelled)
        self._grown += int(added - removed)
        self._undone.clear()
        self._done.append(_step(item, labels.data.shape, tool))

    def look_for_undo(self, labels: Labels) -> None:
        """Take note of the steps undone or done again since the last look.

        What cannot be told, such as a step that changed nothing in the end, is left
        to `count_rest`.
        """
        pixels = labels.data
        if not isinstance(pixels, np.ndarray):
            return
        record = record_of(labels)
        while self._done and self._done[-1].is_undone(pixels):
            step = self._done.pop()
            self._undone.append(step)
            record.add_change(UNDONE, step.removed, step.added, step.relabelled)
            self._grown += step.removed - step.added
            record.stepped(way=UNDONE, tool=step.tool)
        while self._undone and self._undone[-1].is_done(pixels):
            step = self._undone.pop()
            self._done.append(step)
            record.add_change(REDONE, step.added, step.removed, step.relabelled)
            self._grown += step.added - step.removed
            record.stepped(way=REDONE, tool=step.tool)

    def count_rest(self, labels: Labels, foreground: int) -> bool:
        """Take note of what no step accounts for; say whether there was any.

        Parameters
        ----------
        labels : Labels
        foreground : int
            How many pixels are not background now.
        """
        known, grown = self._foreground, self._grown
        self._foreground, self._grown = foreground, 0
        more = 0 if known is None else foreground - known - grown
        if more:
            record_of(labels).add_change(OTHER, max(more, 0), max(-more, 0))
        return more != 0


def _step(item: Iterable[Sequence[Any]], shape: tuple[int, ...], tool: str) -> _Step:
    """Sum up the parts of a step, which may have changed a pixel several times."""
    parts = [_part(atom, shape) for atom in item]
    flat, before, after = parts[0] if len(parts) == 1 else _joined(parts)
    changed = np.flatnonzero(before != after)
    some = changed[:: max(1, len(changed) // SAMPLED)]
    return _Step(
        np.unravel_index(flat[some], shape),
        before[some],
        after[some],
        *_counts(before[changed], after[changed]),
        tool,
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


def _counts(before: Any, after: Any) -> tuple[int, int, int]:
    """Count the pixels that got a label, lost it, and got another one."""
    before, after = np.broadcast_arrays(before, after)
    was, now = before != 0, after != 0
    kinds = (~was & now, was & ~now, was & now & (before != after))
    added, removed, relabelled = (int(np.count_nonzero(kind)) for kind in kinds)
    return added, removed, relabelled
