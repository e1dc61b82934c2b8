import threading
from collections import Counter

import dask.array
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_multicancer.core.analysis.analyze import analyze
from napari_multicancer.core.errors import CancelledError
from napari_multicancer.core.planes.blocks import BLOCK_BYTES, blocks_of
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
        planes = self._plane + numbers[..., None, None].astype(np.uint8)
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
    blocks = list(blocks_of(Scan(pixels, "zyx"), block_bytes=planes * PLANE * 8))
    assert [len(block.planes) for block in blocks] == lengths
    for block in blocks:
        for index in block.planes:
            np.testing.assert_array_equal(block.plane(index), pixels[index])


@pytest.mark.slow
@settings(max_examples=30)
@given(
    chunks=st.lists(st.integers(1, 5), min_size=1, max_size=5),
    longest=st.integers(1, 6),
    data=st.data(),
)
def test_any_planes_come_in_the_order_asked_for_each_read_once(chunks, longest, data):
    slow = Slow(sum(chunks), 16)
    pixels = dask.array.from_array(slow, chunks=(tuple(chunks), 16, 16), name=False)
    asked = data.draw(st.lists(st.integers(0, sum(chunks) - 1), unique=True))
    blocks = list(blocks_of(Scan(pixels, "zyx"), asked, longest * 16 * 16))
    assert [index for block in blocks for index in block.planes] == asked
    assert all(len(block.planes) <= longest for block in blocks)
    for block in blocks:
        for index in block.planes:
            np.testing.assert_array_equal(block.plane(index), pixels[index])


def test_an_axis_of_one_before_the_planes_does_no_harm():
    pixels = dask.array.from_array(
        np.arange(6 * PLANE).reshape(1, 6, 32, 32), chunks=(1, 2, 32, 32)
    )
    blocks = list(blocks_of(Scan(pixels, "tzyx"), block_bytes=2 * PLANE * 8))
    assert [block.planes.start for block in blocks] == [0, 2, 4]
    assert blocks[1].scan.pixels.shape == (1, 2, 32, 32)


def test_what_lies_in_memory_is_one_block_as_it_is():
    scan = Scan(np.zeros((5, 32, 32)), "zyx")
    (block,) = blocks_of(scan, block_bytes=1)
    assert block.planes == range(5)
    assert block.scan is scan


def test_only_one_block_is_read_ahead():
    slow, pixels = lazy(20)
    blocks = blocks_of(Scan(pixels, "zyx"), block_bytes=2 * PLANE)
    next(blocks)
    next(blocks)
    blocks.close()
    assert max(slow.read) < 3 * 2
    assert set(slow.read.values()) == {1}


@pytest.mark.slow
def test_an_analysis_reads_each_plane_once_besides_its_sample():
    slow, pixels = lazy(30)
    answer = analyze(Scan(pixels, "zyx"), organ="brain", steps=("classify",))
    assert len(answer.planes) == 30
    assert set(slow.read) == set(range(30))
    assert sum(slow.read.values()) == 30 + 15
    assert max(slow.read.values()) == 2


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_stack_that_shows_nothing_can_be_cancelled_too():
    asked = []
    with pytest.raises(CancelledError):
        analyze(
            Scan(dask.array.zeros((5000, 32, 32), chunks=(1, 32, 32), dtype=np.uint8), "zyx"),
            cancelled=lambda: asked.append(1) or len(asked) > 20,
        )
    assert len(asked) == 21
