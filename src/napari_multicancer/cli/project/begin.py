"""The command `project begin`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_multicancer.cli.project.common import Who, bar, tell_reasons
from napari_multicancer.cli.say import say


def begin(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            help="Scans, folders with all inside them, patterns, or a text file (.txt) that names "
            "such, one a line.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the list, new or one that is there.")
    ],
    who: Who = "",
) -> None:
    """Begin a list of scans without asking any model, or put more scans into one that is there.

    Exit code 0: all well; 3: some file that was named is not there; 2: the command itself is
    wrong.
    """
    from napari_multicancer.project.beginning import begin as begun

    with bar("Listing") as show:
        done = begun(paths, out, who, progress=lambda number: show(number, None))
    say(done.sentence)
    tell_reasons(done.missing)
