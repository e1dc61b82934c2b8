"""Of what a network wants to change, that alone happens which the user pointed at."""

from __future__ import annotations

import numpy as np
import pytest

from napari_multicancer.core.masks.merge import merge_change

SHAPE = (40, 60)


def region(*boxes: tuple[slice, slice]) -> np.ndarray:
    drawn = np.zeros(SHAPE, bool)
    for box in boxes:
        drawn[box] = True
    return drawn


LEFT, RIGHT = (slice(5, 15), slice(5, 15)), (slice(20, 30), slice(40, 50))
IN_LEFT, IN_RIGHT = (slice(9, 10), slice(9, 10)), (slice(25, 26), slice(45, 46))


def test_a_click_adds_the_part_that_holds_it_and_no_other() -> None:
    merged = merge_change(region(), region(LEFT, RIGHT), region(IN_LEFT), True)
    assert np.array_equal(merged, region(LEFT))


def test_a_click_removes_the_part_that_holds_it_and_no_other() -> None:
    merged = merge_change(region(LEFT, RIGHT), region(), region(IN_RIGHT), False)
    assert np.array_equal(merged, region(LEFT))


def test_an_adding_click_removes_nothing_and_a_removing_one_adds_nothing() -> None:
    before, wanted = region(LEFT), region(RIGHT)
    added = merge_change(before, wanted, region(IN_RIGHT), True)
    assert np.array_equal(added, region(LEFT, RIGHT))
    removed = merge_change(before, wanted, region(IN_LEFT), False)
    assert not removed.any()


@pytest.mark.parametrize("positive", [True, False])
def test_pixels_under_the_click_obey_it_whatever_the_network_says(positive: bool) -> None:
    before = region() if positive else region(LEFT)
    merged = merge_change(before, before, region(IN_LEFT), positive)
    assert merged[IN_LEFT].all() == positive
    assert np.count_nonzero(merged != before) == 1


def test_what_is_kept_stays_and_parts_that_hang_on_it_alone_do_not_come() -> None:
    bar = (slice(20, 22), slice(5, 55))
    wall = region((slice(0, 40), slice(30, 31)))
    merged = merge_change(region(), region(bar), region((slice(20, 21), slice(8, 9))), True, wall)
    assert merged[20, 5:30].all()
    assert not merged[:, 30:].any()


def test_what_was_given_is_left_alone() -> None:
    before = region(LEFT)
    merge_change(before, region(RIGHT), region(IN_RIGHT), True)
    assert np.array_equal(before, region(LEFT))
