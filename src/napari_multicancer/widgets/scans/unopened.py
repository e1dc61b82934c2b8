"""A scan of the list that cannot be opened: it can be flagged or skipped all the same."""

from __future__ import annotations

from contextlib import suppress

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.project import Project
from napari_multicancer.project.records import ListedScan, State
from napari_multicancer.translation import tr
from napari_multicancer.widgets.common.notify import Passing

POSSIBLE = (State.FLAGGED, State.SKIPPED)
"""What can be said of it."""


class Unopened:
    """Holds at most one scan, with the sentence that says why it is not open.

    Attributes
    ----------
    scan : ListedScan or None
    """

    def __init__(self) -> None:
        self.scan: ListedScan | None = None
        self._why = Passing()

    def hold(self, project: Project | None, number: int | None, why: str) -> None:
        """Hold a scan, by its `ListedScan.id`, of which the user was told why it is not open."""
        self._why.note(why)
        with suppress(MulticancerError):  # the list itself is gone: that is said when it is written
            self.scan = None if project is None or number is None else project.scan(number)

    def let_go(self) -> None:
        """Hold none, and take back what was said of it: the user goes on."""
        self._why.take_back()
        self.scan = None

    def objection(self, state: State) -> str:
        """Say why the scan may not be said to be in a state; empty where it may."""
        if self.scan is None or state in POSSIBLE:
            return ""
        return tr(
            "{name} cannot be opened: it can be flagged or skipped, but not done.",
            name=self.scan.name,
        )
