"""The command `project assign`."""

from __future__ import annotations

from typing import Annotated

import typer

from napari_multicancer.cli.options import with_options
from napari_multicancer.cli.project.common import Folder, Who, for_work
from napari_multicancer.cli.say import say
from napari_multicancer.project.tasks import TaskOptions


@with_options(TaskOptions)
def assign(
    folder: Folder,
    to: Annotated[str, typer.Option(metavar="NAME", help='Whose task; "" for nobody\'s.')],
    options: TaskOptions,
    who: Who = "",
) -> None:
    """Make scans somebody's task, in the order of their names."""
    from napari_multicancer.project.tasks import give_out

    with for_work(folder, who) as project:
        given = give_out(project, to.strip(), options)
    say(given.sentence)
