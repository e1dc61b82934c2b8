"""What a bug report needs, printed."""

from __future__ import annotations

import sys

import typer

from napari_multicancer.cli.exit_codes import SOME_FAILED


def doctor() -> None:
    """Examine the installation, and print what a bug report needs.

    It names neither you nor your machine nor your folders.

    Exit code 0 when all is well, 3 when something is wrong: its line says what to do.
    """
    from napari_multicancer.doctor import Diagnosis, diagnosed

    chapters = []
    for chapter in diagnosed():
        _show(f"{chapter}\n")
        chapters.append(chapter)
    found = Diagnosis(tuple(chapters))
    _show(found.summary)
    if found.faults:
        raise typer.Exit(SOME_FAILED)


def _show(text: str) -> None:
    """Print a text; what the terminal's or a file's encoding lacks is written as an escape."""
    encoding = sys.stdout.encoding or "utf-8"
    typer.echo(text.encode(encoding, "backslashreplace").decode(encoding))
