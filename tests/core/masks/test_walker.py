"""Around a click the random walker decides anew, along edges; beyond it nothing changes."""

from __future__ import annotations

import numpy as np
import pytest

from napari_multicancer.core.masks.overlap import dice
from napari_multicancer.core.masks.walker import walked

SHAPE = (100, 120)


def disc(row: float, column: float, radius: float) -> np.ndarray:
    rows, columns = np.ogrid[: SHAPE[0], : SHAPE[1]]
    return np.hypot(rows - row, columns - column) <= radius


TRUTH = disc(50, 60, 24)
VALUES = np.where(TRUTH, 0.7, 0.3).astype(np.float32)
VALUES += np.random.default_rng(0).normal(0, 0.03, SHAPE).astype(np.float32)


def test_a_click_on_the_missing_half_brings_it_back() -> None:
    half = TRUTH.copy()
    half[:, 60:] = False
    found = walked(VALUES.__getitem__, half, disc(50, 72, 2), True)
    assert dice(TRUTH, found) > dice(TRUTH, half) + 0.15


def test_a_click_on_what_is_too_much_takes_it_away() -> None:
    large = TRUTH | disc(50, 90, 12)
    found = walked(VALUES.__getitem__, large, disc(50, 94, 2), False)
    assert dice(TRUTH, found) > dice(TRUTH, large)
    assert not found[50, 94]


@pytest.mark.parametrize("positive", [True, False])
def test_clicks_are_obeyed_the_earlier_ones_too(positive: bool) -> None:
    earlier = disc(40, 70, 2)
    found = walked(VALUES.__getitem__, TRUTH, disc(50, 62, 2), positive, [(earlier, not positive)])
    assert (found[disc(50, 62, 2)] == positive).all()
    assert (found[earlier] != positive).all()


def test_far_from_the_click_nothing_changes() -> None:
    mask = TRUTH | disc(12, 12, 5)
    found = walked(VALUES.__getitem__, mask, disc(50, 88, 2), True)
    assert found[disc(12, 12, 5)].all()


def test_without_an_edge_the_nearer_one_decides() -> None:
    flat = np.full(SHAPE, 0.5, np.float32)
    found = walked(flat.__getitem__, disc(50, 40, 10), disc(50, 60, 2), True)
    assert found[50, 60]
    assert found.sum() < 3 * disc(50, 40, 10).sum()


def test_the_mask_given_is_left_alone() -> None:
    mask = disc(50, 40, 10)
    walked(VALUES.__getitem__, mask, disc(50, 60, 2), True)
    assert np.array_equal(mask, disc(50, 40, 10))
