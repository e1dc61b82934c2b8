"""What a bug report needs, printed."""

from __future__ import annotations

import typer

SOME_FAULT = 3


def doctor() -> None:
    """Examine the installation, and print what a bug report needs.

    Nothing in it names you, your machine or your folders. Exit code 0: all is well;
    3: something is wrong, and its line says what to do.
    """
    from napari_multicancer.doctor import Diagnosis, diagnosed

    chapters = []
    for chapter in diagnosed():
        typer.echo(f"{chapter}\n")
        chapters.append(chapter)
    found = Diagnosis(tuple(chapters))
    typer.echo(found.summary)
    if found.faults:
        raise typer.Exit(SOME_FAULT)
