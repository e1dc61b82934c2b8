"""The command `project assign`."""

from __future__ import annotations

from typing import Annotated

import typer

from napari_multicancer.cli.project.common import Folder, Who, for_work
from napari_multicancer.cli.say import say
from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.project.records import LEFT, State


def assign(
    folder: Folder,
    to: Annotated[str, typer.Option(metavar="NAME", help='Whose task; "" for nobody\'s.')],
    number: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="So many; all unless given.")
    ] = None,
    state: Annotated[
        list[State] | None, typer.Option(help="In this state; repeatable. Unless given, not done.")
    ] = None,
    text: Annotated[str, typer.Option(help="Part of name, folder or comment.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Also those that are somebody's already.")
    ] = False,
    second: Annotated[
        bool, typer.Option("--second", help="To be outlined a second time, of those done.")
    ] = False,
    share: Annotated[
        float, typer.Option(min=0, max=1, help="With --second: this part of them, such as 0.05.")
    ] = 1.0,
    shown: Annotated[
        bool, typer.Option("--shown", help="With --second: with the first mask, not blindly.")
    ] = False,
    who: Who = "",
) -> None:
    """Make scans somebody's task, in the order of their names."""
    from napari_multicancer.project import Page, ScanFilter
    from napari_multicancer.project.readings import sample

    if not (to or second or number or state or text or again):
        raise UnreadableFileError(
            "This would take everybody's tasks back: say whose by --to, which by --text, --number "
            "or --state, or all of them by --again."
        )
    with for_work(folder, who) as project:
        if second:
            chosen = sample(project, share, number)
            project.ask_second(chosen, to, blind=not shown)
        else:
            wanted = ScanFilter(
                frozenset(state or LEFT), assigned=None if again or not to else "", text=text
            )
            scans = project.scans(wanted, page=Page(0, number or project.count(wanted)))
            chosen = [scan.id for scan in scans]
            project.assign(chosen, to)
    if not chosen:
        raise UnreadableFileError(
            "There are no such scans left: look at the status, or reassign by --again."
        )
    say(f"{len(chosen)} scans are {to or 'nobody'}'s now.")
