"""What is compared: one row a way of correcting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from numpy.typing import NDArray

from experiments.clicks.brush import begin_brush
from experiments.clicks.graph_cut import begin_cut
from experiments.clicks.network import begin_network
from experiments.clicks.told import Region, Told
from experiments.clicks.tools import begin_tools
from experiments.clicks.walker import begin_walker

Eye: TypeAlias = Callable[[Region], float]
"""How well the user finds a mask: its Dice. For tools that are tried and taken back alone."""
Session: TypeAlias = Callable[[Region, Told], Region | None]
"""From the mask as it is and what the user pointed at to the new mask; it may keep a state of
its lesion. None: the user can do no more with it."""
Begin: TypeAlias = Callable[[NDArray[Any], str, Eye], Session]
"""From a plane, as its scan has it, and the organ to the session of one lesion."""


@dataclass(frozen=True)
class Method:
    """A way of correcting an outline.

    Attributes
    ----------
    begin : callable
        See `Begin`; the time that it takes counts for the first click.
    robots : tuple of str
        Who can use it, by the names of `robots.ROBOTS`.
    draws_boxes : bool
        The user draws a box with every click.
    """

    begin: Begin
    robots: tuple[str, ...] = ("A", "B", "strokes", "box")
    draws_boxes: bool = False


METHODS = {
    "network": Method(begin_network),
    "tools": Method(begin_tools, robots=("A", "B"), draws_boxes=True),
    "walker": Method(begin_walker),
    "cut": Method(begin_cut),
    "brush": Method(begin_brush, robots=("C",)),
}
