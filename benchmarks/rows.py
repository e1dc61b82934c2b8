"""The one table of all measurements, as it is printed, written as JSON and reported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from benchmarks.timing import Timing


@dataclass(frozen=True)
class Row:
    """One measurement.

    Attributes
    ----------
    section, what : str
    value : float or None
        None where it could not be had; `note` says why.
    unit : str
        "x" for a ratio to something in the same rounds.
    fastest, slowest : float or None
        Of the rounds, in the same unit.
    target : float or None
        At most so much.
    peak_mb : float or None
        Largest resident memory of the process.
    note : str
    """

    section: str
    what: str
    value: float | None
    unit: str
    fastest: float | None = None
    slowest: float | None = None
    target: float | None = None
    peak_mb: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.target is None or self.value is None:
            return ""
        return "met" if self.value <= self.target else "missed"


@dataclass
class Results:
    """All that one run found.

    Attributes
    ----------
    machine : dict
    rounds : int
    rows : list of Row
    profiles : dict of str to dict of str to float
        By title: milliseconds by step.
    later : dict of str to str
        By section that was measured in a run of its own: how that run was.
    """

    machine: dict[str, Any]
    rounds: int
    rows: list[Row] = field(default_factory=list)
    profiles: dict[str, dict[str, float]] = field(default_factory=dict)
    later: dict[str, str] = field(default_factory=dict)

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.rows.append(row)
            print(line(row), flush=True)

    def renewed_by(self, run: Results) -> Results:
        """Put what a later run of some parts found in the place of what was known of the same."""
        new = {(row.section, row.what) for row in run.rows}
        kept = [row for row in self.rows if (row.section, row.what) not in new]
        order = [row.section for row in (*self.rows, *run.rows)]
        rows = sorted([*kept, *run.rows], key=lambda row: order.index(row.section))
        whole = {section for section, _ in new} - {row.section for row in kept}
        load = run.machine["load_before"]
        told = f"Measured in a run of its own: {run.rounds} rounds, load before it {load}."
        some = {section: f"In part: {told[0].lower()}{told[1:]}" for section, _ in new}
        return replace(self, rows=rows, later=self.later | some | dict.fromkeys(whole, told))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Results:
        return cls(**{**found, "rows": [Row(**row) for row in found["rows"]]})


def in_ms(section: str, what: str, timing: Timing, **more: Any) -> Row:
    """Make a row of milliseconds."""
    times = (timing.median * 1e3, "ms", timing.fastest * 1e3, timing.slowest * 1e3)
    return Row(section, what, *times, **more)


def missing(section: str, what: str, reason: object) -> Row:
    """Make a row for what could not be measured."""
    return Row(section, what, None, "", note=f"not measured: {reason}")


def number(value: float | None) -> str:
    """Give three digits that count."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def line(row: Row) -> str:
    """Put a row into one line of the terminal."""
    spread = "" if row.fastest is None else f"({number(row.fastest)}-{number(row.slowest)})"
    target = "" if row.target is None else f"at most {number(row.target)}: {row.verdict}"
    value = f"{number(row.value)} {row.unit}"
    return f"{row.what[:66]:66} {value:>12} {spread:16} {target} {row.note}".rstrip()
