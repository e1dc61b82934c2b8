"""Scans given out: made somebody's task, or to be outlined a second time."""

from __future__ import annotations

from dataclasses import dataclass

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.core.options import option
from napari_multicancer.project.project import Project
from napari_multicancer.project.query import Page, ScanFilter
from napari_multicancer.project.readings import sample
from napari_multicancer.project.records import LEFT, State
from napari_multicancer.translation import tr_n


@dataclass(frozen=True)
class TaskOptions:
    """Which scans are given out.

    Attributes
    ----------
    number : int
        At most; 0 for all.
    states : frozenset of State
        Any of these; not heeded for second outlines, which are of what is done or reviewed.
    text : str
        As in `ScanFilter`.
    again : bool
        Also those that are somebody's already.
    second : bool
        To be outlined a second time, for comparison.
    share : float
        0..1 of the scans that are done, drawn by lot, where `second`.
    shown : bool
        With the first mask, where `second`; else blindly.
    """

    number: int = option(0, "So many at most; 0 for all.", metavar="N", minimum=0)
    states: frozenset[State] = option(
        LEFT,
        "In this state; repeatable. Unless given, not done.",
        name="--state",
    )
    text: str = option("", "Part of name, folder or comment.", metavar="TEXT")
    again: bool = option(
        False,
        "Also those that are somebody's already.",
        name="--again",
    )
    second: bool = option(False, "To be outlined a second time, of those done.", name="--second")
    share: float = option(
        1.0,
        "With --second: this part of them, such as 0.05.",
        minimum=0,
        maximum=1,
    )
    shown: bool = option(
        False,
        "With --second: with the first mask, not blindly.",
        name="--shown",
    )


@dataclass(frozen=True)
class GivenOut:
    """What was given to whom."""

    scans: tuple[int, ...]
    to: str
    second: bool = False

    @property
    def sentence(self) -> str:
        """What became of it, for people."""
        number = len(self.scans)
        if self.second:
            return tr_n(
                "{n} scan is to be outlined a second time by {name}.",
                "{n} scans are to be outlined a second time by {name}.",
                number,
                name=self.to,
            )
        if not self.to:
            return tr_n("{n} scan is nobody's now.", "{n} scans are nobody's now.", number)
        return tr_n(
            "{n} scan is {name}'s now.", "{n} scans are {name}'s now.", number, name=self.to
        )


USUAL = TaskOptions()


def give_out(project: Project, to: str, options: TaskOptions = USUAL) -> GivenOut:
    """Make scans somebody's task, in the order of their names.

    Parameters
    ----------
    project : Project
    to : str
        Whose; "" for nobody's.
    options : TaskOptions

    Raises
    ------
    UnreadableFileError
        There are no such scans; or it is nobody's task, of no scans in particular or for the second
        time.
    OutputError
        The list cannot be written.
    """
    if not to and options == USUAL:
        raise UnreadableFileError(
            "This would take everybody's tasks back: say whose by --to, which by --text, --number "
            "or --state, or all of them by --again."
        )
    if options.second and not to:
        raise UnreadableFileError("Second outlines are somebody's: say whose by --to.")
    if options.second:
        chosen = sample(project, options.share, options.number or None)
        project.ask_second(chosen, to, blind=not options.shown)
    else:
        wanted = ScanFilter(
            options.states, assigned=None if options.again or not to else "", text=options.text
        )
        page = Page(0, options.number or project.count(wanted))
        chosen = [scan.id for scan in project.scans(wanted, page=page)]
        project.assign(chosen, to)
    if not chosen:
        raise UnreadableFileError(
            "There are no such scans left: look at the status, or reassign by --again."
        )
    return GivenOut(tuple(chosen), to, options.second)
