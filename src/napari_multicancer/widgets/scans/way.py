"""The way through a list: onward by its filter and order, back as one came."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from napari_multicancer.project.query import ScanFilter, Sorting, Standing, to_do
from napari_multicancer.project.records import ListedScan, State

if TYPE_CHECKING:
    from napari_multicancer.project import Project


REMEMBERED = 2_000
"""Of so many scans, the way to them, contrast and plane are remembered."""
NEXT_KEYS, PREVIOUS_KEYS = ("N", "PgDown"), ("J", "PgUp")


@dataclass(frozen=True)
class _At:
    """Where the user is, as it was come to.

    Attributes
    ----------
    number : int
        A `ListedScan.id`.
    standing : Standing
    wanted : ScanFilter
    was_shown : bool
        Whether that filter let the scan through.
    """

    number: int
    standing: Standing
    wanted: ScanFilter
    was_shown: bool


class Way:
    """Says which scan comes next, and which one before.

    Attributes
    ----------
    wanted, sorting : ScanFilter, Sorting
        Of the list that is gone through.
    """

    def __init__(self) -> None:
        self.wanted, self.sorting = ScanFilter(), Sorting()
        self._at: _At | None = None
        self._trail: deque[int] = deque(maxlen=REMEMBERED)

    def neighbor(self, project: Project, at: int | None, *, backward: bool) -> ListedScan | None:
        """Give the scan after, or before, one; None at the end.

        Before it lies the one that was left by going on, even if the filter leaves it out by
        now. From nowhere the way leads to the first scan that is still to be worked on. Onward it
        leads from where the scan stood when it was come to, as work moves a scan in an order by
        state or time, and to none that was left by going on. Masks among the scans are passed
        over, unless those that are skipped are asked for.
        """
        if at is None:
            return self._first(project)
        if backward and self._trail:
            return project.scan(self._trail[-1])
        stood = self._stood(project, at)
        if not (backward or stood.was_shown) and (first := self.first_left(project, at)):
            return first
        step = project.previous if backward else project.next
        found = step(stood.standing, self.wanted)
        while found is not None and (found.id == at or self._passes(found, backward)):
            found = step(found.id, self.wanted, self.sorting)
        return found

    def come_to(self, project: Project, number: int) -> None:
        """Take note of where a scan stands as it is come to."""
        standing = project.standing(number, self.sorting)
        self._at = _At(number, standing, self.wanted, project.holds(number, self.wanted))

    def first_left(self, project: Project, at: int) -> ListedScan | None:
        """Give the first scan that is still to be worked on, other than one; None without any."""
        first = self._first_of(project, None)
        return self._first_of(project, at) if first is not None and first.id == at else first

    def _stood(self, project: Project, at: int) -> _At:
        known = self._at
        asked = (at, self.sorting, self.wanted)
        if known is None or (known.number, known.standing.sorting, known.wanted) != asked:
            self.come_to(project, at)
        assert self._at is not None
        return self._at

    def _passes(self, scan: ListedScan, backward: bool) -> bool:
        is_mask = scan.is_passed_over and State.SKIPPED not in self.wanted.states
        return is_mask or (not backward and scan.id in self._trail)

    def went(self, left: int | None, *, backward: bool) -> None:
        """Take note that somebody went on, or back, from a scan."""
        if backward and self._trail:
            self._trail.pop()
        elif not backward and left is not None:
            self._trail.append(left)

    def forget(self) -> None:
        """Let what was left before lie before no more."""
        self._trail.clear()
        self._at = None

    def _first(self, project: Project) -> ListedScan | None:
        first = self._first_of(project, None)
        return first or project.next(None, self.wanted, self.sorting)

    def _first_of(self, project: Project, after: int | None) -> ListedScan | None:
        """Give the first scan that is shown and still to be worked on, after one or of all."""
        left = to_do(self.wanted)
        return None if left is None else project.next(after, left, self.sorting)
