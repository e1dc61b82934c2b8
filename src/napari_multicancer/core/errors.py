"""Everything that can go wrong in a way the user can mend, each said in one sentence."""

from __future__ import annotations


class MulticancerError(Exception):
    """Base of the errors whose message is meant for the user as it stands.

    Parameters
    ----------
    message : str
        One sentence.
    details : str
        What stands below it, each in a line of its own.
    """

    def __init__(self, message: str = "", *details: str) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def __str__(self) -> str:
        return "\n  ".join((self.message, *self.details))


class UnreadableFileError(MulticancerError):
    """A file cannot be opened as a scan."""


class UnsupportedScanError(MulticancerError):
    """A scan was opened, but its shape or its values cannot be analysed."""


class MaskError(MulticancerError):
    """A mask cannot be corrected, measured or compared as asked."""


class ModelError(MulticancerError):
    """A model file or its card is missing, altered or of an unknown kind."""


class OutputError(MulticancerError):
    """A result cannot be written where the user wants it."""


class InUseError(OutputError):
    """A project is open elsewhere; it can still be looked at."""


class DataError(MulticancerError):
    """A training folder is incomplete or contradicts itself."""


class CancelledError(MulticancerError):
    """The user stopped the work; nothing is wrong."""
