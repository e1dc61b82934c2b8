"""The one loop over planes: order, lanes, progress, a stop; and the search for planes to skip."""

import threading

import dask.array
import numpy as np
import pytest

from napari_multicancer.core.errors import CancelledError, UnsupportedScanError
from napari_multicancer.core.planes import reduction
from napari_multicancer.core.planes.walk import WAITING, Walk, in_order, spread_from
from napari_multicancer.core.scan.scan import Scan


def stack(n_planes=6, side=20):
    """Make planes that say their own index."""
    planes = np.arange(n_planes)[:, None, None]
    return np.broadcast_to(planes, (n_planes, side, side)).astype(np.uint8)


def first_pixel(index, plane):
    return int(plane[0, 0])


@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize("is_lazy", [False, True])
@pytest.mark.parametrize("planes", [None, [4], [5, 1, 2], []])
def test_planes_are_answered_in_the_order_asked_for(lanes, is_lazy, planes):
    pixels = dask.array.from_array(stack(), chunks=(2, 20, 20)) if is_lazy else stack()
    walk = Walk(Scan(pixels, "zyx"), lanes=lanes)
    asked = range(6) if planes is None else planes
    assert list(walk.over(first_pixel, planes)) == [(index, index) for index in asked]


def test_progress_counts_each_plane_after_its_answer_and_over_several_rounds():
    seen = []
    walk = Walk(Scan(stack(), "zyx"), lanes=2, progress=lambda *step: seen.append(step))
    walk.expect(2)
    walk.expect(6)
    for done, _ in enumerate(walk.over(first_pixel, [0, 3])):
        assert len(seen) == done
    list(walk.over(first_pixel, [1, 2], counted=False))
    list(walk.over(first_pixel))
    assert seen == [(done, 8) for done in range(1, 9)]


@pytest.mark.parametrize("lanes", [1, 3])
def test_a_stop_is_heeded_before_the_next_plane_is_taken(lanes):
    looked, stopped = [], threading.Event()
    walk = Walk(Scan(stack(50), "zyx"), lanes=lanes, cancelled=stopped.is_set)
    answers = walk.over(lambda index, plane: looked.append(index))
    next(answers)
    stopped.set()
    with pytest.raises(CancelledError):
        list(answers)
    assert len(looked) <= lanes * (1 + WAITING)
    with pytest.raises(CancelledError):
        walk.plane(0)


def test_huge_planes_are_looked_at_smaller_unless_they_are_wanted_as_they_are(monkeypatch):
    monkeypatch.setattr(reduction, "LARGEST_WHOLE", 30 * 30)
    monkeypatch.setattr(reduction, "REDUCED_TO", 20 * 20)
    scan = Scan(stack(3, side=40), "zyx", voxel_size=(5.0, 0.5, 0.5))
    small, whole = Walk(scan), Walk(scan, reduce=False)
    assert (small.factor, whole.factor) == (2, 1)
    assert small.scan.spatial_shape == (3, 20, 20)
    assert small.scan.voxel_size == (5.0, 1.0, 1.0)
    assert list(small.over(first_pixel)) == [(0, 0), (1, 1), (2, 2)]
    assert whole.scan is scan


def test_what_cannot_be_analyzed_is_refused_before_it_is_read():
    with pytest.raises(UnsupportedScanError, match="measures only"):
        Walk(Scan(np.zeros((3, 3)), "yx"))


@pytest.mark.parametrize("n_lanes", [1, 2, 3])
def test_answers_come_in_the_order_of_the_items(n_lanes):
    assert list(in_order(lambda n: n * n, range(7), n_lanes)) == [(n, n * n) for n in range(7)]


def test_so_many_lanes_work_at_the_same_time():
    met = threading.Barrier(3, timeout=600)
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
