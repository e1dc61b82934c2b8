"""What each tool of the panel asks of the core."""

from __future__ import annotations

import numpy as np
import pytest

from napari_multicancer.core.errors import CancelledError, MaskError
from napari_multicancer.widgets.correct.functions import ToolInput, ToolOptions, gap_around
from napari_multicancer.widgets.correct.tools import (
    ACTIONS,
    COPY_NEXT,
    FILL,
    GROW,
    INTERPOLATE,
    KEEP_LARGEST,
    PLANE_TOOLS,
    SMOOTH,
    SNAP,
    TAKE_BACK,
)


def on_planes(*planes, count=10):
    mask = np.zeros((count, 6, 6), np.uint8)
    mask[list(planes), 1:5, 1:5] = 1
    return mask


def use(tool, order, cancelled=lambda: False):
    return tool.run(order, lambda done, total: None, cancelled)


@pytest.mark.parametrize(
    ("plane", "expected"), [(2, (2, 5)), (3, (2, 5)), (5, (2, 5)), (6, (5, 8)), (8, (5, 8))]
)
def test_the_gap_is_that_around_the_plane_in_view(plane, expected):
    assert gap_around(on_planes(1, 2, 5, 8, 9), 1, plane) == expected


@pytest.mark.parametrize("plane", [0, 1, 9])
def test_no_gap_around_the_plane_is_one_sentence(plane):
    with pytest.raises(MaskError, match="No gap lies here"):
        gap_around(on_planes(1, 2, 5, 8), 1, plane)


def test_interpolating_fills_the_gap_alone():
    result = use(INTERPOLATE, ToolInput(on_planes(1, 4, 7), 1, plane=5))
    assert [bool(plane.any()) for plane in result] == [
        False, True, False, False, True, True, True, True, False, False,
    ]  # fmt: skip


def test_copying_goes_to_the_next_plane_and_not_beyond_the_last():
    result = use(COPY_NEXT, ToolInput(on_planes(3), 1, plane=3))
    np.testing.assert_array_equal(result[4], result[3])
    with pytest.raises(MaskError, match="last plane"):
        use(COPY_NEXT, ToolInput(on_planes(9), 1, plane=9))


@pytest.mark.parametrize("tool", PLANE_TOOLS, ids=lambda tool: tool.name)
def test_tools_for_planes_need_one_in_view(tool):
    with pytest.raises(MaskError, match="in view"):
        use(tool, ToolInput(on_planes(1, 4), 1, plane=None))


def test_a_stack_is_corrected_plane_by_plane_with_progress():
    mask = on_planes(0, 4)
    mask[:, 2, 2] = 0
    seen = []
    result = FILL.run(ToolInput(mask, 1), lambda *numbers: seen.append(numbers), lambda: False)
    np.testing.assert_array_equal(result, on_planes(0, 4))
    assert seen == [(1, 2), (2, 2)]
    with pytest.raises(CancelledError):
        use(FILL, ToolInput(mask, 1), cancelled=lambda: True)


def test_keeping_the_largest_region_of_a_stack_tells_how_far_and_can_be_stopped():
    mask = on_planes(0, 3, 4)
    seen = []
    given = ToolInput(mask, 1)
    result = KEEP_LARGEST.run(given, lambda *numbers: seen.append(numbers), lambda: False)
    np.testing.assert_array_equal(result, on_planes(3, 4))
    assert seen == [(done, 10) for done in range(1, 11)]
    with pytest.raises(CancelledError):
        use(KEEP_LARGEST, given, cancelled=lambda: True)


def test_mm_need_a_voxel_size():
    order = ToolInput(on_planes(1)[1], 1, options=ToolOptions(in_mm=True))
    for tool in (SMOOTH, GROW):
        with pytest.raises(MaskError, match="voxel size of this mask is not known"):
            use(tool, order)


def test_growing_counts_in_pixels_or_mm():
    mask = np.zeros((9, 9), np.uint8)
    mask[4, 4] = 1
    assert use(GROW, ToolInput(mask, 1, options=ToolOptions(amount=1.0))).sum() == 5
    in_mm = ToolOptions(amount=1.0, in_mm=True)
    grown = use(GROW, ToolInput(mask, 1, spacing=(1.0, 0.5), options=in_mm))
    assert grown[4].sum() == 5
    assert grown[:, 4].sum() == 3


def test_snapping_without_an_image_is_one_sentence():
    with pytest.raises(MaskError, match="no image under this mask"):
        use(SNAP, ToolInput(on_planes(1)[1], 1))


@pytest.mark.parametrize("what", ["name", "title", "word", "key"])
def test_names_titles_words_and_keys_are_unique(what):
    assert len({getattr(action, what) for action in ACTIONS}) == len(ACTIONS)


def test_the_words_in_a_record_stay_what_they_were():
    """Files have them; whatever is written on the buttons."""
    assert [action.word for action in ACTIONS] == [
        "smooth outline",
        "snap to edges",
        "grow",
        "shrink",
        "fill holes",
        "keep largest",
        "copy to next",
        "interpolate gap",
        "keep clicked",
        "remove clicked",
        "segment in box",
        "click",
        "propagate",
        "next doubtful",
        "settle",
        "threshold",
    ]
    assert TAKE_BACK.word == "click taken back"
