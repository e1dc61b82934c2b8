"""The command `project find`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_multicancer.cli.project.common import Folder, Who, bar, for_work
from napari_multicancer.cli.say import say


def find(
    folder: Folder,
    where: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where to look, also in the folders inside.")
    ],
    who: Who = "",
) -> None:
    """Find scans again that have moved or have another name, by what their files hold."""
    from napari_multicancer.project.moved import look_for_moved

    with for_work(folder, who) as project, bar("Looking") as show:
        done = look_for_moved(project, where, lambda number: show(number, None))
    say(done.sentence)
