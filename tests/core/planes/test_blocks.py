import threading
from collections import Counter

import dask.array
import numpy as np
import pytest

from napari_multicancer.core.analysis.analyze import analyze
from napari_multicancer.core.errors import CancelledError
from napari_multicancer.core.planes.blocks import BLOCK_BYTES, plane_blocks
from napari_multicancer.core.scan.scan import Scan

PLANE = 32 * 32


class Slow:
    """Planes that are read when they are asked for, and counted."""

    def __init__(self, n_planes, side):
        self.shape, self.dtype, self.ndim = (n_planes, side, side), np.dtype(np.uint8), 3
        self.read = Counter()
        self._plane = np.random.default_rng(0).integers(0, 255, (side, side), np.uint8)
        self._lock = threading.Lock()

    def __getitem__(self, key):
        numbers = np.arange(self.shape[0])[key[0]]
        with self._lock:
            self.read.update(map(int, np.atleast_1d(numbers)))
        planes = np.broadcast_to(self._plane, (*numbers.shape, *self._plane.shape))
        return planes[(..., *key[1:])]


def lazy(n_planes, side=32):
    slow = Slow(n_planes, side)
    return slow, dask.array.from_array(slow, chunks=(1, side, side), name=False)


@pytest.mark.parametrize(
    ("chunk", "planes", "lengths"),
    [(1, 4, [4, 4, 2]), (3, 4, [3, 3, 4]), (2, 5, [4, 4, 2]), (10, 4, [4, 4, 2])],
)
def test_blocks_end_with_chunks_as_far_as_those_are_small(chunk, planes, lengths):
    pixels = dask.array.from_array(
        np.arange(10 * PLANE).reshape(10, 32, 32), chunks=(chunk, 32, 32)
    )
    blocks = list(plane_blocks(Scan(pixels, "zyx"), planes * PLANE * 8))
    assert [len(block) for block, _ in blocks] == lengths
    for block, scan in blocks:
        for number, index in enumerate(block):
            np.testing.assert_array_equal(scan.plane(number), pixels[index])


def test_an_axis_of_one_before_the_planes_does_no_harm():
    pixels = dask.array.from_array(
        np.arange(6 * PLANE).reshape(1, 6, 32, 32), chunks=(1, 2, 32, 32)
    )
    blocks = list(plane_blocks(Scan(pixels, "tzyx"), 2 * PLANE * 8))
    assert [block.start for block, _ in blocks] == [0, 2, 4]
    assert blocks[1][1].pixels.shape == (1, 2, 32, 32)


def test_what_lies_in_memory_is_one_block_as_it_is():
    scan = Scan(np.zeros((5, 32, 32)), "zyx")
    ((planes, block),) = plane_blocks(scan, 1)
    assert planes == range(5)
    assert block is scan


def test_only_one_block_is_read_ahead():
    slow, pixels = lazy(20)
    blocks = plane_blocks(Scan(pixels, "zyx"), 2 * PLANE)
    next(blocks)
    next(blocks)
    blocks.close()
    assert max(slow.read) < 3 * 2
    assert set(slow.read.values()) == {1}


def test_an_analysis_reads_each_plane_once_besides_its_sample():
    slow, pixels = lazy(60)
    answer = analyze(Scan(pixels, "zyx"), organ="brain", steps=("classify",))
    assert len(answer.planes) == 60
    assert set(slow.read) == set(range(60))
    assert sum(slow.read.values()) == 60 + 15
    assert max(slow.read.values()) == 2


def test_cancelling_a_long_stack_takes_few_planes_more():
    slow, pixels = lazy(1000, side=256)
    done = []
    with pytest.raises(CancelledError):
        analyze(
            Scan(pixels, "zyx"),
            organ="brain",
            progress=lambda *step: done.append(step),
            cancelled=lambda: len(done) >= 3,
        )
    assert len(done) == 3
    two_blocks = 2 * BLOCK_BYTES // 256**2
    assert sum(slow.read.values()) <= 15 + two_blocks


def test_a_stack_that_shows_nothing_can_be_cancelled_too():
    asked = []
    with pytest.raises(CancelledError):
        analyze(
            Scan(dask.array.zeros((5000, 32, 32), chunks=(1, 32, 32), dtype=np.uint8), "zyx"),
            cancelled=lambda: asked.append(1) or len(asked) > 20,
        )
    assert len(asked) == 21
