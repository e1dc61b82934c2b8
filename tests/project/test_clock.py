from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_multicancer.project import WorkClock


def test_pauses_over_half_a_minute_are_no_work() -> None:
    clock = WorkClock()
    for moment in (100.0, 110.0, 140.0, 170.1, 171.1):
        clock.note(moment)
    assert clock.take() == pytest.approx(41.0)
    clock.note(172.1)
    assert clock.take() == pytest.approx(1.0)


def test_between_two_stretches_nothing_counts() -> None:
    clock = WorkClock()
    clock.note(0.0)
    clock.stop()
    clock.note(5.0)
    assert clock.take() == 0.0


def test_a_clock_that_goes_back_takes_no_time_away() -> None:
    clock = WorkClock()
    for moment in (10.0, 4.0, 12.0):
        clock.note(moment)
    assert clock.take() == pytest.approx(2.0)


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_work_lasts_no_longer_than_the_time_that_passed(moments: list[float]) -> None:
    clock = WorkClock()
    for moment in sorted(moments):
        clock.note(moment)
    assert 0 <= clock.take() <= max(moments) - min(moments) + 1e-6
