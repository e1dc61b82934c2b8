"""Time that somebody really worked, told from when something was done."""

from __future__ import annotations

IDLE_SECONDS = 30.0
"""After so long without a sign of activity, a pause does not count as work."""


class WorkClock:
    """Counts the seconds between signs of activity that follow each other closely.

    It reads no clock itself: whoever feeds it says what time it is.

    Parameters
    ----------
    idle : float
        Longest pause, in seconds, that still counts.

    Examples
    --------
    >>> clock = WorkClock()
    >>> for moment in (0.0, 5.0, 20.0, 300.0, 310.0):
    ...     clock.note(moment)
    >>> clock.take()
    30.0
    >>> clock.take()
    0.0
    """

    def __init__(self, idle: float = IDLE_SECONDS) -> None:
        self._idle = idle
        self._last: float | None = None
        self._seconds = 0.0

    def note(self, moment: float) -> None:
        """Take note that somebody was active.

        Parameters
        ----------
        moment : float
            In seconds, from a clock that never goes back, such as `time.monotonic`; what lies
            before the last one counts as that one.
        """
        if self._last is not None and 0 < moment - self._last <= self._idle:
            self._seconds += moment - self._last
        self._last = moment if self._last is None else max(moment, self._last)

    def stop(self) -> None:
        """End a stretch of work: what comes next begins another."""
        self._last = None

    def take(self) -> float:
        """Give the seconds since they were last taken; counting goes on from there."""
        seconds, self._seconds = self._seconds, 0.0
        return seconds
