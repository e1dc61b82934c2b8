"""An outline goes through the planes of a stack, and stops where it can no longer be believed."""

from __future__ import annotations

import numpy as np
import pytest

from napari_multicancer.core.analysis.propagation import Limits, propagate
from napari_multicancer.core.errors import CancelledError, MaskError
from napari_multicancer.core.scan.scan import Scan

pytestmark = pytest.mark.usefixtures("bright_clicks")
FIRST, LAST, MIDDLE = 3, 12, 7
"""The planes on which the lesion begins and ends, and one between."""


def truth(plane: int, rows: int = 96) -> np.ndarray:
    """A disc that grows and shrinks again, and moves a little to the right."""
    radius = 16 - abs(plane - MIDDLE)
    row, column = np.ogrid[:rows, :100]
    disc = np.hypot(row - 48, column - 40 - plane) <= radius
    return disc & (FIRST <= plane <= LAST)


def volume(n_planes: int = 16) -> Scan:
    pixels = np.random.default_rng(0).integers(20, 60, (n_planes, 96, 100)).astype(np.uint8)
    for plane in range(n_planes):
        pixels[plane][truth(plane)] = 250
    return Scan(pixels, "zyx", name="volume")


def settled_on(scan: Scan, *planes: int) -> np.ndarray:
    mask = np.zeros(scan.spatial_shape, np.uint8)
    for plane in planes:
        mask[plane][truth(plane)] = 1
    return mask


def dice(mask: np.ndarray, plane: int) -> float:
    found, right = mask[plane] == 1, truth(plane)
    return float(2 * (found & right).sum() / (found.sum() + right.sum()))


@pytest.mark.slow
def test_from_one_plane_the_outline_goes_both_ways_and_stops_where_the_lesion_ends() -> None:
    scan = volume()
    found = propagate(scan, settled_on(scan, MIDDLE), [MIDDLE])
    assert [one.plane for one in found.proposals] == [3, 4, 5, 6, 8, 9, 10, 11, 12]
    assert min(dice(found.mask, plane) for plane in range(FIRST, LAST + 1)) > 0.85
    assert [one.plane for one in found.stops] == [FIRST - 1, LAST + 1]
    assert not found.mask[[0, 1, 2, 13, 14, 15]].any()
    assert found.model == "click 0.1.0"


def test_the_mask_given_and_settled_planes_stay_as_they_are() -> None:
    scan = volume()
    mask = settled_on(scan, 5, 10)
    mask[10, :30] = 1
    before = mask.copy()
    found = propagate(scan, mask, [5, 10])
    np.testing.assert_array_equal(mask, before)
    np.testing.assert_array_equal(found.mask[[5, 10]], before[[5, 10]])
    assert not {5, 10} & {one.plane for one in found.proposals}


def test_what_the_label_covered_on_other_planes_is_replaced_and_other_labels_are_not() -> None:
    scan = volume()
    mask = settled_on(scan, MIDDLE)
    mask[8, :10] = 1
    mask[8, 44:52, 44:50] = 2
    found = propagate(scan, mask, [MIDDLE])
    assert not found.mask[8, :10].any()
    assert (found.mask[8, 44:52, 44:50] == 2).all()
    assert (found.mask == 2).sum() == (mask == 2).sum()
    assert dice(found.mask, 8) > 0.8


def test_a_settled_plane_without_the_label_ends_the_way() -> None:
    scan = volume()
    found = propagate(scan, settled_on(scan, MIDDLE), [MIDDLE, 9])
    assert [one.plane for one in found.proposals] == [3, 4, 5, 6, 8]


def test_between_two_settled_planes_their_shape_is_proposed_where_the_network_sees_nothing() -> (
    None
):
    scan = volume()
    scan.pixels[7:9] = 40
    found = propagate(scan, settled_on(scan, 5, 10), [5, 10])
    doubts = {one.plane: one.doubt for one in found.proposals}
    assert {7, 8} <= set(doubts)
    assert doubts[7].startswith("interpolated")
    assert dice(found.mask, 8) > 0.8


@pytest.mark.slow
def test_across_a_wide_gap_each_plane_is_left_by_itself() -> None:
    scan = volume()
    scan.pixels[7:9] = 40
    limits = Limits(widest_gap=3)
    found = propagate(scan, settled_on(scan, 5, 10), [5, 10], limits=limits)
    assert not {7, 8} & {one.plane for one in found.proposals}
    assert {one.plane for one in found.proposals} == {3, 4, 6, 9, 11, 12}


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(least_expected=1.01), "expects"),
        (Limits(least_shared=1.01), "elsewhere"),
        (Limits(jump=0.9), "area"),
    ],
)
def test_each_limit_stops_the_way_and_says_why(limits: Limits, reason: str) -> None:
    scan = volume()
    found = propagate(scan, settled_on(scan, MIDDLE), [MIDDLE], limits=limits)
    assert found.proposals == ()
    assert [one.plane for one in found.stops] == [6, 8]
    assert all(reason in one.reason for one in found.stops)


def test_it_goes_no_farther_than_told_and_only_to_the_planes_wanted() -> None:
    scan = volume()
    mask = settled_on(scan, MIDDLE)
    near = propagate(scan, mask, [MIDDLE], limits=Limits(farthest=1))
    assert [one.plane for one in near.proposals] == [6, 8]
    mask[8][truth(8)] = 1
    some = propagate(scan, mask, [MIDDLE], planes=[9, 10])
    assert [one.plane for one in some.proposals] == [9, 10]


def test_progress_comes_to_its_end_and_a_stop_is_heeded() -> None:
    scan = volume()
    mask, told = settled_on(scan, MIDDLE), []
    propagate(scan, mask, [MIDDLE], progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == list(range(1, len(told) + 1))
    with pytest.raises(CancelledError):
        propagate(scan, mask, [MIDDLE], cancelled=lambda: len(told) > 0)


def test_rgb_and_planes_of_any_size_of_pixel_go_as_well() -> None:
    grey = volume()
    tall = Scan(grey.pixels[:, ::2], "zyx", voxel_size=(5.0, 2.0, 1.0))
    mask = settled_on(grey, MIDDLE)[:, ::2]
    assert len(propagate(tall, mask, [MIDDLE]).proposals) > 6
    color = Scan(np.repeat(grey.pixels[..., None], 3, -1), "zyxc")
    assert len(propagate(color, settled_on(grey, MIDDLE), [MIDDLE]).proposals) == 9


def test_what_cannot_be_is_said_in_a_sentence() -> None:
    scan = volume()
    mask = settled_on(scan, MIDDLE)
    with pytest.raises(MaskError, match="Nothing is outlined"):
        propagate(scan, mask, [0])
    with pytest.raises(MaskError, match="Nothing is outlined"):
        propagate(scan, mask, [])
    with pytest.raises(MaskError, match="no plane 99"):
        propagate(scan, mask, [MIDDLE, 99])
    with pytest.raises(MaskError, match="stack"):
        propagate(Scan(scan.pixels[0], "yx"), mask[0], [0])
