"""Which planes of a stack are left out because they show neither organ."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def spread_from(
    sample: Iterable[int], n_planes: int, is_skipped: Callable[[int], bool]
) -> frozenset[int]:
    """Find the planes to skip around those of a sample that are to be skipped.

    From each such plane the search goes on to both sides, plane by plane, and
    ends at the first that is to be kept. So every plane found was asked about
    itself, and no plane between two that are kept ever is: besides the sample,
    the search asks about the skipped planes and their next neighbours alone.

    Parameters
    ----------
    sample : iterable of int
        Indices of planes.
    n_planes : int
        Of the stack.
    is_skipped : callable
        Says of a plane's index whether it is to be skipped; asked at most once
        a plane.

    Returns
    -------
    frozenset of int

    Examples
    --------
    >>> sorted(spread_from([0, 4, 8], 9, lambda plane: plane in (2, 7, 8)))
    [7, 8]
    """
    known: dict[int, bool] = {}
    waiting = list(sample)
    while waiting:
        index = waiting.pop()
        if index in known or not 0 <= index < n_planes:
            continue
        known[index] = is_skipped(index)
        if known[index]:
            waiting += (index - 1, index + 1)
    return frozenset(index for index, skipped in known.items() if skipped)
