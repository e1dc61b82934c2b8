import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from napari_multicancer.training.fit.crops import around_lesion, beside_lesion

SIZE = 64
INNER = (slice(8, 56), slice(0, 64))


def lesion(top, left, rows, columns):
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[top : top + rows, left : left + columns] = 1
    return mask


boxes = st.tuples(*[st.integers(8, 40)] * 2, *[st.integers(1, 16)] * 2)


@given(boxes, st.integers(0, 99))
def test_a_part_beside_the_lesion_shows_the_picture_and_no_lesion(box, seed):
    mask = lesion(*box)
    window = beside_lesion(mask, INNER, np.random.default_rng(seed))
    if window is not None:
        rows = slice(window.top, window.top + window.side)
        columns = slice(window.left, window.left + window.side)
        assert not mask[rows, columns].any()
        assert 8 <= rows.start < rows.stop <= 56
        assert 0 <= columns.start < columns.stop <= 64


@given(boxes, st.integers(0, 99))
def test_a_part_around_the_lesion_shows_all_of_it(box, seed):
    mask = lesion(*box)
    window = around_lesion(mask, np.random.default_rng(seed))
    rows = slice(window.top, window.top + window.side)
    columns = slice(window.left, window.left + window.side)
    assert 0 <= rows.start < rows.stop <= SIZE
    assert 0 <= columns.start < columns.stop <= SIZE
    assert mask[rows, columns].sum() == mask.sum()


def test_beside_a_small_lesion_there_is_room_and_beside_none_there_is_nothing_to_find():
    rng = np.random.default_rng(0)
    assert beside_lesion(lesion(10, 2, 6, 6), INNER, rng) is not None
    assert beside_lesion(lesion(8, 0, 48, 64), INNER, rng) is None
    assert beside_lesion(np.zeros((SIZE, SIZE), np.uint8), INNER, rng) is None
    assert around_lesion(np.zeros((SIZE, SIZE), np.uint8), rng) is None
