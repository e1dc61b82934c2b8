"""How the log is written: no value of a file's header, and no line that a name could forge."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterator
from copy import copy
from pathlib import PurePath
from types import TracebackType
from typing import Any

from napari_multicancer.io.formats import READING_PACKAGES
from napari_multicancer.printable import printable

LEFT_OUT = "(what it says may quote the file, and is left out)"

_FORMAT = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"
_WARNING = re.compile(r"(?P<place>.+?:\d+): (?P<category>\w+): ", re.DOTALL)


class DiscreetFormatter(logging.Formatter):
    """Formats a record so that only its first line begins without a space."""

    def __init__(self) -> None:
        super().__init__(_FORMAT)

    def format(self, record: logging.LogRecord) -> str:
        """Format a record; every letter can be printed."""
        record = copy(record)
        record.exc_text = None  # another handler's
        record.msg, record.args = _message(record), ()
        first, *rest = map(printable, super().format(record).split("\n"))
        return "\n".join([first, *(f"    {line}" for line in rest)])

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name that logging calls
        """Write a traceback whose errors do not quote a file."""
        return "\n".join(_told(ei[1]))


def _message(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] in READING_PACKAGES:
        return f"{record.module}:{record.lineno} {LEFT_OUT}"
    if isinstance(record.args, tuple):
        record.args = tuple(
            _words(one) if isinstance(one, BaseException) else one for one in record.args
        )
    text = record.getMessage()
    error = record.exc_info[1] if record.exc_info else None
    if error is not None and (said := str(error)):
        text = text.replace(said, _words(error))
    warning = _WARNING.match(text) if record.name == "py.warnings" else None
    return f"{warning['category']} at {warning['place']} {LEFT_OUT}" if warning else text


def _told(error: BaseException) -> Iterator[str]:
    """Tell an error and what led to it, the first cause first."""
    led_to = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if led_to is not None:
        yield from _told(led_to)
        yield "which led to:"
    for entry in traceback.format_tb(error.__traceback__):
        yield from entry.rstrip("\n").split("\n")
    yield f"{type(error).__name__}: {_words(error)}"


def _words(error: BaseException) -> str:
    """Give an error's message, unless it was raised where files are read."""
    if isinstance(error, OSError) and error.errno is not None:
        return str(error)
    return LEFT_OUT if _was_reading(error.__traceback__) else str(error)


def _was_reading(trace: TracebackType | None) -> bool:
    frames = (PurePath(frame.f_code.co_filename) for frame, _ in traceback.walk_tb(trace))
    ours = "napari_multicancer/io/"
    return any(
        READING_PACKAGES.intersection(path.parts) or ours in path.as_posix() for path in frames
    )
