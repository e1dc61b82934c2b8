"""One way to tell the user something in a terminal."""

from __future__ import annotations

from rich.console import Console

from napari_multicancer.printable import printable


def say(sentence: str, console: Console | None = None) -> None:
    """Tell the user something on standard error, as one line, whatever names in it hold."""
    console = console or Console(stderr=True)
    console.print(printable(sentence), soft_wrap=True, markup=False, highlight=False)
