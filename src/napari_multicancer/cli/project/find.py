"""The command `project find`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_multicancer.cli.project.common import Folder, Who, bar, for_work
from napari_multicancer.cli.say import say
from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.core.words import counted


def find(
    folder: Folder,
    where: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where to look, also in the folders inside.")
    ],
    who: Who = "",
) -> None:
    """Find scans again that have moved or have another name, by what their files hold."""
    if not where.is_dir():
        raise UnreadableFileError(f"There is no folder {where}: check its name.")
    with for_work(folder, who) as project, bar("Looking") as show:
        found = project.find_moved(where, progress=lambda done: show(done, None))
    say(f"{counted(found, 'scan was', 'scans were')} found again.")
