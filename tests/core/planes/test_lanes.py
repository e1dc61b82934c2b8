import threading

import pytest

from napari_multicancer.core.planes.lanes import WAITING, in_order


@pytest.mark.parametrize("n_lanes", [1, 2, 3])
def test_answers_come_in_the_order_of_the_items(n_lanes):
    assert list(in_order(lambda n: n * n, range(7), n_lanes)) == [(n, n * n) for n in range(7)]


def test_so_many_lanes_work_at_the_same_time():
    met = threading.Barrier(3, timeout=20)
    assert [n for n, _ in in_order(lambda _: met.wait(), range(6), 3)] == list(range(6))


def test_one_lane_works_in_the_calling_thread():
    (_, thread), *_ = in_order(lambda _: threading.current_thread(), [0], 1)
    assert thread is threading.current_thread()


@pytest.mark.parametrize("n_lanes", [1, 2, 4])
def test_few_items_are_taken_ahead_of_the_answers(n_lanes):
    taken = []
    items = (taken.append(n) or n for n in range(100))
    answers = in_order(lambda n: n, items, n_lanes)
    next(answers)
    assert len(taken) <= n_lanes * (1 + WAITING)
    answers.close()


@pytest.mark.parametrize("n_lanes", [1, 2])
def test_what_goes_wrong_in_a_lane_is_raised(n_lanes):
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda n: 1 / n, [1, 1, 0, 1], n_lanes))
