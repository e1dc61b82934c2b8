"""Which planes are asked about, and which are skipped."""

from __future__ import annotations

import pytest

from napari_multicancer.core.planes.skipping import spread_from


@pytest.mark.parametrize(
    ("unlike", "skipped", "asked"),
    [
        (set(), set(), {0, 4, 8}),
        ({8}, {8}, {0, 4, 7, 8}),
        ({6, 7, 8}, {6, 7, 8}, {0, 4, 5, 6, 7, 8}),
        ({3, 4, 5}, {3, 4, 5}, {0, 2, 3, 4, 5, 6, 8}),
        ({2}, set(), {0, 4, 8}),
        (set(range(9)), set(range(9)), set(range(9))),
    ],
)
def test_the_search_goes_on_from_a_skipped_plane_to_the_first_that_is_kept(unlike, skipped, asked):
    calls = []

    def is_skipped(index):
        calls.append(index)
        return index in unlike

    assert spread_from((0, 4, 8), 9, is_skipped) == skipped
    assert sorted(calls) == sorted(asked)
