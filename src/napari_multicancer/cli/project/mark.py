"""The command `project mark`."""

from __future__ import annotations

from typing import Annotated

import typer

from napari_multicancer.cli.options import with_options
from napari_multicancer.cli.project.common import Folder, Who, for_work, tell_reasons
from napari_multicancer.cli.say import say
from napari_multicancer.project.marking import MarkOptions


@with_options(MarkOptions)
def mark(
    folder: Folder,
    scans: Annotated[
        list[str], typer.Argument(metavar="SCAN...", help="Names of files of the list, or paths.")
    ],
    options: MarkOptions,
    who: Who = "",
) -> None:
    """Say of scans which state they are in, what they show, whose they are, or a word.

    Exit code 0: all well; 3: of some nothing was said; 2: the command itself is wrong.
    """
    from napari_multicancer.project.marking import mark as marked

    with for_work(folder, who) as project:
        done = marked(project, scans, options)
    say(done.sentence)
    tell_reasons(done.refused)
