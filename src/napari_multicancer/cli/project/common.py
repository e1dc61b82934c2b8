"""What the commands of `project` share: how it is opened, and their arguments."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from napari_multicancer.cli.exit_codes import SOME_FAILED
from napari_multicancer.cli.say import say
from napari_multicancer.core.errors import InUseError, OutputError, UnreadableFileError

if TYPE_CHECKING:
    from napari_multicancer.project import Project

Folder = Annotated[
    Path, typer.Argument(metavar="DIR", help="Of the project: where analyze wrote, for one.")
]
Who = Annotated[
    str,
    typer.Option("--as", metavar="NAME", help="Under whose name; the computer's user's if none."),
]

MOST_REASONS = 20
"""So many of these are named with the reason."""

_log = logging.getLogger(__name__)


@contextmanager
def for_work(folder: Path, who: str) -> Iterator[Project]:
    """Open a project to change it, with all that a batch has put there."""
    from napari_multicancer.project import Project

    with Project.open(folder, who) as project:
        list_results(project)
        yield project


@contextmanager
def for_looking(folder: Path, who: str) -> Iterator[Project]:
    """Open a project, also where somebody else works on it or nothing can be written."""
    from napari_multicancer.project import Project

    try:
        project = Project.open(folder, who)
    except OutputError as error:
        project = Project.open(folder, who, read_only=True)
        if isinstance(error, InUseError):
            say(f"{error.message.split(': ')[0]}; this is how it stands now.")
    with project:
        if not project.read_only:
            list_results(project)
        yield project


def list_results(project: Project) -> None:
    """Take the new rows of the batch's table into the list; one that cannot be read is told."""
    try:
        with bar("Listing") as show:
            project.take_results(progress=lambda done: show(done, None))
    except (OutputError, UnreadableFileError) as error:
        _log.warning("%s", error, exc_info=True)
        say(f"{error.message.split(': ')[0]}: the list stays as it was.")


class _Show:
    """Moves a bar on."""

    def __init__(self, progress: Progress, what: str) -> None:
        self._progress = progress
        self._task = progress.add_task(what, total=None)

    def __call__(self, done: int, total: int | None) -> None:
        self._progress.update(self._task, completed=done, total=total)


@contextmanager
def bar(what: str) -> Iterator[_Show]:
    """Show a bar on standard error while work lasts."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        yield _Show(progress, what)


def tell_reasons(reasons: Sequence[str]) -> None:
    """Name what was left out, and why; some end the command with `SOME_FAILED`."""
    for reason in reasons[:MOST_REASONS]:
        say(reason)
    if len(reasons) > MOST_REASONS:
        say(f"and {len(reasons) - MOST_REASONS} more.")
    if reasons:
        raise typer.Exit(SOME_FAILED)
