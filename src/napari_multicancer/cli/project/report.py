"""The command `project report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_multicancer.cli.project.common import Folder, Who, bar, for_looking
from napari_multicancer.cli.say import say
from napari_multicancer.core import RESEARCH_USE


def report(
    folder: Folder,
    out: Annotated[
        Path | None, typer.Option(metavar="HTML", help="The page; DIR/project.html if none.")
    ] = None,
    who: Who = "",
) -> None:
    """Write a page: states over time, work a scan, how far masks were corrected, what is left."""
    from napari_multicancer.project.page.write import write_page

    with for_looking(folder, who) as project, bar("Comparing") as show:
        page = write_page(project, out or folder / "project.html", progress=show)
    say(f"The page is {page}. {RESEARCH_USE}")
