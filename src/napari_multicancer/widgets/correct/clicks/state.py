"""What was clicked on a layer, plane by plane, and how undo and redo go through it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.analysis.guides import Click
from napari_multicancer.core.masks.history import UNDONE
from napari_multicancer.core.masks.tally import ClickTally
from napari_multicancer.widgets.common.record import DOUBTFUL, PROPOSED, SETTLED
from napari_multicancer.widgets.correct.part import Changes, Mask, Part

Row = tuple[Click, ...]
Known = TypeVar("Known")


@dataclass(frozen=True)
class ClickPlace:
    """A plane of a layer as it was seen, and the label: clicks on it make one row.

    Attributes
    ----------
    plane : int or None
        None for a picture.
    normal : int
        See `Part`.
    label : int
    """

    plane: int | None
    normal: int
    label: int

    @classmethod
    def of(cls, part: Part) -> ClickPlace:
        """Say where a part lies."""
        return cls(part.plane, part.normal, part.label)


@dataclass(frozen=True)
class Marks:
    """The clicks that count now, by place, and what is known of planes: see `SETTLED`."""

    rows: Mapping[ClickPlace, Row] = field(default_factory=dict)
    planes: Mapping[ClickPlace, str] = field(default_factory=dict)

    def row(self, place: ClickPlace) -> Row:
        """Give the clicks of a place, oldest first."""
        return self.rows.get(place, ())

    def with_row(self, place: ClickPlace, row: Row) -> Marks:
        """Give the same with other clicks at a place, whose plane is settled by that."""
        planes = self.planes if place.plane is None else {**self.planes, place: SETTLED}
        return replace(self, rows={**self.rows, place: row}, planes=planes)

    def moved(self, source: Marks, to: Marks) -> Marks:
        """Change what differs between two others, and leave what was marked besides."""
        return Marks(
            _moved(self.rows, source.rows, to.rows), _moved(self.planes, source.planes, to.planes)
        )

    def with_planes(self, planes: Mapping[ClickPlace, str]) -> Marks:
        """Give the same with more known of planes."""
        return replace(self, planes={**self.planes, **planes})


def _moved(
    now: Mapping[ClickPlace, Known],
    source: Mapping[ClickPlace, Known],
    to: Mapping[ClickPlace, Known],
) -> dict[ClickPlace, Known]:
    moved = dict(now)
    for place in source.keys() | to.keys():
        if source.get(place) != to.get(place):
            moved.pop(place, None)
            if place in to:
                moved[place] = to[place]
    return moved


@dataclass(frozen=True, eq=False)
class ClickStep:
    """One step of undo: the pixels that it changed, by place, and the marks before and after."""

    changes: Mapping[ClickPlace, Changes]
    before: Marks
    after: Marks


@dataclass(eq=False)
class LayerClicks:
    """All that was clicked on one layer since its data were put in.

    Attributes
    ----------
    data : ndarray
        The layer's, by which one tells whether it was given other data.
    marks : Marks
        As they are now.
    first : dict of ClickPlace to ndarray
        A plane as it was before anybody corrected it.
    earlier : ClickTally
        What the mask brought along.
    seconds : float
        What the network has taken.
    network : str
    """

    data: Mask
    earlier: ClickTally
    marks: Marks = field(default_factory=Marks)
    first: dict[ClickPlace, Mask] = field(default_factory=dict)
    seconds: float = 0.0
    network: str = ""
    _done: list[ClickStep] = field(default_factory=list)
    _undone: list[ClickStep] = field(default_factory=list)

    def add(self, step: ClickStep) -> None:
        """Take note of a step that was written."""
        self._done.append(step)
        self._undone.clear()
        self.marks = step.after

    def follow(self, way: str) -> None:
        """Follow a step that was undone, or done again."""
        source, to = (self._done, self._undone)[:: 1 if way == UNDONE else -1]
        if source:
            step = source.pop()
            to.append(step)
            ends = (step.after, step.before)[:: 1 if way == UNDONE else -1]
            self.marks = self.marks.moved(*ends)

    def changes_at(self, place: ClickPlace) -> tuple[Changes, ...]:
        """Give what steps have changed at a place, oldest first."""
        return tuple(self._changes_at(place))

    def _changes_at(self, place: ClickPlace) -> Iterator[Changes]:
        for step in self._done:
            if place in step.changes:
                yield step.changes[place]

    def tally(self) -> ClickTally:
        """Count what the mask's record tells."""
        rows = {place: row for place, row in self.marks.rows.items() if row}
        seen = [
            place for place, known in self.marks.planes.items() if known in (DOUBTFUL, PROPOSED)
        ]
        return ClickTally(
            self.earlier.clicks + sum(map(len, rows.values())),
            self.earlier.planes + len({(place.plane, place.normal) for place in rows}),
            self.earlier.proposed + len({(place.plane, place.normal) for place in seen}),
            self.network or self.earlier.network,
            round(self.earlier.seconds + self.seconds, 3),
        )


def before_clicks(mask: Mask, changes: tuple[Changes, ...]) -> Mask:
    """Take back what steps have changed, but for what somebody has painted since; new."""
    earlier = mask.copy()
    for one in reversed(changes):
        still = np.equal(earlier[one.where], one.after)
        earlier[tuple(axis[still] for axis in one.where)] = one.before[still]
    return earlier


def painted(
    mask: Mask,
    first: Mask,
    changes: tuple[Changes, ...],
    part: tuple[slice, ...] = (slice(None), slice(None)),
) -> NDArray[np.bool_]:
    """Mark what differs from the first outline in a part, and not by what steps have changed."""
    differs = np.zeros(mask.shape, bool)
    differs[part] = np.not_equal(mask[part], first[part])
    for one in changes:
        differs[one.where] &= np.not_equal(mask[one.where], one.after)
    return differs
