"""The command `project agreement`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from napari_multicancer.cli.exit_codes import SOME_FAILED
from napari_multicancer.cli.project.common import (
    Folder,
    Who,
    bar,
    for_looking,
    for_work,
)
from napari_multicancer.cli.say import say
from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.core.errors import MaskError, OutputError


def agreement(
    folder: Folder,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="For tables and pictures; DIR itself if none."),
    ] = None,
    consensus: Annotated[
        str, typer.Option(metavar="METHOD", help="Also make one mask of several: majority, staple.")
    ] = "",
    who: Who = "",
) -> None:
    """Say how far raters agree with each other, with themselves and with the models.

    Exit code 0: all well; 3: some mask could not be compared; 2: the command itself is wrong.
    """
    from napari_multicancer.project.agreement.files import write_agreement
    from napari_multicancer.project.agreement.pairs import PairKind, pairs
    from napari_multicancer.project.agreement.summary import summarize, within_raters

    failed: list[str] = []
    if consensus:
        _make_consensus(folder, consensus, who)
    with for_looking(folder, who) as project, bar("Comparing") as show:
        some = []
        for pair in pairs(project, lambda: None, failed.append):
            some.append(pair)
            show(len(some), None)
    kinds = [kind for kind in PairKind if any(pair.kind is kind for pair in some)]
    summaries = [summarize(kind, [pair for pair in some if pair.kind is kind]) for kind in kinds]
    for sentence in failed:
        say(sentence)
    if not some:
        raise OutputError(
            "There are no two masks of one scan to compare: let somebody outline some a second "
            "time by project assign --second."
        )
    written = write_agreement(out or folder, some, summaries)
    table = Table("compared", "scans", "Dice", "HD95", "difference of size", "kappa of finding")
    for one in summaries:
        table.add_row(
            one.kind.value,
            str(one.scans),
            f"{one.dice[1]:.3f} ({one.dice[0]:.3f} to {one.dice[2]:.3f})",
            f"{one.distance:.2f} {one.length_unit}",
            f"{one.difference:+.1%} ({one.low:+.1%} to {one.high:+.1%})",
            f"{one.kappa:.2f}",
        )
    Console().print(table)
    within = within_raters(some)
    if within is not None:
        say(f"On {within:.0%} of the scans a model is as near to a rater as the raters are.")
    say(f"Tables and pictures: {', '.join(map(str, written))}. {RESEARCH_USE}")
    if failed:
        raise typer.Exit(SOME_FAILED)


def _make_consensus(folder: Path, method: str, who: str) -> None:
    from napari_multicancer.project import ScanFilter
    from napari_multicancer.project.agreement.consensus import METHODS, save_consensus
    from napari_multicancer.project.records import FINISHED

    if method not in METHODS:
        raise OutputError(f"There is no method {method!r}; choose one of: {', '.join(METHODS)}.")
    made = 0
    with for_work(folder, who) as project:
        for scan in project.each(ScanFilter(FINISHED)):
            try:
                save_consensus(project, scan.id, method)
            except MaskError:
                continue  # of one rater alone
            made += 1
    say(f"{made} scans have a mask of all their raters now.")
