"""The way through a list: onward by its filter and order, back as one came."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from napari_multicancer.project.query import ScanFilter, Sorting, Standing
from napari_multicancer.project.records import LEFT, ListedScan, State
from napari_multicancer.widgets.scans.stage import REMEMBERED

if TYPE_CHECKING:
    from napari_multicancer.project import Project


class Way:
    """Says which scan comes next, and which one before.

    Attributes
    ----------
    wanted, sorting : ScanFilter, Sorting
        Of the list that is gone through.
    """

    def __init__(self) -> None:
        self.wanted, self.sorting = ScanFilter(), Sorting()
        self._at: tuple[int, Standing] | None = None
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
        step = project.previous if backward else project.next
        found = step(self._standing(project, at), self.wanted)
        while found is not None and (found.id == at or self._passes(found, backward)):
            found = step(found.id, self.wanted, self.sorting)
        return found

    def come_to(self, project: Project, number: int) -> None:
        """Take note of where a scan stands as it is come to."""
        self._at = number, project.standing(number, self.sorting)

    def _standing(self, project: Project, at: int) -> Standing:
        if self._at is None or self._at[0] != at or self._at[1].sorting != self.sorting:
            self.come_to(project, at)
        assert self._at is not None
        return self._at[1]

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
        states = self.wanted.states & LEFT if self.wanted.states else LEFT
        first = None
        if states:
            first = project.next(None, replace(self.wanted, states=states), self.sorting)
        return first or project.next(None, self.wanted, self.sorting)
