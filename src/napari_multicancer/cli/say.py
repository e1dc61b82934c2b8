"""One way to tell the user something in a terminal."""

from __future__ import annotations

from rich.console import Console


def say(sentence: str) -> None:
    """Tell the user something on standard error, as one unbroken line."""
    Console(stderr=True).print(sentence, soft_wrap=True, markup=False, highlight=False)
