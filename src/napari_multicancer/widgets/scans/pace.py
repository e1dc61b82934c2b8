"""How far a batch is, how fast it goes, and how long it will take, in words."""

from __future__ import annotations

from collections import deque

from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.scans.run import Counts

WINDOW_SECONDS = 30.0


class BatchPace:
    """The speed over the last half minute."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, int]] = deque()

    def note(self, seconds: float, done: int) -> None:
        """Take note of how many files were done at a time, in seconds of any clock."""
        self._points.append((seconds, done))
        while len(self._points) > 2 and seconds - self._points[1][0] >= WINDOW_SECONDS:
            self._points.popleft()

    def forget(self) -> None:
        """Begin anew, as after a pause."""
        self._points.clear()

    @property
    def speed(self) -> float | None:
        """Files a second; None while it is not known."""
        if len(self._points) < 2:
            return None
        (start, before), (end, after) = self._points[0], self._points[-1]
        return (after - before) / (end - start) if after > before and end > start else None

    def seconds_left(self, files: int) -> float | None:
        """Estimate how long so many files will take; None while the speed is not known."""
        return None if self.speed is None else files / self.speed


def duration(seconds: float) -> str:
    """Write a duration in its two largest units.

    Examples
    --------
    >>> duration(41.2), duration(192), duration(8040), duration(200_000)
    ('41 s', '3 min', '2 h 14 min', '2 d 7 h')
    """
    minutes = int(seconds) // 60
    hours, minutes_left = divmod(minutes, 60)
    if not minutes:
        return f"{seconds:.0f} s"
    if not hours:
        return f"{minutes} min"
    if hours < 48:
        return f"{hours} h {minutes_left} min"
    return f"{hours // 24} d {hours % 24} h"


def progress(counts: Counts, pace: BatchPace) -> str:
    """Say how far a batch is: files, files a second, time left, failures.

    Parameters
    ----------
    counts : Counts
    pace : BatchPace
    """
    if not counts.rows and counts.total is None:
        return tr("Looking for scans...")
    parts = [_far(counts)]
    if pace.speed is not None:
        parts.append(tr("{speed} files/s", speed=f"{pace.speed:.1f}"))
        if counts.total is not None:
            left = pace.seconds_left(counts.total - counts.done)
            parts.append(tr("{time} left", time=duration(left or 0)))
    parts.append(tr_n("{n} failed", "{n} failed", counts.failed))
    return " · ".join(parts)


def _far(counts: Counts) -> str:
    if counts.total is None:
        return tr_n("{n} file", "{n} files", counts.done)
    return tr("{done} of {total}", done=f"{counts.done:,}", total=f"{counts.total:,}")
