"""The command `project changed`."""

from __future__ import annotations

from typing import Annotated

import typer

from napari_multicancer.cli.project.common import (
    Folder,
    Who,
    bar,
    for_looking,
    for_work,
    tell_reasons,
)
from napari_multicancer.cli.say import say
from napari_multicancer.core.errors import MulticancerError
from napari_multicancer.core.words import counted
from napari_multicancer.project.records import Condition


def changed(
    folder: Folder,
    accept: Annotated[
        bool, typer.Option("--accept", help="Take the changed scans as they are now.")
    ] = False,
    drop_masks: Annotated[
        bool, typer.Option("--drop-masks", help="With --accept: their masks do not fit any more.")
    ] = False,
    text: Annotated[str, typer.Option(help="Part of name, folder or comment.")] = "",
    who: Who = "",
) -> None:
    """Name the scans that are gone, or that have changed since they were listed or outlined.

    With --accept, a changed scan and the mask that counts for it belong together again, where
    they have the same pixels. Exit code 0: no scan is left that is gone or has changed; 3: some
    are; 2: the command itself is wrong.
    """
    from napari_multicancer.project import ScanFilter
    from napari_multicancer.project.changed import changed_scans

    accepted, left = 0, list[str]()
    opened = for_work(folder, who) if accept else for_looking(folder, who)
    with opened as project, bar("Looking") as show:
        for scan, located in changed_scans(project, ScanFilter(text=text), show):
            if located.condition is Condition.GONE:
                left.append(f"{located.path} is gone: put it back, or look for it by project find.")
            elif not accept:
                left.append(f"{scan.name} has changed since it was listed or outlined.")
            else:
                try:
                    project.accept_change(scan.id, keep_mask=not drop_masks)
                    accepted += 1
                except MulticancerError as error:
                    left.append(error.message)
    if accept:
        anew = " Outline anew those that had a mask." if drop_masks and accepted else ""
        taken = counted(
            accepted, "changed scan is taken as it is", "changed scans are taken as they are"
        )
        say(f"{taken} now.{anew}")
    elif not left:
        say("No scan is gone or has changed.")
    tell_reasons(left)
