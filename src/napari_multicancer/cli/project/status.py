"""The command `project status`."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from napari_multicancer.cli.project.common import Folder, Who, for_looking
from napari_multicancer.cli.say import say
from napari_multicancer.printable import printable

MOST_FAILURES = 20
"""So many scans without an answer are named with the reason."""


def status(folder: Folder, who: Who = "") -> None:
    """Say how many scans are in which state, whose they are, and which have no answer."""
    from napari_multicancer.project import Page, ScanFilter

    with for_looking(folder, who) as project:
        table = Table("state", "scans")
        for state, number in project.counts().items():
            if number:
                table.add_row(state.value, str(number))
        table.add_row("all", str(project.count()), style="bold")
        people = project.people()
        of_people = Table("who", "assigned", "left of these", "done", "reviewed", "hours of work")
        for name, numbers in people.items():
            hours = f"{numbers.seconds / 3600:.1f}"
            cells = (numbers.assigned, numbers.left, numbers.done, numbers.reviewed, hours)
            of_people.add_row(escape(printable(name or "nobody")), *map(str, cells))
        console = Console()
        console.print(table)
        if people:
            console.print(of_people)
        failed = ScanFilter(failed=True)
        for scan in project.scans(failed, page=Page(0, MOST_FAILURES)):
            name = Path(scan.name).name
            say(scan.error if name in scan.error else f"{name}: {scan.error}")
        if (more := project.count(failed) - MOST_FAILURES) > 0:
            say(f"and {more} more without an answer.")
