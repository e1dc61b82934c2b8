"""Names that are too long for their place, cut so that one can still tell them apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import takewhile

CUT = "\N{HORIZONTAL ELLIPSIS}"


def shortened(names: Sequence[str], fits: Callable[[str], bool]) -> list[str]:
    """Cut names in the middle; where two would look alike, keep instead what tells them apart.

    Parameters
    ----------
    names : sequence of str
    fits : callable
        Says of a text whether there is room for it.

    Returns
    -------
    list of str
        One a name, in order.
    """
    short = {name: name if fits(name) else _cut_in_the_middle(name, fits) for name in names}
    alike: dict[str, list[str]] = defaultdict(list)
    for name, text in short.items():
        alike[text].append(name)
    for group in alike.values():
        if len(group) > 1:
            first = _shared(group)
            last = _shared([name[::-1] for name in group])
            short |= {name: _cut_around(name, first, len(name) - last, fits) for name in group}
    return [short[name] for name in names]


def _shared(names: Sequence[str]) -> int:
    """Count the letters with which all names begin."""
    return sum(
        1 for _ in takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    )


def _cut_in_the_middle(name: str, fits: Callable[[str], bool]) -> str:
    for kept in range(len(name) - 1, 1, -1):
        text = name[: (kept + 1) // 2] + CUT + name[len(name) - kept // 2 :]
        if fits(text):
            return text
    return CUT


def _cut_around(name: str, first: int, last: int, fits: Callable[[str], bool]) -> str:
    """Cut both ends of a name, and keep as much as there is room for around a part of it."""
    text = CUT
    for more in range(len(name)):
        start, stop = max(0, first - more), min(len(name), max(last, first) + more)
        wider = CUT * (start > 0) + name[start:stop] + CUT * (stop < len(name))
        if more and not fits(wider):
            return text
        text = wider
    return text
