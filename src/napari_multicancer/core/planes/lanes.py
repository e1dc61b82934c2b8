"""The same work on many things, several at a time, with the answers in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

WAITING = 1
"""Items that are handed out beforehand, a lane."""


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
