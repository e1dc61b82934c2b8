"""The one loop over a scan's planes: read ahead, several at a time, with progress and a stop."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any, TypeVar

from numpy.typing import NDArray

from napari_multicancer.core.planes.blocks import Block, blocks_of
from napari_multicancer.core.planes.progress import Cancelled, Progress, check_stop
from napari_multicancer.core.planes.reduction import reduce_scan, reduction_factor
from napari_multicancer.core.scan.scan import Scan

Item = TypeVar("Item")
Answer = TypeVar("Answer")

WAITING = 1
"""Items that are handed out beforehand, a lane."""


class Walk:
    """Goes over planes of a scan, each looked at once and answered in order.

    Parameters
    ----------
    scan : Scan
    lanes : int
        So many planes are looked at at the same time; with 1, in the calling thread.
    reduce : bool
        Whether huge planes are looked at smaller, see `planes.reduction`.
    progress : callable, optional
        Called with (done, total) after each `step`, in the calling thread.
    cancelled : callable, optional
        Asked before each plane, and strip of a huge one; True raises CancelledError.

    Attributes
    ----------
    scan : Scan
        What is looked at: the scan given, or where its planes are huge a smaller one.
    factor : int
        Pixels a side of the scan given that became one.

    Raises
    ------
    UnsupportedScanError
        The scan's shape or values cannot be analyzed.
    CancelledError
        `cancelled` said so.
    """

    def __init__(
        self,
        scan: Scan,
        *,
        lanes: int = 1,
        reduce: bool = True,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> None:
        scan.check()
        self._lanes = lanes
        self._progress = progress
        self._cancelled = cancelled
        self._done = self._total = 0
        self.factor = reduction_factor(scan) if reduce else 1
        self.scan = scan if self.factor == 1 else reduce_scan(scan, self.factor, self.proceed)

    def proceed(self) -> None:
        """Go on, unless the user wants to stop.

        Raises
        ------
        CancelledError
        """
        check_stop(self._cancelled)

    def expect(self, n_steps: int) -> None:
        """Count on so many steps more."""
        self._total += n_steps

    def step(self) -> None:
        """Report that one more is done."""
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)

    def plane(self, index: int) -> NDArray[Any]:
        """Read one plane of `scan`, unless the user wants to stop."""
        self.proceed()
        return self.scan.plane(index)

    def over(
        self,
        look: Callable[[int, NDArray[Any]], Answer],
        planes: Sequence[int] | None = None,
        *,
        counted: bool = True,
    ) -> Iterator[tuple[int, Answer]]:
        """Look at planes.

        Parameters
        ----------
        look : callable
            Takes a plane's index, and the plane as `Scan.plane` gives it; for more
            than one lane, safe to call from several threads.
        planes : sequence of int, optional
            Indices into `scan`; all of them unless given.
        counted : bool
            Whether each is a step, taken after its answer has been dealt with.

        Yields
        ------
        index, answer
            In the order of `planes`.
        """

        def look_at(item: tuple[int, Block]) -> Answer:
            index, block = item
            return look(index, block.plane(index))

        with closing(self._taken(planes)) as taken:
            for (index, _), answer in in_order(look_at, taken, self._lanes):
                yield index, answer
                if counted:
                    self.step()

    def _taken(self, planes: Sequence[int] | None) -> Generator[tuple[int, Block]]:
        """Take planes one by one, asking before each whether to go on."""
        with closing(blocks_of(self.scan, planes)) as blocks:
            for block in blocks:
                for index in block.planes:
                    self.proceed()
                    yield index, block


def in_order(
    do: Callable[[Item], Answer], items: Iterable[Item], n_lanes: int
) -> Iterator[tuple[Item, Answer]]:
    """Work on items in so many threads; with one lane, in the calling thread.

    Items are taken in the calling thread, and only a few ahead of the answers, so
    that an item that raises while it is taken stops the work within
    ``n_lanes * (1 + WAITING)`` items.

    Parameters
    ----------
    do : callable
        For more than one lane, safe to call from several threads.
    items : iterable
        Of any length.
    n_lanes : int

    Yields
    ------
    item, answer
        In the order of the items.
    """
    if n_lanes == 1:
        for item in items:
            yield item, do(item)
        return
    begun: deque[tuple[Item, Future[Answer]]] = deque()
    with ThreadPoolExecutor(n_lanes, "lane") as threads:
        try:
            for item in items:
                begun.append((item, threads.submit(do, item)))
                if len(begun) == n_lanes * (1 + WAITING):
                    first, answer = begun.popleft()
                    yield first, answer.result()
            while begun:
                first, answer = begun.popleft()
                yield first, answer.result()
        finally:
            for _, answer in begun:
                answer.cancel()


def spread_from(
    sample: Iterable[int], n_planes: int, is_skipped: Callable[[int], bool]
) -> frozenset[int]:
    """Find the planes to leave out around those of a sample that are to be left out.

    From each such plane the search goes on to both sides, plane by plane, and
    ends at the first that is to be kept. So every plane found was asked about
    itself, and no plane between two that are kept ever is: besides the sample,
    the search asks about the planes found and their next neighbours alone.

    Parameters
    ----------
    sample : iterable of int
        Indices of planes.
    n_planes : int
        Of the stack.
    is_skipped : callable
        Says of a plane's index whether it is to be left out; asked at most once
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
