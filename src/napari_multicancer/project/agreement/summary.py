"""What many pairs of masks say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np

from napari_multicancer.project.agreement.beginnings import Beginning, Beginnings
from napari_multicancer.project.agreement.kappa import cohens_kappa
from napari_multicancer.project.agreement.pairs import Pair, PairKind, beginnings

HEADINGS = (
    "compared",
    "scans",
    "Dice: median (quartiles)",
    "HD95: median",
    "difference of size: mean (limits of agreement)",
    "kappa of finding",
    "masks begun from a proposal",
)
NOT_TOLD = "\N{EN DASH}"
"""In place of what cannot be said."""
LIMITS = 1.96
"""Standard deviations between which 95 % of differences lie, where they are normal."""
MOST_NAMED = 3
"""So many pairs that differ most are named."""


@dataclass(frozen=True)
class Within:
    """On how many scans a model is as near to a rater as raters are, of those with both."""

    near: int
    scans: int


@dataclass(frozen=True)
class Summary:
    """Agreement of one kind of pairs; what cannot be said is NaN.

    Attributes
    ----------
    kind : PairKind
    scans, pairs : int
    dice : (float, float, float)
        Lower quartile, median, upper quartile.
    distance : float
        Median HD95, in the unit that most pairs have.
    difference : float
        Mean of second less first size, as a share of their mean size.
    low, high : float
        Limits of agreement of the same (Bland and Altman).
    kappa : float
        Of the finding.
    beginnings : Beginnings
        How the raters' masks were begun.
    """

    kind: PairKind
    scans: int
    pairs: int
    dice: tuple[float, float, float]
    distance: float
    length_unit: str
    difference: float
    low: float
    high: float
    kappa: float
    beginnings: Beginnings

    @property
    def cells(self) -> tuple[str, ...]:
        """The same in words, below `HEADINGS`."""
        return (
            self.kind.value,
            str(self.scans),
            f"{self.dice[1]:.3f} ({self.dice[0]:.3f} to {self.dice[2]:.3f})",
            _told(self.distance, f"{self.distance:.2f} {self.length_unit}"),
            self._difference_in_words,
            _told(self.kappa, f"{self.kappa:.2f}"),
            self._beginnings_in_words,
        )

    @property
    def _beginnings_in_words(self) -> str:
        begun = self.beginnings
        most = begun.from_proposal + begun.not_known
        range_ = f"{begun.from_proposal} to {most}" if begun.not_known else str(most)
        return f"{range_} of {begun.masks}"

    @property
    def _difference_in_words(self) -> str:
        limits = f" ({_signed(self.low)} to {_signed(self.high)})"
        return _told(self.difference, _signed(self.difference)) + (
            "" if isnan(self.low) else limits
        )


def _told(value: float, words: str) -> str:
    return NOT_TOLD if isnan(value) else words


def _signed(share: float) -> str:
    return f"{100 * share:+.1f} %"


def summarize(kind: PairKind, some: Sequence[Pair]) -> Summary:
    """Say what pairs of one kind have in common."""
    quartiles = np.percentile([one.compared.dice for one in some], [25, 50, 75]).tolist()
    units = [one.compared.length_unit for one in some]
    unit = max(set(units), key=units.count)
    distances = [
        one.compared.distance
        for one in some
        if one.compared.distance is not None and one.compared.length_unit == unit
    ]
    told = [one.compared.relative_difference for one in some]
    gains = [share for share in told if not isnan(share)]
    mean = float(np.mean(gains)) if gains else float("nan")
    spread = LIMITS * float(np.std(gains, ddof=1)) if len(gains) > 1 else float("nan")
    return Summary(
        kind=kind,
        scans=len({one.scan.id for one in some}),
        pairs=len(some),
        dice=(quartiles[0], quartiles[1], quartiles[2]),
        distance=float(np.median(distances)) if distances else float("nan"),
        length_unit=unit,
        difference=mean,
        low=mean - spread,
        high=mean + spread,
        kappa=cohens_kappa([one.findings for one in some]),
        beginnings=beginnings(some),
    )


def largest_differences(some: Sequence[Pair], kind: PairKind) -> list[Pair]:
    """Choose the pairs of one kind whose sizes differ most, the largest difference first."""
    ours = [one for one in some if one.kind is kind]
    told = [one for one in ours if abs(one.compared.relative_difference) > 0]
    return sorted(told, key=lambda one: -abs(one.compared.relative_difference))[:MOST_NAMED]


def within_raters(some: Sequence[Pair]) -> Within:
    """Count the scans on which a model is as near to a rater as two raters are to each other."""
    best: dict[int, float] = {}
    raters: dict[int, float] = {}
    for one in some:
        if one.kind is PairKind.MODEL:
            best[one.scan.id] = max(best.get(one.scan.id, 0.0), one.compared.dice)
        elif one.kind is PairKind.RATERS:
            raters[one.scan.id] = min(raters.get(one.scan.id, 1.0), one.compared.dice)
    both = raters.keys() & best.keys()
    return Within(sum(best[scan] >= raters[scan] for scan in both), len(both))


def of_drawn(some: Sequence[Pair]) -> list[Pair]:
    """Choose the pairs into whose raters' masks no model's outline came."""
    return [one for one in some if set(one.beginnings.values()) == {Beginning.DRAWN}]
