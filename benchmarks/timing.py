"""Contenders timed side by side: in turns, a round each, so that a busy moment hits all alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Timing:
    """Seconds of every round.

    Attributes
    ----------
    seconds : tuple of float
    """

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.seconds)

    @property
    def fastest(self) -> float:
        return min(self.seconds)

    @property
    def slowest(self) -> float:
        return max(self.seconds)

    def ratio(self, to: Timing) -> float:
        """Give the median of the rounds' ratios: both stood side by side in each of them."""
        return median(a / b for a, b in zip(self.seconds, to.seconds, strict=True))


def in_turns(contenders: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, Timing]:
    """Let each contender run once a round.

    Parameters
    ----------
    contenders : mapping of str to callable
        Each gives the seconds that its run took.
    rounds : int
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds):
        names = list(contenders)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            seconds[name].append(contenders[name]())
    return {name: Timing(tuple(found)) for name, found in seconds.items()}


def seconds_of(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start
