"""Which scans of a list are meant, in which order, and which part of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from napari_multicancer.project.records import LEFT, State

_DIGITS = 12


class SortBy(StrEnum):
    """What scans can be sorted by."""

    NAME = "name"
    ADDED = "added"
    STATE = "state"
    ORGAN = "organ"
    FINDING = "finding"
    SIZE = "size"
    DOUBT = "doubt"
    SECONDS = "seconds"
    ASSIGNED = "assigned"


_RANKS = " ".join(f"WHEN '{state}' THEN {rank}" for rank, state in enumerate(State))
_TERMS = {
    SortBy.NAME: "name_key",
    SortBy.ADDED: "id",
    SortBy.STATE: f"CASE state {_RANKS} END",
    SortBy.ORGAN: "CASE treated_as WHEN '' THEN organ ELSE treated_as END",
    SortBy.FINDING: "coalesce(nullif(said_finding, ''), nullif(mask_finding, ''), finding)",
    SortBy.SIZE: "coalesce(mask_area, area)",
    SortBy.DOUBT: "doubt",
    SortBy.SECONDS: "seconds",
    SortBy.ASSIGNED: "assigned",
}
_LAST = {SortBy.SIZE: "9e999", SortBy.DOUBT: "9e999"}
"""What stands for a value that is missing, with a sign: such scans come last, whichever way."""
_ASKED = "id IN (SELECT scan FROM readings WHERE rater = ? AND version IS NULL)"
_FAILED = f"error <> '' AND NOT (state = '{State.SKIPPED}' AND state_by = '')"
_REFUSED = "organ <> '' AND finding = '' AND treated_as = ''"
_SEARCHED = [f"{name} LIKE ? ESCAPE '!'" for name in ("name", "folder", "comment", "error")]


@dataclass(frozen=True)
class Sorting:
    """The order of a list; scans that are equal stand in the order of their names."""

    by: SortBy = SortBy.NAME
    descending: bool = False

    def terms(self) -> list[str]:
        """Give the terms by which rows are compared, one after another."""
        term = _TERMS[self.by]
        if self.by in _LAST:
            term = f"coalesce({term}, {'-' if self.descending else ''}{_LAST[self.by]})"
        return list(dict.fromkeys([term, "name_key", "id"]))

    def clause(self, backward: bool = False) -> str:
        """Write the order in SQL."""
        way = "DESC" if self.descending != backward else "ASC"
        return ", ".join(f"{term} {way}" for term in self.terms())


BY_NAME = Sorting()


@dataclass(frozen=True)
class Standing:
    """Where a scan stands in an order, or stood before it was worked on.

    Attributes
    ----------
    sorting : Sorting
    values : tuple
        Of its terms.
    """

    sorting: Sorting
    values: tuple[Any, ...]


@dataclass(frozen=True)
class ScanFilter:
    """Which scans are meant: those for which all that is told here holds.

    Attributes
    ----------
    states : collection of State
        Any of these; none for all.
    organ : str
        What counts as the organ, see `ListedScan.shown_organ`.
    finding : str
        What counts as the finding, see `ListedScan.shown_finding`.
    assigned : str, optional
        Whose task; "" for nobody's, None for all.
    text : str
        A part of name, folder, comment or the reason of a failure; upper and lower case of
        unaccented letters count as the same.
    failed : bool
        Those alone for which the models have no answer; masks among the scans need none.
    unsure : bool
        Those alone whose answer does not count as sure.
    refused : bool
        Those alone that the models take for none of their organs, see `ListedScan.is_refused`.
    asked_of : str
        Those alone of which this person is still to draw a second outline.
    """

    states: frozenset[State] = frozenset()
    organ: str = ""
    finding: str = ""
    assigned: str | None = None
    text: str = ""
    failed: bool = False
    unsure: bool = False
    refused: bool = False
    asked_of: str = ""

    def clause(self) -> tuple[str, list[Any]]:
        """Write the filter in SQL, with the values for its question marks."""
        terms: list[str] = ["1"]
        values: list[Any] = []
        if self.states:
            # The index of states is in the order of names within one state alone.
            column = "state" if len(self.states) == 1 else "+state"
            terms.append(f"{column} IN ({', '.join('?' * len(self.states))})")
            values += sorted(self.states)
        equals = {
            _TERMS[SortBy.ORGAN]: self.organ or None,
            _TERMS[SortBy.FINDING]: self.finding or None,
        }
        for term, value in (equals | {"assigned": self.assigned}).items():
            if value is not None:
                terms.append(f"{term} = ?")
                values.append(value)
        if self.text:
            terms.append(f"({' OR '.join(_SEARCHED)})")
            values += [f"%{_literally(self.text)}%"] * len(_SEARCHED)
        if self.asked_of:
            terms.append(_ASKED)
            values.append(self.asked_of)
        terms += [_FAILED] * self.failed + ["confident = 0"] * self.unsure
        terms += [_REFUSED] * self.refused
        return " AND ".join(terms), values


ALL = ScanFilter()


def to_do(wanted: ScanFilter) -> ScanFilter | None:
    """Leave of what is wanted the scans that are still to be worked on; None where that is none."""
    states = wanted.states & LEFT if wanted.states else LEFT
    return replace(wanted, states=states) if states else None


@dataclass(frozen=True)
class Page:
    """Which part of a list: so many scans from one on; the first is 0."""

    start: int = 0
    size: int = 200


FIRST_PAGE = Page()


def name_key(name: str) -> str:
    """Give what names are sorted by: "scan 2" comes before "Scan 10"."""
    return re.sub(r"\d+", lambda digits: digits.group().lstrip("0").zfill(_DIGITS), name.casefold())


def beyond(sorting: Sorting, values: Sequence[Any], backward: bool) -> tuple[str, list[Any]]:
    """Write in SQL that a scan comes after (or before) the one with these values of its terms."""
    terms = sorting.terms()
    sign = "<" if sorting.descending != backward else ">"
    return f"({', '.join(terms)}) {sign} ({', '.join('?' * len(terms))})", list(values)


def _literally(text: str) -> str:
    return re.sub("([!%_])", r"!\1", text)
