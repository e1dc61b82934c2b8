"""What is known of a mask goes through JSON and back, whatever it is and whoever wrote it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from napari_multicancer.core.masks.history import USER, Change, plain_words, records_of
from napari_multicancer.core.masks.record import (
    SMALLEST,
    MaskRecord,
    PackedMask,
    ProbabilityMap,
    half_precision,
)
from napari_multicancer.core.masks.tally import NO_CLICKS, ClickTally, tally_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
words = st.text(max_size=20).map(lambda text: plain_words(text, 200))
counts = st.integers(0, 2**40)
times = st.integers(0, 10**9).map(lambda seconds: NOW + timedelta(seconds=seconds))
changes = st.builds(Change, words, words, times, times, counts, counts, counts)
json_values = st.none() | st.booleans() | st.integers(-9, 9) | st.text() | st.lists(st.text())
own = ("history", "clicks")
provenances = st.dictionaries(st.text().filter(lambda key: key not in own), json_values)
tallies = st.builds(ClickTally, counts, counts, counts, words, st.floats(0, 1e9, allow_nan=False))
records = st.builds(
    MaskRecord,
    st.none() | provenances,
    st.none() | st.text(),
    st.lists(changes, max_size=4).map(tuple),
    tallies,
)


@pytest.mark.slow
@given(records)
def test_any_record_comes_back_from_json(record):
    assert MaskRecord.from_json(json.loads(json.dumps(record.as_json()))) == record


@pytest.mark.slow
@given(records.filter(lambda record: record.provenance is not None))
def test_the_provenance_of_a_file_brings_the_history_along(record):
    assert MaskRecord.of(record.whole_provenance(), record.made_digest) == record


@given(
    st.dictionaries(
        st.sampled_from(["provenance", "made_digest", "history", "clicks"]), json_values
    )
)
def test_nonsense_in_a_record_is_left_out(kept):
    record = MaskRecord.from_json(kept)
    assert record.provenance is None
    assert record.history == ()
    assert record.clicks == NO_CLICKS
    assert record.organ is None


def test_a_history_of_its_own_counts_more_than_that_of_the_provenance():
    first, last = (Change(USER, tool, NOW, NOW) for tool in ("paint", "erase"))
    kept = {"provenance": {"history": records_of([first])}, "history": records_of([first, last])}
    record = MaskRecord.from_json(kept)
    assert record.history == (first, last)
    assert "history" not in record.provenance


@pytest.mark.parametrize(
    ("provenance", "organ"),
    [
        (None, None),
        ({"organ": None}, None),
        ({"organ": "brain"}, None),
        ({"organ": {"label": "brain"}}, "brain"),
    ],
)
def test_the_organ_is_that_of_the_answer(provenance, organ):
    assert MaskRecord(provenance).organ == organ


@pytest.mark.slow
@given(arrays(st.sampled_from(["u1", "<i2", "<i8"]), array_shapes(min_dims=2, max_dims=4)))
def test_a_packed_mask_comes_back(mask):
    back = PackedMask.of(mask).unpack()
    np.testing.assert_array_equal(back, mask)
    assert back.dtype == mask.dtype


def test_a_map_is_that_of_the_masks_shape_alone():
    known = ProbabilityMap()
    assert known.of((2, 3)) is None
    known.keep(np.full(6, 0.5), (2, 3))
    assert known.of((2, 3)).tolist() == [[0.5] * 3] * 2
    assert known.of((3, 2)) is None


def test_boxes_wait_for_the_map_and_lie_over_it():
    known = ProbabilityMap()
    known.keep_box((0, slice(1, 3)), np.array([0.25, 0.75]), (2, 3))
    assert known.of((2, 3)) is None
    known.complete(np.zeros((2, 3)), (2, 3))
    assert known.of((2, 3)).tolist() == [[0, 0.25, 0.75], [0, 0, 0]]
    known.keep_box((1, slice(0, 1)), np.array([0.5]), (2, 3))
    assert known.of((2, 3))[1].tolist() == [0.5, 0, 0]


@pytest.mark.slow
@given(
    arrays(
        np.float32,
        array_shapes(min_dims=2, max_dims=4, max_side=5),
        elements=st.floats(0, 1, width=32),
    )
)
def test_half_precision_is_near_and_is_not_taken_twice(probability):
    halved = half_precision(probability)
    assert halved.dtype == np.float16
    np.testing.assert_allclose(halved, probability, rtol=1e-3, atol=SMALLEST)
    assert half_precision(halved) is halved


@pytest.mark.parametrize(
    "nonsense",
    [[1], {"clicks": "many"}, {"clicks": -1}, {"seconds": float("inf")}, {"planes": [1]}],
)
def test_nonsense_in_a_tally_counts_as_no_clicks(nonsense):
    assert tally_of(nonsense) == NO_CLICKS
