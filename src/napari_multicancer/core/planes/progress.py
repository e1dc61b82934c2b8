"""Work one by one: whoever waits is told how far it is, and can stop it in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from napari_multicancer.core.errors import CancelledError

Progress = Callable[[int, int], None]
"""Told how many are done, and how many there are."""
Cancelled = Callable[[], bool]
"""Says whether to stop."""
Item = TypeVar("Item")


def one_by_one(
    items: Sequence[Item], progress: Progress | None = None, cancelled: Cancelled | None = None
) -> Iterator[Item]:
    """Go through items.

    Parameters
    ----------
    items : sequence
    progress : callable, optional
        Called with (done, total) after each.
    cancelled : callable, optional
        Asked before each.

    Raises
    ------
    CancelledError
        `cancelled` said so.

    Examples
    --------
    >>> list(one_by_one("ab", lambda done, total: print(f"{done} of {total}")))
    1 of 2
    2 of 2
    ['a', 'b']
    """
    for done, item in enumerate(items, start=1):
        check_stop(cancelled)
        yield item
        if progress is not None:
            progress(done, len(items))


def check_stop(cancelled: Cancelled | None) -> None:
    """Go on, unless somebody wants to stop.

    Raises
    ------
    CancelledError
    """
    if cancelled is not None and cancelled():
        raise CancelledError("Stopped.")
