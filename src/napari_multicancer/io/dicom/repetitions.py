"""Pictures of the same places as volumes: one of each b-value, echo or time, none mixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.io.dicom.marks import MARKS, N_CONTRASTS, Marks

Key = tuple[Hashable, ...]


@dataclass(frozen=True, eq=False)
class Repetitions:
    """Pictures of each place in the order of their volumes.

    Attributes
    ----------
    order : ndarray of int, shape (times, planes)
        See `Arrangement.order`.
    told_by : tuple of str
        Which of `MARKS` tell the volumes apart; none where the order as given does.
    mixed : tuple of str
        Which of `MARKS` are not the same for all slices of a volume all the same.
    is_told : bool
        Whether something tells the order of the pictures at each place.
    """

    order: NDArray[np.intp]
    told_by: tuple[str, ...] = ()
    mixed: tuple[str, ...] = ()
    is_told: bool = True


def in_repetitions(
    order: NDArray[np.intp],
    marks: Sequence[Marks],
    numbers: Sequence[int],
    times: Sequence[Marks] = (),
) -> Repetitions:
    """Put the pictures of each place in the order of their volumes.

    The numbers count, where they make volumes of one contrast each. Else volumes are told by the
    marks that are the same at all places, and, where several pictures have the same, by their
    numbers, or times.

    Parameters
    ----------
    order : ndarray of int, shape (times, planes)
        Of `Arrangement`.
    marks : sequence of tuple of str
        Of each picture, see `marks_of`.
    numbers : sequence of int
        Of each picture, such as InstanceNumber.
    times : sequence of tuple of str
        Of each picture, see `times_of`.
    """
    table = [list(place) for place in order.T]
    is_numbered = _grow(table, [(number,) for number in numbers])
    keys = _keys(table, marks)
    if is_numbered and not _mixed(table, marks, keys):
        return Repetitions(order, mixed=_names(_mixed(table, marks, range(N_CONTRASTS))))
    joint = [_sortable(tuple(one[key] for key in keys)) for one in marks]
    by_number = [(*one, number) for one, number in zip(joint, numbers, strict=True)]
    found = [by_number] if keys or is_numbered else []
    for n in range(len(times[0]) if len(times) else 0):
        if all(one[n] for one in times):
            found.append([(*a, b[n]) for a, b in zip(joint, times, strict=True)])
    chosen = next((ranks for ranks in found if _grow(_sorted(table, ranks), ranks)), by_number)
    table = _sorted(table, chosen)
    return Repetitions(
        np.array(table, np.intp).T,
        _names(keys),
        _names(_mixed(table, marks, range(N_CONTRASTS))),
        _grow(table, chosen),
    )


def check_told(name: str, found: Repetitions) -> None:
    """Refuse volumes into which contrasts would be mixed at random.

    Raises
    ------
    UnsupportedScanError
    """
    if found.mixed and not found.is_told:
        raise UnsupportedScanError(
            f"{name} has several pictures of each place, and nothing tells which of them belong "
            f"together (their {' and '.join(found.mixed)} and InstanceNumber do not): export each "
            "volume as a series of its own."
        )


def _names(marks: Sequence[int]) -> tuple[str, ...]:
    return tuple(MARKS[mark] for mark in marks)


def _keys(table: list[list[int]], marks: Sequence[Marks]) -> list[int]:
    """Find marks of which each place has the same ones, so that they tell volumes apart."""
    keys: list[int] = []
    for mark in range(len(MARKS)):
        wanted = [*keys, mark]
        told = [Counter(tuple(marks[one][n] for n in wanted) for one in place) for place in table]
        known = {tuple(marks[one][n] for n in keys) for one in table[0]}
        if all(one == told[0] for one in told) and len(told[0]) > len(known):
            keys = wanted
    return keys


def _mixed(table: list[list[int]], marks: Sequence[Marks], of: Sequence[int]) -> list[int]:
    """Find marks that differ within a volume, and between the pictures of a place."""
    return [
        mark
        for mark in of
        if any(len({marks[one][mark] for one in place}) > 1 for place in table)
        and any(
            len({marks[one][mark] for one in volume}) > 1 for volume in zip(*table, strict=True)
        )
    ]


def _sorted(table: list[list[int]], ranks: Sequence[Key]) -> list[list[int]]:
    return [sorted(place, key=lambda one: ranks[one]) for place in table]


def _grow(table: list[list[int]], ranks: Sequence[Key]) -> bool:
    """Say whether the pictures of each place have different ranks, one greater than the last."""
    return all(ranks[one] < ranks[other] for place in table for one, other in pairwise(place))


def _sortable(told: Marks) -> Key:
    """Make texts sort as numbers where they are such."""
    return tuple(part for text in told for part in _number_first(text))


def _number_first(text: str) -> tuple[int, float, str]:
    try:
        return 0, float(text), ""
    except ValueError:
        return 1, 0.0, text
