"""What goes wrong, told to the user in one sentence; the traceback goes to the log."""

from __future__ import annotations

import logging

from napari.utils.notifications import show_error, show_info, show_warning

from napari_multicancer.core.errors import (
    CancelledError,
    ModelError,
    MulticancerError,
    OutputError,
    UnreadableFileError,
)

logger = logging.getLogger("napari_multicancer")

_SERIOUS = (ModelError, OutputError, UnreadableFileError)


def tell(error: BaseException, doing: str) -> str:
    """Show one napari notification for an error.

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
        show_error(sentence)
    elif isinstance(error, MulticancerError):
        sentence = str(error)
        logger.warning("%s", error)
        show_warning(sentence)
    else:
        sentence = (
            f"Something unexpected went wrong while {doing} ({type(error).__name__}): "
            "the details are in the log, please report them."
        )
        logger.error("Unexpected error while %s", doing, exc_info=error)
        show_error(sentence)
    return sentence


def say(sentence: str) -> None:
    """Tell the user something that is no error."""
    show_info(sentence)


def warn(sentence: str) -> None:
    """Tell the user why nothing happened and what to do."""
    show_warning(sentence)
