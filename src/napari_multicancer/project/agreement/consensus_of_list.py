"""One mask of several raters', for all scans of a list that have them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from napari_multicancer.core.errors import MaskError, OutputError, UnreadableFileError
from napari_multicancer.project.agreement.consensus import METHODS, save_consensus
from napari_multicancer.project.agreement.options import MAJORITY
from napari_multicancer.project.agreement.pairs import OF_PEOPLE
from napari_multicancer.project.asking import OpenList
from napari_multicancer.project.project import Project
from napari_multicancer.project.query import ScanFilter
from napari_multicancer.project.records import FINISHED
from napari_multicancer.translation import tr, tr_n

FEWEST = 2
"""A consensus is of so many people at least; a person's second outline is no second person's."""


def raters(project: OpenList) -> dict[int, int]:
    """Count the people who outlined each finished scan that several have outlined.

    Returns
    -------
    dict of int to int
        By `ListedScan.id`, in the order of the scans' names.
    """
    return project.makers(OF_PEOPLE, ScanFilter(FINISHED), FEWEST)


@dataclass(frozen=True)
class Consensus:
    """One mask of several raters' for the scans of a list.

    Attributes
    ----------
    scans : int
        Those that have it.
    failed : tuple of str
        Why others have none, a sentence each.
    of_two : bool
        Whether it is the majority of two for some.
    """

    scans: int
    failed: tuple[str, ...] = ()
    of_two: bool = False

    @property
    def sentence(self) -> str:
        """What became of it, for people."""
        if not self.scans:
            return tr("No consensus was made.") if self.failed else no_scans()
        made = tr_n(
            "{n} scan now has one mask of its raters', which counts; earlier ones stay as "
            "versions.",
            "{n} scans now have one mask of their raters', which counts; earlier ones stay as "
            "versions.",
            self.scans,
        )
        return f"{made} {of_two_people()}" if self.of_two else made


@dataclass(frozen=True)
class Prospect:
    """What a consensus comes to.

    Attributes
    ----------
    scans : int
    of_two : bool
        As of a `Consensus`.
    """

    scans: int
    of_two: bool = False

    @property
    def sentence(self) -> str:
        """What is to be known before, for people."""
        if not self.scans:
            return no_scans()
        there = tr_n(
            "{n} scan has masks of two or more people; the consensus will be the mask that counts: "
            "earlier ones stay as versions.",
            "{n} scans have masks of two or more people; the consensus will be the mask that "
            "counts: earlier ones stay as versions.",
            self.scans,
        )
        return f"{there} {of_two_people()}" if self.of_two else there


def prospect(project: OpenList, method: str) -> Prospect:
    """Tell what a consensus will come to, if all masks can be read."""
    found = raters(project)
    return Prospect(len(found), method == MAJORITY and FEWEST in found.values())


def no_scans() -> str:
    """Say that there is nothing to make a consensus of."""
    return tr(
        "No scan that is done or reviewed has masks of two or more people: let a second person "
        "outline some for a consensus."
    )


def of_two_people() -> str:
    """Say what a majority of two is."""
    return tr("A majority of two is what both outlined.")


def make_consensus(
    project: Project,
    method: str,
    proceed: Callable[[], None] = lambda: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Consensus:
    """Make of the masks of several people one, of each finished scan that has them.

    Parameters
    ----------
    project : Project
    method : str
        One of `METHODS`.
    proceed : callable
        Called before each scan; may raise CancelledError: what was made before stays.
    progress : callable
        Called with the number of scans done, and of all.

    Raises
    ------
    OutputError
        There is no such method, or the project cannot be written.
    MulticancerError
        A library is missing.
    """
    if method not in METHODS:
        raise OutputError(f"There is no method {method!r}; choose one of: {', '.join(METHODS)}.")
    found, failed, numbers = raters(project), list[str](), set[int]()
    for done, (scan, people) in enumerate(found.items(), start=1):
        proceed()
        try:
            save_consensus(project, scan, method)
            numbers.add(people)
        except (MaskError, UnreadableFileError) as error:
            failed.append(error.message)
        progress(done, len(found))
    of_two = method == MAJORITY and FEWEST in numbers
    return Consensus(len(found) - len(failed), tuple(failed), of_two)
