"""A click corrects an outline, and what nobody pointed at stays as it was."""

from __future__ import annotations

import dask.array
import numpy as np
import pytest

from napari_multicancer.core.analysis.clicks import refine, replay
from napari_multicancer.core.analysis.guides import Click
from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.planes.letterbox import BoundingBox
from napari_multicancer.core.scan.scan import Scan

pytestmark = pytest.mark.usefixtures("bright_clicks")
SPOT, OTHER = (slice(40, 60), slice(50, 80)), (slice(90, 110), slice(20, 40))
IN_SPOT, IN_OTHER = Click.at(50, 65), Click.at(100, 30)


def picture() -> np.ndarray:
    pixels = np.random.default_rng(0).integers(20, 60, (128, 120)).astype(np.uint8)
    pixels[SPOT] = pixels[OTHER] = 250
    return pixels


@pytest.fixture
def scan() -> Scan:
    return Scan(picture(), "yx", name="spots")


def empty(scan: Scan) -> np.ndarray:
    return np.zeros(scan.spatial_shape, np.uint8)


def overlap(mask: np.ndarray, box: tuple[slice, slice]) -> float:
    truth = np.zeros(mask.shape, bool)
    truth[box] = True
    return float((truth & mask).sum() / (truth | mask).sum())


def test_a_click_outlines_what_it_lies_on_and_nothing_else(scan: Scan) -> None:
    refined = refine(scan, empty(scan), [IN_SPOT])
    assert overlap(refined.mask > 0, SPOT) > 0.85
    assert not refined.mask[OTHER].any()
    assert refined.seen
    assert refined.n_changed == np.count_nonzero(refined.mask)
    assert refined.model == "click 0.1.0"
    assert 0 <= refined.expected_overlap <= 1


def test_a_second_click_adds_and_a_third_takes_away(scan: Scan) -> None:
    both = replay(scan, empty(scan), [IN_SPOT, IN_OTHER])
    assert both.mask[SPOT].mean() > 0.85
    assert both.mask[OTHER].mean() > 0.85
    wrong = both.mask.copy()
    wrong[5:15, 5:15] = 1
    gone = refine(scan, wrong, [IN_SPOT, IN_OTHER, Click.at(10, 10, positive=False)])
    assert not gone.mask[5:15, 5:15].any()
    assert np.array_equal(gone.mask[20:], wrong[20:])


def test_the_mask_given_is_left_alone_and_its_type_kept(scan: Scan) -> None:
    mask = np.zeros(scan.spatial_shape, np.int64)
    refined = refine(scan, mask, [IN_SPOT], label=7)
    assert not mask.any()
    assert refined.mask.dtype == np.int64
    assert set(np.unique(refined.mask)) == {0, 7}


def test_other_labels_are_never_touched(scan: Scan) -> None:
    mask = empty(scan)
    mask[40:60, 60:70] = 2
    refined = refine(scan, mask, [Click.at(50, 55)])
    assert (refined.mask[40:60, 60:70] == 2).all()
    assert refined.mask[50, 55] == 1
    with pytest.raises(MaskError, match="another label"):
        refine(scan, mask, [Click.at(50, 65)])


def test_what_was_painted_stays_unless_it_is_clicked_on(scan: Scan) -> None:
    painted = np.zeros(scan.spatial_shape, bool)
    painted[40:60, 70:80] = True
    refined = refine(scan, empty(scan), [Click.at(50, 55)], painted=painted)
    assert not refined.mask[40:60, 70:80].any()
    assert refined.mask[50, 55] == 1
    clicked = refine(scan, empty(scan), [Click.at(50, 75)], painted=painted)
    assert clicked.mask[50, 75] == 1


@pytest.mark.slow
def test_earlier_clicks_stay_true(scan: Scan) -> None:
    first = Click.at(45, 55, positive=False)
    refined = refine(scan, empty(scan), [first, IN_SPOT])
    assert refined.mask[45, 55] == 0
    assert refined.mask[50, 65] == 1


def test_where_the_network_sees_nothing_the_pixels_under_the_click_obey(scan: Scan) -> None:
    dark = Scan(np.full((64, 64), 10, np.uint8), "yx")
    refined = refine(dark, np.zeros((64, 64), np.uint8), [Click.at(32, 32)])
    assert refined.mask[32, 32] == 1
    assert refined.n_changed < 120


def test_nothing_outside_a_box_changes(scan: Scan) -> None:
    box = BoundingBox(40, 50, 20, 15)
    refined = refine(scan, empty(scan), [Click.at(50, 55)], box=box)
    assert refined.mask[40:60, 50:65].mean() > 0.8
    assert not refined.mask[:, 66:].any()
    with pytest.raises(MaskError, match="box"):
        refine(
            Scan(np.zeros((64, 9000), np.uint8), "yx"),
            np.zeros((64, 9000), np.uint8),
            [Click.at(10, 10)],
            box=BoundingBox(0, 8000, 64, 100),
        )


def test_on_a_stack_the_plane_of_the_click_changes_alone(scan: Scan) -> None:
    stack = Scan(np.stack([picture()] * 5), "zyx")
    mask = np.zeros(stack.spatial_shape, np.uint8)
    refined = refine(stack, mask, [IN_SPOT], plane=3)
    assert refined.mask[3].any()
    assert not refined.mask[[0, 1, 2, 4]].any()
    assert np.array_equal(refined.mask[3], refine(scan, empty(scan), [IN_SPOT]).mask)


def test_color_and_grey_give_the_same_answer(scan: Scan) -> None:
    tinted = (picture()[..., None] * np.array([1.0, 0.95, 0.9])).astype(np.uint8)
    mask = refine(Scan(tinted, "yxc"), empty(scan), [IN_SPOT]).mask
    assert overlap(mask > 0, SPOT) > 0.8


@pytest.mark.parametrize(
    ("click", "says"),
    [(Click.at(500, 10), "outside"), (Click.at(-1, 10), "outside")],
)
def test_a_click_outside_the_picture_is_refused(scan: Scan, click: Click, says: str) -> None:
    with pytest.raises(MaskError, match=says):
        refine(scan, empty(scan), [click])


def test_no_click_another_shape_and_an_unknown_plane_are_refused(scan: Scan) -> None:
    with pytest.raises(MaskError, match="no click"):
        refine(scan, empty(scan), [])
    with pytest.raises(MaskError, match="no click"):
        replay(scan, empty(scan), [])
    with pytest.raises(MaskError, match="shape"):
        refine(scan, np.zeros((10, 10), np.uint8), [Click.at(1, 1)])
    with pytest.raises(MaskError, match="no plane"):
        refine(scan, empty(scan), [IN_SPOT], plane=1)


@pytest.mark.slow
def test_of_a_huge_picture_the_surroundings_of_the_click_change_alone() -> None:
    size, side = 6_000, 1_000

    def block(block_info: dict) -> np.ndarray:
        location = block_info[None]["array-location"]
        return np.full([stop - start for start, stop in location], 90, np.uint8)

    nothing = np.empty((0, 0), np.uint8)
    chunks = ((side,) * (size // side),) * 2
    pixels = dask.array.map_blocks(block, chunks=chunks, dtype=np.uint8, meta=nothing)
    mask = np.broadcast_to(np.uint8(0), (size, size))
    refined = refine(Scan(pixels, "yx"), mask, [Click.at(3000, 3000)])
    assert refined.values.size <= 2048**2
    assert refined.values.any()
    assert refined.index == (slice(1976, 4024), slice(1976, 4024))


def test_what_goes_on_beyond_the_part_is_looked_at_once_more(scan: Scan) -> None:
    long = np.full((200, 600), 30, np.uint8)
    long[90:110, 50:550] = 250
    wide = Scan(long, "yx")
    refined = refine(wide, np.zeros(long.shape, np.uint8), [Click.at(100, 300)])
    assert refined.mask[100, 60:540].all()


def test_where_the_network_doubts_the_click_decides() -> None:
    dim = np.full((128, 128), 20, np.uint8)
    dim[0] = 255  # the white point
    dim[50:70, 50:70] = 150  # below what the network calls bright
    doubtful = Scan(dim, "yx")
    refined = refine(doubtful, np.zeros(dim.shape, np.uint8), [Click.at(60, 60)])
    assert refined.mask[52:68, 52:68].all()
    assert refined.n_changed < 700
    assert refined.seen
