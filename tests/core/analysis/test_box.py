"""The network restricted to a box: nothing outside, pixel by pixel inside, a sentence otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from napari_multicancer.core.analysis import box as region_analysis
from napari_multicancer.core.analysis.analyze import analyze
from napari_multicancer.core.analysis.box import segment_box
from napari_multicancer.core.errors import CancelledError, MaskError, ModelError
from napari_multicancer.core.masks.overlap import dice
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan
from napari_multicancer.samples import SAMPLES


@pytest.fixture(scope="module")
def breast():
    return load_scan(next(s.path for s in SAMPLES if s.diagnosis == "malignant"))


@pytest.fixture(scope="module")
def box(breast):
    rows, columns = np.nonzero(analyze(breast, organ="breast").mask)
    return slice(rows.min() - 8, rows.max() + 9), slice(columns.min() - 8, columns.max() + 9)


@pytest.mark.slow
def test_a_box_around_the_lesion_gives_that_lesion_and_nothing_outside(breast, box):
    found = segment_box(breast, box, "breast", (0,))
    whole = analyze(breast, organ="breast")
    assert found.mask.shape == (1, *breast.spatial_shape)
    assert dice(found.mask[0] > 0, whole.mask > 0) > 0.85
    outside = np.ones(breast.spatial_shape, bool)
    outside[box] = False
    assert not found.mask[0][outside].any()
    assert not found.probability[0][outside].any()


def test_a_large_scan_is_seen_pixel_by_pixel_and_a_box_with_its_context():
    shape = (1000, 1200)
    small = region_analysis._view((slice(500, 520), slice(600, 640)), shape, 224)
    assert [side.stop - side.start for side in small] == [224, 224]
    large = region_analysis._view((slice(300, 600), slice(300, 700)), shape, 224)
    assert large == (slice(100, 800), slice(100, 900))
    corner = region_analysis._view((slice(0, 20), slice(1180, 1200)), shape, 224)
    assert corner == (slice(0, 122), slice(1078, 1200))


def test_a_stack_gives_one_mask_a_plane_and_stops_between_them(breast, box):
    grey = breast.plane(0)
    stack = Scan(np.stack([grey, grey, grey]), breast.axes.replace("yx", "zyx"))
    seen = []
    found = segment_box(stack, box, "breast", (0, 2), progress=lambda *n: seen.append(n))
    assert seen == [(1, 2), (2, 2)]
    np.testing.assert_array_equal(found.mask[0], found.mask[1])
    with pytest.raises(CancelledError):
        segment_box(stack, box, "breast", (0, 1, 2), cancelled=lambda: True)


@pytest.mark.parametrize(
    "box",
    [
        (slice(-3, 10), slice(0, 10)),
        (slice(0, 10), slice(0, 100_000)),
        (slice(5, 5), slice(0, 9)),
    ],
)
def test_a_box_outside_the_picture_is_one_sentence(breast, box):
    with pytest.raises(MaskError, match="does not lie inside the picture"):
        segment_box(breast, box, "breast", (0,))


def test_nothing_found_is_one_sentence(breast):
    with pytest.raises(MaskError, match="finds no lesion in this box"):
        segment_box(breast, (slice(0, 4), slice(0, 4)), "breast", (0,))


def test_an_organ_without_a_model_is_refused(breast, box):
    with pytest.raises(ModelError, match="other"):
        segment_box(breast, box, "other", (0,))
