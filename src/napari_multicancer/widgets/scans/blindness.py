"""Of which scans the person is not to see what others say."""

from __future__ import annotations

from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.project import Project


class Blindness:
    """Of all scans where the person wants it so; else of those that are asked for blindly.

    Attributes
    ----------
    everywhere : bool
        Whether the person draws all outlines without those that are there.
    """

    def __init__(self) -> None:
        self.everywhere = False
        self._asked: frozenset[int] = frozenset()

    def covers(self, number: int) -> bool:
        """Say whether what others say of a scan, by its `ListedScan.id`, is not to be seen."""
        return self.everywhere or number in self._asked

    def look(self, project: Project | None) -> None:
        """Learn for which scans the list asks the person for a second outline, drawn blindly."""
        try:
            asked = [] if project is None else project.asked()
        except MulticancerError:
            return  # the table says that the list cannot be read
        self._asked = frozenset(one.scan for one in asked if one.blind)
