"""What a bug report needs, printed."""

from __future__ import annotations

import sys

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
        _show(f"{chapter}\n")
        chapters.append(chapter)
    found = Diagnosis(tuple(chapters))
    _show(found.summary)
    if found.faults:
        raise typer.Exit(SOME_FAULT)


def _show(text: str) -> None:
    """Print a text; what the terminal's or a file's encoding lacks is written as an escape."""
    encoding = sys.stdout.encoding or "utf-8"
    typer.echo(text.encode(encoding, "backslashreplace").decode(encoding))
