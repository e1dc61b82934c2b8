from __future__ import annotations

import pytest

from napari_multicancer.widgets.scans.pace import BatchPace, duration, progress
from napari_multicancer.widgets.scans.run import Counts


def test_the_speed_is_that_of_the_last_half_minute():
    pace = BatchPace()
    for seconds, done in [(0, 0), (10, 1000), (20, 1010), (40, 1040), (50, 1050)]:
        pace.note(seconds, done)
    assert pace.speed == pytest.approx((1050 - 1010) / 30)
    assert pace.seconds_left(80) == pytest.approx(60)


def test_no_speed_is_made_up():
    pace = BatchPace()
    assert pace.speed is None
    for seconds in (0, 5):
        pace.note(seconds, 3)
    assert pace.speed is None
    assert pace.seconds_left(10) is None
    pace.note(6, 9)
    pace.forget()
    pace.note(100, 9)
    assert pace.speed is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (60, "1 min"), (3600, "1 h 0 min"), (172_800, "2 d 0 h")],
)
def test_durations_read_well(seconds, text):
    assert duration(seconds) == text


def test_progress_is_one_line():
    pace = BatchPace()
    assert progress(Counts(), pace) == "Looking for scans..."
    pace.note(0, 0)
    pace.note(10, 20)
    counts = Counts(rows=20, failed=3, done=1020, total=1140)
    assert progress(counts, pace) == "1,020 of 1,140 · 2.0 files/s · 1 min left · 3 failed"
    counts.total = None
    assert progress(counts, pace) == "1,020 files · 2.0 files/s · 3 failed"
