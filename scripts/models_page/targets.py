"""What the default networks are meant to reach on scans never seen, and how far off they are."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_multicancer.core.models.cards import ModelCard

SPLIT = "test"
MET, MET_BY_VALUE = "yes", "by the value"


@dataclass(frozen=True)
class Target:
    """One figure of a task's default network, and what it is meant to be.

    Attributes
    ----------
    task : str
    what : str
        The figure in words.
    place : tuple of str
        Where a card's metrics of a split hold it.
    bound : float
    at_most : bool
        The figure should be no more than `bound`; no less unless told.
    limit : str
        What keeps the shipped network from it, if it is missed.
    """

    task: str
    what: str
    place: tuple[str, ...]
    bound: float
    at_most: bool = False
    limit: str = ""

    @property
    def words(self) -> str:
        """The bound as it is written."""
        return f"{'≤' if self.at_most else '≥'} {self.bound:g}"

    def verdict(self, figure: Mapping[str, float]) -> str:
        """Say whether a figure reaches the bound, with its whole interval, or how far off it is."""
        far_end = figure.get("high" if self.at_most else "low", figure["value"])
        sign = 1 if self.at_most else -1
        if sign * (far_end - self.bound) <= 0:
            return MET
        if (gap := sign * (figure["value"] - self.bound)) <= 0:
            return MET_BY_VALUE
        return f"no, off by {gap:.3f}"


def read_targets(path: Path) -> tuple[Target, ...]:
    """Read the targets of all tasks from a TOML file."""
    content = tomllib.loads(path.read_text("utf-8"))
    return tuple(_targets(content))


def _targets(content: Mapping[str, Any]) -> Iterator[Target]:
    limits = content["limits"]
    for entry in content["target"]:
        limit = limits[entry["limit"]] if "limit" in entry else ""
        yield Target(**(entry | {"place": tuple(entry["place"]), "limit": limit}))


TARGETS = read_targets(Path(__file__).with_name("targets.toml"))


@dataclass(frozen=True)
class Compared:
    """A target beside the figure of the network that is meant to reach it."""

    card: ModelCard
    target: Target
    figure: Mapping[str, float]

    @property
    def verdict(self) -> str:
        """Whether the target is reached, in words."""
        return self.target.verdict(self.figure)


def compare(cards: Sequence[ModelCard], targets: Iterable[Target] = TARGETS) -> list[Compared]:
    """Set the default networks' figures on the test split beside their targets."""
    defaults = {card.task: card for card in cards if card.is_default}
    found = ((defaults.get(target.task), target) for target in targets)
    return [
        Compared(card, target, figure)
        for card, target in found
        if card and (figure := _find_figure(card, target.place))
    ]


def limits(found: Iterable[Compared]) -> dict[str, list[str]]:
    """Collect what limits the figures that are missed, and which these are."""
    missed: dict[str, list[str]] = {}
    for one in found:
        if one.target.limit and one.verdict not in (MET, MET_BY_VALUE):
            missed.setdefault(one.target.limit, []).append(f"{one.card.task}, {one.target.what}")
    return missed


def _find_figure(card: ModelCard, place: Sequence[str]) -> Mapping[str, float] | None:
    """Look a figure up among a card's metrics of the test split; None where it has none."""
    found: Any = card.metrics.get(SPLIT, {})
    for name in place:
        found = found.get(name, {})
    return found or None
