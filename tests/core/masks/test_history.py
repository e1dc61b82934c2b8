"""The history of a mask: strokes joined, records that survive a file."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from napari_multicancer.core.masks.history import (
    USER,
    Change,
    changes_of,
    plain_words,
    records_of,
    standing,
    summary,
    with_change,
)

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def stroke(seconds: float, tool: str = "paint", who: str = USER, **counts: int) -> Change:
    at = NOON + timedelta(seconds=seconds)
    return Change(who, tool, at, at, **counts)


def history_of(*changes: Change) -> tuple[Change, ...]:
    history: tuple[Change, ...] = ()
    for change in changes:
        history = with_change(history, change)
    return history


def test_strokes_within_a_minute_of_each_other_are_one_entry():
    joined = history_of(stroke(0, added=5), stroke(60, added=2, removed=1), stroke(119, removed=3))
    assert joined == (Change(USER, "paint", NOON, NOON + timedelta(seconds=119), 7, 4),)


@pytest.mark.parametrize(
    "second", [stroke(61), stroke(1, "erase"), stroke(1, who="brain 1")], ids=str
)
def test_later_strokes_other_tools_and_others_are_entries_of_their_own(second):
    assert len(history_of(stroke(0), second)) == 2


def test_two_runs_of_a_model_are_two_entries():
    assert len(history_of(stroke(0, who="brain 1"), stroke(1, who="brain 1"))) == 2


def test_a_history_survives_json():
    history = history_of(stroke(0, added=5), stroke(1, "fill", removed=2, relabelled=1))
    assert changes_of(json.loads(json.dumps(records_of(history)))) == history


@pytest.mark.parametrize(
    "record",
    [
        "paint",
        {},
        {**stroke(0).as_record(), "start": "yesterday"},
        {**stroke(0).as_record(), "start": "2026-01-02T12:00:00"},
        {**stroke(0).as_record(), "added": -1},
        {**stroke(0).as_record(), "added": float("inf")},
        {**stroke(0).as_record(), "end": None},
    ],
    ids=str,
)
def test_records_that_are_none_are_left_out(record):
    assert changes_of([record, stroke(3).as_record()]) == (stroke(3),)
    assert changes_of(record) == ()


def test_words_from_outside_become_one_printable_line():
    record = {**stroke(0).as_record(), "tool": "a\nb\x00\u202ec" + 999 * "d"}
    assert changes_of([record])[0].tool == ("a b c" + 999 * "d")[:200]
    assert plain_words("  \t ", 5) == ""


def test_the_summary_fits_and_names_who_when_what():
    text = summary(history_of(stroke(0, added=5, removed=2), stroke(1, "fill", relabelled=3)))
    assert text == (
        "2026-01-02 12:00 user, paint: +5 -2 px; "
        "2026-01-02 12:00 user, fill: +0 -0 px, 3 px relabelled"
    )
    long = summary([stroke(99 * n, added=n) for n in range(100)])
    assert len(long) <= 1024
    assert long.endswith("px; ...")


MODEL = stroke(-100, "segmentation", "breast 2.0.0", added=500)


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        ([("paint", 100, 0), ("undo", 0, 100)], []),
        ([("paint", 100, 0), ("undo", 0, 40)], [("paint", 60, 0)]),
        ([("paint", 100, 0), ("grow", 50, 0), ("undo", 0, 150)], []),
        ([("paint", 100, 0), ("grow", 50, 0), ("undo", 0, 110)], [("paint", 40, 0)]),
        ([("erase", 0, 30), ("paint", 20, 5), ("undo", 5, 20)], [("erase", 0, 30)]),
        ([("paint", 100, 0), ("undo", 0, 100), ("redo", 100, 0)], [("paint", 100, 0)]),
        (
            [("paint", 9, 0), ("grow", 5, 0), ("undo", 0, 14), ("redo", 9, 0)],
            [("paint", 9, 0)],
        ),
        ([("paint", 9, 0), ("undo", 0, 9), ("grow", 5, 0)], [("grow", 5, 0)]),
        ([("undo", 0, 7)], [("undo", 0, 7)]),
        ([("paint", 3, 0), ("undo", 0, 7)], [("undo", 0, 4)]),
    ],
)
def test_what_was_undone_does_not_stand_and_nor_does_the_undoing(steps, left):
    changes = [
        stroke(100 * at, tool, added=added, removed=removed)
        for at, (tool, added, removed) in enumerate(steps)
    ]
    found = standing([MODEL, *changes])
    assert found[0] == MODEL
    assert [(one.tool, one.added, one.removed) for one in found[1:]] == left
