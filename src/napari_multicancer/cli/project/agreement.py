"""The command `project agreement`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from napari_multicancer.cli.options import with_options
from napari_multicancer.cli.project.common import (
    Folder,
    Who,
    bar,
    for_looking,
    for_work,
    tell_reasons,
)
from napari_multicancer.cli.say import say
from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.project.agreement.options import AgreementOptions


@with_options(AgreementOptions)
def agreement(
    folder: Folder,
    options: AgreementOptions,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="For tables and pictures; DIR itself if none."),
    ] = None,
    who: Who = "",
) -> None:
    """Say how far raters agree with each other, with themselves and with the models.

    Exit code 0: all well; 3: some mask could not be compared; 2: the command itself is wrong.
    """
    from napari_multicancer.project.agreement.consensus_of_list import make_consensus
    from napari_multicancer.project.agreement.run import agree
    from napari_multicancer.project.agreement.summary import HEADINGS

    failed: list[str] = []
    if options.consensus:
        with for_work(folder, who) as project, bar("One mask of several raters'") as show:
            made = make_consensus(project, options.consensus, progress=show)
        say(made.sentence)
        failed += made.failed
    with for_looking(folder, who) as project, bar("Comparing") as show:
        found = agree(project, out or folder, progress=lambda done: show(done, None))
    table = Table(show_edge=False, collapse_padding=True)
    for heading in HEADINGS:
        table.add_column(heading, min_width=max(map(len, heading.split())))
    for one in found.summaries:
        table.add_row(*one.cells)
    Console().print(table)
    say(found.sentence)
    say(f"Tables and pictures: {', '.join(map(str, found.files))}. {RESEARCH_USE}")
    tell_reasons([*failed, *found.failed])
