import dask.array
import numpy as np
import pytest

from napari_multicancer.core.analysis.analyze import analyze
from napari_multicancer.core.errors import CancelledError
from napari_multicancer.core.planes import reduction
from napari_multicancer.core.planes.reduction import average, reduce_scan, reduction_factor
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan
from napari_multicancer.samples import SAMPLES


@pytest.fixture
def small_limits(monkeypatch):
    """Let 300 x 300 pixels be huge, and a strip a few rows."""
    monkeypatch.setattr(reduction, "LARGEST_WHOLE", 300 * 300)
    monkeypatch.setattr(reduction, "REDUCED_TO", 256 * 256)
    monkeypatch.setattr(reduction, "STRIP_BYTES", 7 * 512)


def brain():
    return load_scan(SAMPLES[0].path).plane(0)


def test_squares_are_averaged_and_the_rest_at_the_ends_too():
    rows = np.arange(15, dtype=np.uint16).reshape(3, 5)
    expected = [[3, 5, 6.5], [10.5, 12.5, 14]]
    np.testing.assert_allclose(average(rows, 2), expected)
    np.testing.assert_allclose(average(np.dstack([rows, rows]), 2)[..., 1], expected)


def test_the_factor_is_the_least_that_is_enough():
    plane = np.broadcast_to(np.uint8(0), (20_000, 20_000))
    assert reduction_factor(Scan(plane, "yx")) == 10
    assert reduction_factor(Scan(plane[:4096, :4096], "yx")) == 1
    assert reduction_factor(Scan(plane[:4096, :4097], "yx")) == 3


@pytest.mark.parametrize("chunks", [None, (5, 512), (512, 100), (64, 64)])
def test_strips_give_what_the_whole_gives(small_limits, chunks):
    pixels = np.random.default_rng(0).integers(0, 999, (311, 512)).astype(np.int16)
    lazy = pixels if chunks is None else dask.array.from_array(pixels, chunks=chunks)
    small = reduce_scan(Scan(lazy, "yx", voxel_size=(0.5, 0.25)), 3)
    np.testing.assert_array_equal(small.pixels, average(pixels, 3))
    assert small.voxel_size == (1.5, 0.75)


def test_each_chunk_is_touched_once(small_limits):
    touched = []
    pixels = dask.array.map_blocks(
        lambda block_info=None: (
            touched.append(block_info[None]["chunk-location"]) or np.ones((50, 512), np.uint8)
        ),
        chunks=((50,) * 8, (512,)),
        dtype=np.uint8,
        meta=np.empty((0, 0), np.uint8),
    )
    reduce_scan(Scan(pixels, "yx"), 2)
    assert sorted(touched) == [(number, 0) for number in range(8)]


def test_a_huge_picture_gets_the_answer_of_the_picture_half_as_large(small_limits):
    grey = brain()
    small = analyze(Scan(average(grey, 2), "yx"), organ="brain")
    answer = analyze(Scan(grey, "yx"), organ="brain")
    assert answer.mask.shape == answer.probability.shape == grey.shape
    np.testing.assert_array_equal(answer.mask[::2, ::2], small.mask)
    np.testing.assert_array_equal(answer.mask[1::2, 1::2], small.mask)
    np.testing.assert_array_equal(np.asarray(answer.probability)[1::2, ::2], small.probability)
    assert answer.lesion.area == answer.mask.sum() == answer.lesion.voxels == 4 * small.mask.sum()
    assert answer.lesion.diameter == pytest.approx(2 * small.lesion.diameter)
    assert answer.planes[0].lesion_pixels == answer.mask.sum()
    assert answer.diagnosis == small.diagnosis


@pytest.mark.slow
def test_a_huge_picture_in_colour_and_a_stack_of_huge_planes_too(small_limits):
    grey = brain()
    plain = analyze(Scan(grey, "yx"), organ="brain")
    colour = analyze(Scan(np.dstack([grey] * 3 + [np.full_like(grey, 9)]), "yxc"), organ="brain")
    np.testing.assert_array_equal(colour.mask, plain.mask)
    stack = dask.array.from_array(np.stack([grey, grey[::-1]]), chunks=(1, 100, 512))
    answer = analyze(Scan(stack, "zyx", voxel_size=(5.0, 0.5, 0.5)), organ="brain")
    assert answer.mask.shape == stack.shape
    assert np.mean(answer.mask[0] != plain.mask) < 0.002
    assert answer.lesion.area_unit == "mm2"
    assert answer.lesion.area == pytest.approx(0.25 * max(p.lesion_pixels for p in answer.planes))


def test_a_size_that_is_no_multiple_is_covered_to_the_last_pixel(small_limits):
    answer = analyze(Scan(brain()[:509, :507], "yx"), organ="brain")
    assert answer.mask.shape == answer.probability.shape == (509, 507)
    assert np.asarray(answer.probability)[-1, -1] >= 0


def test_reading_a_huge_picture_can_be_cancelled_at_any_strip(small_limits):
    asked = []
    with pytest.raises(CancelledError):
        analyze(Scan(brain(), "yx"), cancelled=lambda: asked.append(1) or len(asked) == 4)
    assert len(asked) == 4
