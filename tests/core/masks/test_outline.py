import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.masks.edges import snap_to_edges
from napari_multicancer.core.masks.interpolation import (
    copy_plane,
    interpolate_planes,
    signed_distance,
)
from napari_multicancer.core.masks.outline import fill_holes, grow, recut, shrink, smooth_outline
from napari_multicancer.core.masks.overlap import dice
from napari_multicancer.core.masks.regions import (
    box_slices,
    keep_largest_region,
    keep_region_at,
    remove_region_at,
    restrict_to_box,
)

OTHER = 2


def drawn(*rows):
    """Read a mask drawn with ``.`` for background and digits for labels."""
    return np.array([[0 if c == "." else int(c) for c in row] for row in rows], np.uint8)


def disc(radius, centre=(32, 32), size=64):
    rows, columns = np.ogrid[:size, :size]
    return (np.hypot(rows - centre[0], columns - centre[1]) <= radius).astype(np.uint8)


def ellipse(height, width, size=96):
    rows, columns = np.ogrid[:size, :size]
    middle = size // 2
    inside = ((rows - middle) / height) ** 2 + ((columns - middle) / width) ** 2 <= 1
    return inside.astype(np.uint8)


def snap(mask, label=1, plane=None):
    return snap_to_edges(mask, mask * 100.0, 2.0, label, plane=plane)


def recut_half(mask, label=1, plane=None):
    probability = np.linspace(0, 1, mask.size).reshape(mask.shape)
    return recut(mask, probability, 0.5, label, plane=plane)


def restrict(mask, label=1, plane=None):
    return restrict_to_box(mask, [(1, 1), (4, 4)], label, plane=plane)


def grow_two(mask, label=1, plane=None):
    return grow(mask, 2, label, plane=plane)


def grow_in_3d(mask, label=1, plane=None):
    return grow(mask, 2, label, spacing=(1, 1, 1)[-mask.ndim :], plane=plane)


def shrink_one(mask, label=1, plane=None):
    return shrink(mask, 1, label, plane=plane)


def smooth(mask, label=1, plane=None):
    return smooth_outline(mask, 1.0, label, plane=plane)


TOOLS = [
    fill_holes,
    grow_in_3d,
    grow_two,
    keep_largest_region,
    recut_half,
    restrict,
    shrink_one,
    smooth,
    snap,
]

planes = arrays(np.uint8, (9, 8), elements=st.integers(0, 2))
stacks = arrays(np.uint16, (3, 6, 7), elements=st.integers(0, 3))


@pytest.mark.parametrize("tool", TOOLS)
@given(mask=planes | stacks)
@settings(max_examples=25)
def test_a_tool_gives_a_new_mask_and_leaves_other_labels_alone(tool, mask):
    before = mask.copy()
    mask.flags.writeable = False
    after = tool(mask)
    assert (after.shape, after.dtype) == (mask.shape, mask.dtype)
    assert not np.shares_memory(after, mask)
    assert np.array_equal(mask, before)
    changed = after != before
    assert set(np.unique(before[changed])) <= {0, 1}
    assert set(np.unique(after[changed])) <= {0, 1}


@pytest.mark.parametrize("tool", TOOLS)
@given(mask=stacks)
@settings(max_examples=15)
def test_a_tool_on_one_plane_leaves_the_others_alone_and_does_as_to_a_single_plane(tool, mask):
    after = tool(mask, label=OTHER, plane=1)
    assert np.array_equal(after[[0, 2]], mask[[0, 2]])
    if tool is not recut_half:
        assert np.array_equal(after[1], tool(mask[1], label=OTHER))


@pytest.mark.parametrize("tool", [tool for tool in TOOLS if tool is not recut_half])
def test_a_label_that_is_absent_stays_absent(tool):
    for shape in ((12, 12), (3, 12, 12)):
        assert not tool(np.zeros(shape, np.uint8)).any()


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_refuses_what_is_no_label_of_a_mask(tool):
    mask = np.zeros((3, 12, 12), np.uint8)
    with pytest.raises(MaskError, match="choose one from 1 to 255"):
        tool(mask, label=0)
    with pytest.raises(MaskError, match="choose one from 1 to 255"):
        tool(mask, label=300)
    with pytest.raises(MaskError, match=r"no plane 3: choose one from 0 to 2"):
        tool(mask, plane=3)
    with pytest.raises(MaskError, match="convert it to whole numbers"):
        tool(mask.astype(float))
    with pytest.raises(MaskError, match="4 axes"):
        tool(mask[None])


def test_boolean_masks_have_one_label():
    assert fill_holes(drawn("111", "1.1", "111").astype(bool)).all()
    with pytest.raises(MaskError, match="from 1 to 1"):
        fill_holes(np.ones((3, 3), bool), 2)


# --- holes


def test_holes_are_filled_around_other_labels_and_up_to_the_open():
    mask = drawn(
        "1111..1111",
        "1..1..1...",
        "1.21..1.11",
        "1111..1111",
    )
    assert np.array_equal(
        fill_holes(mask),
        drawn(
            "1111..1111",
            "1111..1...",
            "1121..1.11",
            "1111..1111",
        ),
    )


def test_corners_that_touch_enclose_a_hole():
    assert fill_holes(drawn(".1.", "1.1", ".1."))[1, 1] == 1


@given(mask=planes)
@settings(max_examples=60)
def test_filling_twice_is_filling_once(mask):
    once = fill_holes(mask)
    assert np.array_equal(fill_holes(once), once)
    assert np.all(once[mask == 1] == 1)


# --- growing and shrinking


def test_growing_by_pixels_reaches_within_the_euclidean_distance():
    mask = np.zeros((7, 7), np.uint8)
    mask[3, 3] = 1
    assert grow(mask, 1).sum() == 5
    assert grow(mask, 1.5).sum() == 9
    assert grow(mask, 2).sum() == 13
    assert np.array_equal(grow(mask, 0), mask)


def test_growing_by_mm_follows_the_voxel_size():
    mask = np.zeros((3, 9, 9), np.uint8)
    mask[1, 4, 4] = 1
    grown = grow(mask, 0.3, spacing=(0.3, 0.1, 0.3))
    assert np.array_equal(np.argwhere(grown[0]), [(4, 4)])
    assert np.array_equal(np.flatnonzero(grown[1, :, 4]), range(1, 8))
    assert np.array_equal(np.flatnonzero(grown[1, 4]), (3, 4, 5))
    assert not grow(mask, 0.3, spacing=(0.1, 0.3))[[0, 2]].any()
    assert not grow(mask, 0.3, spacing=(0.3, 0.1, 0.3), plane=1)[[0, 2]].any()


def test_growing_stops_at_other_labels():
    assert np.array_equal(grow(drawn("..1.2."), 2), drawn("11112."))


def test_shrinking_takes_the_outline_away_but_not_at_the_edge_of_the_picture():
    mask = np.zeros((8, 8), np.uint8)
    mask[:5, 2:7] = 1
    expected = np.zeros_like(mask)
    expected[:4, 3:6] = 1
    assert np.array_equal(shrink(mask, 1), expected)
    assert np.array_equal(shrink(np.ones_like(mask), 3), np.ones_like(mask))
    assert not shrink(mask, 3).any()


def test_shrinking_by_mm_in_a_stack_takes_the_outer_planes_away():
    mask = np.zeros((7, 7, 7), np.uint8)
    mask[1:6, 1:6, 1:6] = 1
    assert np.array_equal(np.unique(np.nonzero(shrink(mask, 2, spacing=(2, 1, 1)))[0]), (2, 3, 4))
    assert np.array_equal(np.unique(np.nonzero(shrink(mask, 2, spacing=(1, 1)))[0]), range(1, 6))


@given(mask=planes, distance=st.floats(0, 4))
@settings(max_examples=60)
def test_growing_holds_and_shrinking_is_held(mask, distance):
    region = (mask == 1).astype(np.uint8)
    grown, shrunk = grow(region, distance), shrink(region, distance)
    assert np.all(grown >= region)
    assert np.all(shrunk <= region)
    assert np.all(shrink(grown, distance) >= region)
    if region.any() and not region.all():
        assert np.array_equal(shrink(region, distance), 1 - grow(1 - region, distance))


@pytest.mark.parametrize("tool", [grow, shrink, smooth_outline])
@pytest.mark.parametrize("length", [-1.0, float("nan"), float("inf")])
def test_lengths_are_positive_numbers(tool, length):
    with pytest.raises(MaskError, match="by a number above 0"):
        tool(disc(5), length)


@pytest.mark.parametrize("tool", [grow, shrink, smooth_outline])
@pytest.mark.parametrize("spacing", [(np.nan, 1), (0, 1), (1,), (1, 1, 1), (-1, 2)])
def test_the_voxel_size_is_of_positive_numbers_one_an_axis(tool, spacing):
    with pytest.raises(MaskError, match="one positive number of mm an axis"):
        tool(disc(5), 1.0, spacing=spacing)


# --- smoothing


def test_smoothing_removes_a_spike_and_a_notch_and_keeps_the_area():
    mask = np.zeros((40, 40), np.uint8)
    mask[10:30, 10:30] = 1
    mask[20, 30:36] = 1
    mask[20, 10:14] = 0
    smoothed = smooth_outline(mask, 2.0)
    assert not smoothed[20, 33:].any()
    assert smoothed[20, 12:28].all()
    assert smoothed.sum() == pytest.approx(mask.sum(), abs=4)


def test_smoothing_leaves_a_disc_and_a_single_pixel_as_they_are():
    assert dice(disc(15), smooth_outline(disc(15), 2.0)) > 0.98
    mask = np.zeros((9, 9), np.uint8)
    mask[4, 4] = 1
    assert np.array_equal(smooth_outline(mask, 3.0), mask)


def test_smoothing_does_not_draw_back_from_the_edge_of_the_picture():
    mask = np.zeros((30, 30), np.uint8)
    mask[:, :12] = 1
    assert np.array_equal(smooth_outline(mask, 3.0), mask)


def test_smoothing_by_mm_reaches_over_more_of_the_shorter_pixels():
    comb = np.zeros((40, 50), np.uint8)
    comb[10:30, 5:45] = 1
    comb[8:10, 5:45:3] = 1
    assert np.array_equal(smooth_outline(comb, 1.0, spacing=(0.5, 10.0)), comb)
    across = smooth_outline(comb, 1.0, spacing=(10.0, 0.5))
    assert not across[8:10, 10:40].any()
    assert across[10:30, 10:40].all()


# --- regions


def test_the_largest_region_of_a_plane_and_of_a_stack():
    mask = np.zeros((3, 12, 12), np.uint8)
    mask[:, 1:4, 1:4] = 1
    mask[1, 6:11, 6:11] = 1
    mask[1, 0, 11] = OTHER
    whole, plane = keep_largest_region(mask), keep_largest_region(mask, plane=1)
    assert (np.count_nonzero(whole == 1), np.count_nonzero(plane == 1)) == (27, 43)
    assert whole[1, 0, 11] == plane[1, 0, 11] == OTHER


def test_of_regions_of_one_size_the_first_is_kept():
    assert np.array_equal(keep_largest_region(drawn("11..11")), drawn("11...."))


def test_a_clicked_region_is_kept_or_removed():
    mask = drawn("11..1", "1.2.1", "..2..")
    assert np.array_equal(keep_region_at(mask, (0.4, 0.4)), drawn("11...", "1.2..", "..2.."))
    assert np.array_equal(remove_region_at(mask, (0, 4)), drawn("11...", "1.2..", "..2.."))
    assert np.array_equal(remove_region_at(mask, (2, 2)), drawn("11..1", "1...1", "....."))


def test_a_clicked_region_in_a_stack_is_that_of_its_plane_or_the_whole():
    mask = np.stack([drawn("11..1"), drawn("11..1"), drawn("....1")])
    click = (1, 0, 0)
    assert np.array_equal(remove_region_at(mask, click)[:, 0, 0], (1, 0, 0))
    assert np.array_equal(remove_region_at(mask, click, whole_stack=True)[:, 0, 0], (0, 0, 0))
    assert np.array_equal(keep_region_at(mask, click)[:, 0, 4], (1, 0, 1))
    assert np.array_equal(keep_region_at(mask, click, whole_stack=True)[:, 0, 4], (0, 0, 0))


@pytest.mark.parametrize("tool", [keep_region_at, remove_region_at])
@pytest.mark.parametrize("point", [(-1, 2), (2, 64), (0.2, np.nan), (np.inf, 1)])
def test_a_click_outside_the_picture(tool, point):
    with pytest.raises(MaskError, match="outside the picture"):
        tool(disc(5), point)


@pytest.mark.parametrize("tool", [keep_region_at, remove_region_at])
def test_a_click_on_nothing(tool):
    with pytest.raises(MaskError, match="click inside an outline"):
        tool(disc(5), (0, 0))
    with pytest.raises(MaskError, match="3 coordinates, and the mask 2 axes"):
        tool(disc(5), (0, 0, 0))


def test_a_box_holds_the_pixels_whose_centres_it_holds():
    assert box_slices([(0.5, 1.0), (3.2, 2.9)], (10, 10)) == (slice(1, 4), slice(1, 3))
    rectangle = [(2, 3), (2, 30), (6, 30), (6, 3)]
    assert box_slices(rectangle, (10, 10)) == (slice(2, 7), slice(3, 10))
    kept = restrict_to_box(np.ones((2, 10, 10), np.uint8), rectangle, plane=1)
    assert (kept[0].sum(), kept[1].sum()) == (100, 35)


@pytest.mark.parametrize("corners", [[(-9, -9), (-1, -1)], [(3, 70), (9, 90)], [(np.nan, 1)] * 2])
def test_a_box_outside_the_picture(corners):
    with pytest.raises(MaskError, match="draw it over the scan"):
        restrict_to_box(disc(5), corners)


def test_a_box_needs_two_corners():
    with pytest.raises(MaskError, match="two of its corners"):
        restrict_to_box(disc(5), [(1, 2)])


# --- probability maps


def test_a_map_is_cut_where_it_reaches_the_threshold():
    mask = drawn("11...", ".....", "....2")
    probability = np.array(
        [[0.1, 0.2, 0.6, 0.6, 0.6], [0.5, 0.0, 0.6, np.nan, 0.6], [0.0, 0.0, 0.6, 0.6, 0.9]]
    )
    assert np.array_equal(recut(mask, probability, 0.6), drawn("..111", "..111", "..112"))
    expected = drawn("..111", "1.111", "..112")
    assert np.array_equal(recut(mask, probability, 0.5), expected)
    cleaned = recut(mask, probability, 0.5, smallest_region=2)
    assert np.array_equal(cleaned, drawn("..111", "..111", "..112"))
    assert np.array_equal(recut(mask, probability * 0, 0.5), drawn(".....", ".....", "....2"))


@given(
    probability=arrays(np.float32, (8, 9), elements=st.floats(0, 1, width=32)),
    thresholds=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
@settings(max_examples=60)
def test_a_lower_threshold_holds_all_that_a_higher_one_does(probability, thresholds):
    empty = np.zeros(probability.shape, np.uint8)
    wide, narrow = (recut(empty, probability, threshold) for threshold in sorted(thresholds))
    assert np.all(wide >= narrow)


def test_maps_of_another_shape_and_thresholds_out_of_range_are_refused():
    with pytest.raises(MaskError, match="use the map of this scan"):
        recut(disc(5), np.zeros((8, 8)), 0.5)
    for threshold in (-0.1, 1.1, float("nan")):
        with pytest.raises(MaskError, match="between 0 and 1"):
            recut(disc(5), np.zeros((64, 64)), threshold)


# --- planes


def test_copying_replaces_the_label_on_the_other_plane_alone():
    mask = np.stack([drawn("11.."), drawn("..12"), drawn(".2..")])
    assert np.array_equal(copy_plane(mask, 0, 1)[1], drawn("11.2"))
    assert np.array_equal(copy_plane(mask, 0, 2), [mask[0], mask[1], drawn("12..")])


def test_copying_needs_a_source_and_a_stack():
    mask = np.stack([drawn("11"), drawn("..")])
    with pytest.raises(MaskError, match="Nothing is outlined with label 1 on plane 1"):
        copy_plane(mask, 1, 0)
    with pytest.raises(MaskError, match="no plane 2"):
        copy_plane(mask, 0, 2)
    with pytest.raises(MaskError, match="needs a stack"):
        copy_plane(mask[0], 0, 0)


def test_signed_distances_are_zero_at_the_outline():
    assert signed_distance(drawn("..111..")[0:1] == 1, (1, 1)).tolist() == [
        [-1.5, -0.5, 0.5, 1.5, 0.5, -0.5, -1.5]
    ]
    assert signed_distance(np.ones((3, 3), bool), (1, 1)).max() == 1.5


def test_a_disc_between_two_discs_has_the_radius_between():
    mask = np.zeros((5, 64, 64), np.uint8)
    mask[0], mask[4] = disc(8), disc(20)
    between = interpolate_planes(mask, 4, 0)
    for plane, radius in ((1, 11), (2, 14), (3, 17)):
        assert dice(between[plane], disc(radius)) > 0.97
    assert np.array_equal(between[[0, 4]], mask[[0, 4]])


def test_interpolating_replaces_what_was_between_but_not_other_labels():
    mask = np.zeros((3, 64, 64), np.uint8)
    mask[0] = mask[2] = disc(10)
    mask[1, 0, 0], mask[1, 32, 32] = 1, OTHER
    expected = disc(10)
    expected[32, 32] = OTHER
    assert np.array_equal(interpolate_planes(mask, 0, 2)[1], expected)


@given(
    ends=arrays(bool, (2, 8, 9)), shape=st.sampled_from([(1.0, 1.0), (0.3, 1.2), (3.0, 2.0, 0.5)])
)
@settings(max_examples=60)
def test_what_is_between_holds_what_both_have_and_nothing_that_neither_has(ends, shape):
    ends[:, 4, 4] = True
    mask = np.zeros((4, 8, 9), np.uint8)
    mask[0], mask[3] = ends
    between = interpolate_planes(mask, 0, 3, spacing=shape)[1:3]
    assert np.all(between[:, ends.all(axis=0)] == 1)
    assert not np.any(between[:, ~ends.any(axis=0)])


def test_interpolating_needs_overlapping_outlines_on_two_planes_apart():
    mask = np.zeros((5, 20, 20), np.uint8)
    mask[0, :5, :5] = mask[4, 10:, 10:] = 1
    with pytest.raises(MaskError, match="planes 0 and 4 do not overlap"):
        interpolate_planes(mask, 0, 4)
    with pytest.raises(MaskError, match="Nothing is outlined with label 1 on plane 3"):
        interpolate_planes(mask, 0, 3)
    mask[1, :5, :5] = 1
    with pytest.raises(MaskError, match="farther apart"):
        interpolate_planes(mask, 0, 1)


# --- edges


@pytest.mark.parametrize(
    "start", [ellipse(17, 27), ellipse(24, 34), np.roll(ellipse(20, 30), 4, 1)]
)
@pytest.mark.parametrize(("scale", "offset"), [(1.0, 0.0), (-0.004, 0.5), (300.0, -1000.0)])
def test_an_outline_snaps_to_the_edge_whatever_the_range_of_the_picture(start, scale, offset):
    truth = ellipse(20, 30)
    noise = np.random.default_rng(0).normal(0, 20, truth.shape)
    image = ndimage.gaussian_filter(80.0 + 60 * truth + noise, 1)
    snapped = snap_to_edges(start, offset + scale * image, 6.0)
    assert dice(truth, snapped) > 0.955 > dice(truth, start) + 0.03


@pytest.mark.parametrize("reach", [1.0, 3.0, 8.0])
def test_an_outline_moves_no_farther_than_the_reach(reach):
    image = np.random.default_rng(1).normal(0, 50, (64, 64))
    start = disc(16)
    moved = snap_to_edges(start, image, reach)
    assert np.all(moved[shrink(start, reach + 1) == 1] == 1)
    assert not np.any(moved[grow(start, reach + 1) == 0])
    assert ndimage.label(moved, np.ones((3, 3)))[1] == 1
    assert np.array_equal(fill_holes(moved), moved)


def test_an_outline_in_a_picture_without_edges_hardly_moves_and_small_regions_stay():
    assert dice(disc(12), snap_to_edges(disc(12), np.full((64, 64), 7.0))) > 0.95
    spot = np.zeros((20, 20), np.uint8)
    spot[9:11, 9:11] = 1
    assert snap_to_edges(spot, np.zeros((20, 20)))[9:11, 9:11].any()


def test_of_thick_and_thin_regions_none_is_lost():
    mask = disc(12, (20, 20))
    mask[50, 30:50] = mask[8, 50] = 1
    noise = np.random.default_rng(2).normal(0, 50, mask.shape)
    numbered, count = ndimage.label(mask, np.ones((3, 3)))
    snapped = snap_to_edges(mask, noise, 6.0)
    assert count == 3
    assert all(snapped[numbered == number].any() for number in (1, 2, 3))


def test_colour_pictures_and_stacks_with_gaps_in_their_values_work():
    truth = ellipse(20, 30)
    image = np.stack([80 + 60.0 * truth, 40 - 30.0 * truth, 0.0 * truth], axis=-1)
    image[0, 0] = np.nan
    mask = np.stack([ellipse(18, 28)] * 2)
    snapped = snap_to_edges(mask, np.stack([image, image]), plane=1)
    assert np.array_equal(snapped[0], mask[0])
    assert dice(truth, snapped[1]) > 0.98


def test_snapping_needs_the_picture_of_the_mask_and_a_reach():
    with pytest.raises(MaskError, match="choose the picture that was outlined"):
        snap_to_edges(disc(5), np.zeros((60, 64)))
    for reach in (0.5, float("nan"), float("inf")):
        with pytest.raises(MaskError, match="within 1 pixel or more"):
            snap_to_edges(disc(5), np.zeros((64, 64)), reach)
