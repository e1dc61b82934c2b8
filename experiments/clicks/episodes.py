"""One lesion corrected by one user in one way: a row a click."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import numpy as np

from experiments.clicks.lesions import Lesion
from experiments.clicks.methods import Method
from experiments.clicks.robots import robot
from experiments.clicks.told import Region, Told
from napari_multicancer.core.masks.overlap import dice, hausdorff_95, iou

AUTOMATIC, NOTHING = "automatic", "nothing"
STARTS = (AUTOMATIC, NOTHING)
MOST = 20
"""Clicks on a lesion."""
AT_LEAST = 5
"""Clicks that are made even where all goals are reached before."""
GOOD_IOU = 0.90
"""The highest goal: who has it has reached all."""
FAR = 25.0
"""Pixels from every click, stroke and box from which on nothing was pointed at."""
SURFACE_UNTIL = 5
"""The surface distance is measured until this click."""

Row = dict[str, Any]


def play(
    lesion: Lesion, start: str, name: str, method: Method, who: str, seed: int = 0
) -> list[Row]:
    """Correct a lesion until all goals are reached, nobody can do more, or `MOST` clicks.

    Parameters
    ----------
    lesion : Lesion
    start : str
        One of `STARTS`: what is outlined at first.
    name : str
        Of the method.
    method : Method
    who : str
        One of `robots.ROBOTS`.
    seed : int

    Returns
    -------
    list of dict
        A row a click, the start being click 0: what it is of; ``dice``, ``iou`` and
        ``hausdorff_95`` (in pixels); ``truth_pixels`` and ``picture_pixels``;
        ``collateral``, the pixels farther than `FAR` from all that was pointed at that were
        right at the start and are wrong now; ``seconds`` from the click to the mask.
    """
    first = lesion.automatic if start == AUTOMATIC else np.zeros_like(lesion.truth)
    named = {
        "image": lesion.image,
        "organ": lesion.organ,
        "source": lesion.source,
        "group": lesion.group,
        "known": lesion.known,
        "start": start,
        "method": name,
        "robot": who,
        "seed": seed,
    }
    pointed = _Pointed(lesion.truth, first)
    rows = [named | _figures(lesion.truth, first, 0) | {"collateral": 0, "seconds": np.nan}]
    for click, (told, mask, seconds) in enumerate(clicks_on(lesion, first, method, who, seed), 1):
        costs = {"collateral": pointed.collateral(told, mask), "seconds": seconds}
        rows.append(named | _figures(lesion.truth, mask, click) | costs)
        if click == MOST or (click >= AT_LEAST and rows[-1]["iou"] >= GOOD_IOU):
            break
    return rows


def clicks_on(
    lesion: Lesion, mask: Region, method: Method, who: str, seed: int = 0
) -> Iterator[tuple[Told, Region, float]]:
    """Click until all is well or nobody can do more.

    Parameters
    ----------
    lesion : Lesion
    mask : ndarray of bool, shape (row, column)
        What is outlined at first.
    method : Method
    who : str
        One of `robots.ROBOTS`.
    seed : int

    Yields
    ------
    told : Told
        What the user pointed at so far.
    mask : ndarray of bool, shape (row, column)
        After that.
    seconds : float
        That it took.
    """
    seeds = (seed, crc32(lesion.image.encode()))  # else every lesion meets the same slips
    point = robot(who, seeds, draws_boxes=method.draws_boxes)
    began = time.perf_counter()
    session = method.begin(lesion.plane, lesion.organ, lambda seen: dice(lesion.truth, seen))
    beginning = time.perf_counter() - began
    told: Told | None = Told()
    while (told := point(lesion.truth, mask, told)) is not None:
        began = time.perf_counter()
        after = session(mask, told)
        seconds, beginning = time.perf_counter() - began + beginning, 0.0
        if after is None:
            return
        mask = after
        yield told, mask, seconds


def _figures(truth: Region, mask: Region, click: int) -> Row:
    apart = hausdorff_95(truth, mask) if click <= SURFACE_UNTIL else np.nan
    return {
        "click": click,
        "dice": dice(truth, mask),
        "iou": iou(truth, mask),
        "hausdorff_95": apart,
        "truth_pixels": int(np.count_nonzero(truth)),
        "picture_pixels": truth.size,
    }


class _Pointed:
    """What a user has pointed at, and what changed far from it."""

    def __init__(self, truth: Region, start: Region) -> None:
        self._truth, self._right = truth, truth == start
        self._near = np.zeros_like(truth)

    def collateral(self, told: Told, mask: Region) -> int:
        """Count the pixels far from everything that were right at the start and are wrong."""
        shape = (mask.shape[0], mask.shape[1])
        if told.clicks:
            self._near |= told.clicks[-1].pixels(shape, FAR)
        if told.box is not None:
            box, reach = told.box, int(FAR)
            rows = slice(max(0, box.top - reach), box.top + box.height + reach)
            columns = slice(max(0, box.left - reach), box.left + box.width + reach)
            self._near[rows, columns] = True
        return int(np.count_nonzero(self._right & (mask != self._truth) & ~self._near))
