"""Options that are told once: default, help and range stand with the field of a dataclass.

Terminal commands are made from them, and so can forms of a window be.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

AUTOMATIC = "automatic"
"""In place of an organ: the recognizer decides."""

_KEY = "option"


@dataclass(frozen=True)
class Told:
    """What is told of an option besides its default.

    Attributes
    ----------
    help : str
        A sentence.
    name : str
        What it is called where not as its field is: ``--format``.
    metavar : str
        What stands for its value.
    minimum, maximum : float, optional
        Lowest and highest value.
    check : callable, optional
        Given a value, it gives the one to take, or raises ValueError with a sentence.
    """

    help: str
    name: str = ""
    metavar: str | None = None
    minimum: float | None = None
    check: Callable[[Any], Any] | None = None
    maximum: float | None = None


def option(
    default: Any,
    help: str,
    *,
    name: str = "",
    metavar: str | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    check: Callable[[Any], Any] | None = None,
) -> Any:
    """Make a dataclass field with what is told of it; see `Told`."""
    told = {_KEY: Told(help, name, metavar, minimum, check, maximum)}
    if callable(default):
        return dataclasses.field(default_factory=default, metadata=told)
    return dataclasses.field(default=default, metadata=told)


def told_options(options: type) -> Iterator[tuple[dataclasses.Field[Any], Told]]:
    """Go through the fields of a dataclass that are told; the others are the program's own."""
    for field in dataclasses.fields(options):
        if _KEY in field.metadata:
            yield field, field.metadata[_KEY]
