"""What goes wrong, told to the user in one sentence; the traceback goes to the log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import current_thread, main_thread
from typing import Protocol
from weakref import ref

from napari.utils.notifications import (
    NotificationSeverity,
    show_debug,
    show_error,
    show_info,
    show_warning,
)

from napari_multicancer.core.errors import (
    CancelledError,
    ModelError,
    MulticancerError,
    OutputError,
    UnreadableFileError,
)
from napari_multicancer.translation import tr

logger = logging.getLogger("napari_multicancer")

_SERIOUS = (ModelError, OutputError, UnreadableFileError)
_POP_UP: dict[NotificationSeverity, Callable[[str], object]] = {
    NotificationSeverity.INFO: show_info,
    NotificationSeverity.WARNING: show_warning,
    NotificationSeverity.ERROR: show_error,
}


class Listener(Protocol):
    """A line of a panel that can say a sentence in place of a pop-up."""

    def is_seen(self) -> bool:
        """Say whether the user would see a sentence there."""

    def hear(self, sentence: str, severity: NotificationSeverity) -> None:
        """Say a sentence."""

    def forget(self, sentence: str) -> None:
        """Say a sentence no longer."""


_listeners: list[ref[Listener]] = []
"""The oldest first."""


def listen(listener: Listener) -> None:
    """Let a line say, as long as it lives and is seen, what else would pop up over the scan."""
    _listeners[:] = [*(one for one in _listeners if one() is not None), ref(listener)]


def tell(error: BaseException, doing: str) -> str:
    """Tell the user of an error, once: in the line of a panel that is seen, else in a pop-up.

    Parameters
    ----------
    error : BaseException
        A `MulticancerError` is shown as it stands, anything else is logged with
        its traceback and shown as one plain sentence.
    doing : str
        What the program was doing, such as "analyzing bus_0209-l".

    Returns
    -------
    str
        What was shown, for a panel's own line; empty where the user had cancelled.
    """
    if isinstance(error, CancelledError):
        return ""
    if isinstance(error, _SERIOUS):
        sentence = str(error)
        logger.error("%s", error)
        _show(sentence, NotificationSeverity.ERROR)
    elif isinstance(error, MulticancerError):
        sentence = str(error)
        logger.warning("%s", error)
        _show(sentence, NotificationSeverity.WARNING)
    else:
        sentence = tr(
            "Something unexpected went wrong while {doing} ({name}): the details are "
            "in the log, please report them.",
            doing=doing,
            name=type(error).__name__,
        )
        logger.error("Unexpected error while %s", doing, exc_info=error)
        _show(sentence, NotificationSeverity.ERROR)
    return sentence


def say(sentence: str) -> None:
    """Tell the user something that is no error."""
    _show(sentence, NotificationSeverity.INFO)


def warn(sentence: str) -> None:
    """Tell the user why nothing happened and what to do."""
    _show(sentence, NotificationSeverity.WARNING)


class Passing:
    """Sentences that hold for a while, such as those on a scan that the user then leaves."""

    def __init__(self) -> None:
        self._said: list[str] = []

    def note(self, sentence: str) -> None:
        """Take note of a sentence that was said; an empty one was not."""
        if sentence:
            self._said.append(sentence)

    def take_back(self) -> None:
        """Say them no longer; napari keeps them among its notifications."""
        while self._said:
            sentence = self._said.pop()
            for listener in (one() for one in _listeners):
                if listener is not None:
                    listener.forget(sentence)


def _show(sentence: str, severity: NotificationSeverity) -> None:
    """Say a sentence where it covers no scan; napari keeps it among its notifications."""
    listener = _who_is_seen()
    if listener is None:
        _POP_UP[severity](sentence)
        return
    listener.hear(sentence, severity)
    # Of this severity napari keeps a notification without a pop-up.
    show_debug(sentence)


def _who_is_seen() -> Listener | None:
    """Find the oldest line that is seen; other threads may not ask a widget."""
    if current_thread() is not main_thread():
        return None
    lines = (one() for one in _listeners)
    return next((line for line in lines if line is not None and line.is_seen()), None)
