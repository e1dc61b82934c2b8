"""Who points: the simulated users by name, as they use a way of correcting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from experiments.clicks.told import Region, Told
from napari_multicancer.core.analysis.guides import Click
from napari_multicancer.core.masks.labels import bounding_box
from napari_multicancer.core.planes.letterbox import BoundingBox
from napari_multicancer.training.robots.brush import brush_stroke
from napari_multicancer.training.robots.exact import deepest_click
from napari_multicancer.training.robots.human import Human

ROBOTS = {
    "A": "exact clicks",
    "B": "human clicks",
    "strokes": "human strokes",
    "box": "a human box, then human clicks",
    "C": "brush strokes",
}
STEADY = ("A", "C")
"""They do the same whatever the seed."""

Robot: TypeAlias = Callable[[Region, Region, Told], Told | None]
"""From truth, mask and what was told so far to what is told next; None: all is well."""


def robot(name: str, seed: int | Sequence[int] = 0, *, draws_boxes: bool = False) -> Robot:
    """Make a user.

    Parameters
    ----------
    name : str
        One of `ROBOTS`.
    seed : int or sequence of int
    draws_boxes : bool
        With each click a box is drawn anew: exactly by A.

    Returns
    -------
    callable
        See `Robot`.
    """
    human = Human(seed)
    choices: dict[str, Robot] = {
        "A": _by(deepest_click),
        "B": _by(human.click),
        "strokes": _by(human.stroke),
        "box": _box_first(human),
        "C": _brushing,
    }
    chosen = choices[name]
    if not draws_boxes:
        return chosen
    draw = _exact_box if name == "A" else human.box

    def with_box(truth: Region, mask: Region, told: Told) -> Told | None:
        after = chosen(truth, mask, told)
        return None if after is None else replace(after, box=draw(truth))

    return with_box


def _by(point: Callable[..., Click | None]) -> Robot:
    def more(truth: Region, mask: Region, told: Told) -> Told | None:
        click = point(truth, mask, told.clicks)
        return None if click is None else replace(told, clicks=(*told.clicks, click))

    return more


def _box_first(human: Human) -> Robot:
    click = _by(human.click)

    def more(truth: Region, mask: Region, told: Told) -> Told | None:
        if told.box is None:
            return replace(told, box=human.box(truth))
        return click(truth, mask, told)

    return more


def _exact_box(truth: Region) -> BoundingBox:
    rows, columns = bounding_box(truth)
    return BoundingBox(
        rows.start, columns.start, rows.stop - rows.start, columns.stop - columns.start
    )


def _brushing(truth: Region, mask: Region, told: Told) -> Told | None:
    stroke: Any = brush_stroke(truth, mask)
    if stroke is None:
        return None
    return replace(told, clicks=(*told.clicks, stroke.line), radius=stroke.radius)
