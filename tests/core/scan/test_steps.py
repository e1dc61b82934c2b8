"""Steps there and back: whatever was composed, a mask comes home exactly."""

from __future__ import annotations

import dask.array
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_multicancer.core.planes.letterbox import BoundingBox, Letterbox
from napari_multicancer.core.planes.reduction import Reduction
from napari_multicancer.core.scan.steps import AS_TAKEN, Chosen, Reversed, Step, Steps, Turn

TURNS = st.builds(Turn, st.permutations([0, 1, 2]).map(tuple), st.tuples(*[st.booleans()] * 3))


def _crops(height: int, width: int) -> st.SearchStrategy[BoundingBox]:
    def within(length: int) -> st.SearchStrategy[tuple[int, int]]:
        ends = st.tuples(st.integers(0, length - 1), st.integers(1, length))
        return ends.filter(lambda pair: pair[0] < pair[1])

    return st.builds(
        lambda rows, columns: BoundingBox(
            rows[0], columns[0], rows[1] - rows[0], columns[1] - columns[0]
        ),
        within(height),
        within(width),
    )


def _letterbox(height: int, width: int, crop: BoundingBox) -> Letterbox:
    """One that does not resample: the crop's longer side fills the square."""
    return Letterbox.fit(height, width, max(crop.height, crop.width), crop)


def _step(shape: tuple[int, ...], is_padded: bool) -> st.SearchStrategy[Step]:
    """Any step that an array of this shape can go; squares across a black edge are no pixels."""
    found: list[st.SearchStrategy[Step]] = [st.just(Reversed())]
    if len(shape) > 2:
        found.append(TURNS)
        found += [
            st.builds(Chosen, st.just(axis), st.integers(0, n - 1), st.just(n), st.booleans())
            for axis, n in ((0, shape[0]), (-1, shape[-1]))
        ]
    else:
        if not is_padded:
            found.append(st.builds(Reduction, st.integers(1, 4), *map(st.just, shape)))
        found.append(_crops(*shape).map(lambda crop: _letterbox(*shape, crop)))
    return st.one_of(found)


@st.composite
def journeys(draw, shape: tuple[int, ...]) -> Steps:
    steps: list[Step] = []
    for _ in range(draw(st.integers(0, 6))):
        is_padded = any(isinstance(step, Letterbox) for step in steps)
        steps.append(draw(_step(Steps(tuple(steps)).shape(shape), is_padded)))
    return Steps(tuple(steps))


@pytest.mark.slow
@settings(max_examples=120)
@given(
    pixels=hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=4, max_side=6),
        elements=st.sampled_from([0, 0, 1]),
    ),
    data=st.data(),
)
def test_whatever_was_composed_a_mask_comes_home_exactly(pixels, data):
    steps = data.draw(journeys(pixels.shape))
    seen = steps.there(pixels)
    assert seen.shape == steps.shape(pixels.shape)
    mask = (seen > 0.4).astype(np.float32)
    home = steps.back(mask)
    assert home.shape == pixels.shape
    np.testing.assert_array_equal(steps.there(home), mask)


@pytest.mark.slow
@given(pixels=hnp.arrays(np.uint8, hnp.array_shapes(min_dims=3, max_dims=5)), data=st.data())
def test_steps_that_leave_nothing_out_bring_every_pixel_home(pixels, data):
    steps = Steps(tuple(data.draw(st.lists(TURNS | st.just(Reversed()), max_size=5))))
    np.testing.assert_array_equal(steps.back(steps.there(pixels)), pixels)


@given(first=TURNS, second=TURNS)
def test_two_turns_make_one(first, second):
    pixels = np.arange(3 * 4 * 5).reshape(3, 4, 5)
    both = Steps((first, second)).there(pixels)
    np.testing.assert_array_equal(first.then(second).there(pixels), both)


def test_no_steps_lead_nowhere():
    pixels = np.arange(6).reshape(2, 3)
    assert Steps().there(pixels) is Steps().back(pixels) is pixels
    assert Turn() == AS_TAKEN


@pytest.mark.parametrize(("same_place", "others"), [(True, 1), (False, 0)])
@pytest.mark.parametrize("axis", [0, -1])
def test_a_mask_belongs_to_all_that_show_one_place_else_to_the_chosen_one(axis, same_place, others):
    home = Chosen(axis, 1, 3, same_place).back(np.ones((4, 5), np.uint8))
    np.testing.assert_array_equal(np.moveaxis(home, axis, 0)[:, 0, 0], [others, 1, others])


@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("same_place", [False, True])
def test_a_map_that_is_made_where_it_is_looked_at_stays_so_when_it_is_laid_over_all(
    axis, same_place
):
    asked = []
    lazy = dask.array.map_blocks(
        lambda block_info=None: (
            asked.append(block_info[None]["chunk-location"][0]) or np.ones((1, 4, 5), np.float32)
        ),
        chunks=((1,) * 6, (4,), (5,)),
        dtype=np.float32,
        meta=np.empty((0, 0, 0), np.float32),
    )
    step = Chosen(axis, 1, 3, same_place)
    home = step.back(lazy)
    assert not asked
    assert home[:, 2].compute().any() if axis == 0 else home[2].compute().any()
    assert asked == [2]
    np.testing.assert_array_equal(home, step.back(np.ones((6, 4, 5), np.float32)))
