"""Running a benchmark's second half in a process that has a display."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from benchmarks.child import REPOSITORY
from benchmarks.rows import Row, missing


class NoDisplayError(Exception):
    """The process ended otherwise than with its figures; the message says how."""


def rows_of(
    module: str, rounds: int, section: str, what: str, rows: Callable[[Any], Iterable[Row]]
) -> Iterator[Row]:
    """Make rows of a module's figures; without a display one row says why there are none.

    Parameters
    ----------
    module : str
        As `figures_of` runs it.
    rounds : int
    section, what : str
        Of the row that stands for them all.
    rows : callable
        Makes them of the figures.
    """
    try:
        figures = figures_of(module, rounds)
    except NoDisplayError as reason:
        yield missing(section, what, reason)
        return
    yield from rows(figures)


def figures_of(module: str, rounds: int) -> Any:
    """Run a module of `benchmarks` under a virtual display; its last line is JSON."""
    command = ["scripts/with_display.sh", sys.executable, "-m", module, str(rounds)]
    try:
        found = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    except (subprocess.CalledProcessError, FileNotFoundError) as reason:
        raise NoDisplayError(str(reason)) from reason
    return json.loads(found.stdout.strip().splitlines()[-1])
