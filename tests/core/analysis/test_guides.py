"""What a user points at is drawn where the network looks."""

from __future__ import annotations

import numpy as np
import pytest

from napari_multicancer.core.analysis.guides import (
    DISC,
    GUIDES,
    SMALLEST_PART,
    Click,
    guide_maps,
    part_around,
    touches_inner_edge,
)
from napari_multicancer.core.errors import MaskError
from napari_multicancer.core.planes.letterbox import BoundingBox, Letterbox

SHAPE = (300, 400)


def lesion(rows: slice, columns: slice) -> np.ndarray:
    drawn = np.zeros(SHAPE, bool)
    drawn[rows, columns] = True
    return drawn


def test_a_click_without_a_place_is_refused() -> None:
    with pytest.raises(MaskError, match="place"):
        Click(())
    with pytest.raises(MaskError, match="place"):
        Click.at(float("nan"), 3)


def test_the_part_is_somewhat_larger_than_what_is_outlined() -> None:
    part = part_around(SHAPE, lesion(slice(100, 200), slice(100, 150)))
    assert (part.height, part.width) == (140, 140)
    assert part.slices == (slice(80, 220), slice(55, 195))


def test_the_part_grows_with_a_click_outside_and_is_never_tiny() -> None:
    small = lesion(slice(100, 104), slice(100, 104))
    assert part_around(SHAPE, small).height == SMALLEST_PART
    grown = part_around(SHAPE, small, [Click.at(100, 300)])
    assert grown.left <= 100
    assert grown.left + grown.width > 300


def test_a_part_is_square_on_the_screen_where_pixels_are_not() -> None:
    part = part_around(SHAPE, lesion(slice(100, 150), slice(100, 200)), aspect=2.0)
    assert part.width == pytest.approx(2 * part.height, abs=2)


def test_a_first_click_on_nothing_shows_a_good_part_of_the_plane() -> None:
    part = part_around(SHAPE, np.zeros(SHAPE, bool), [Click.at(150, 200)])
    assert part.height == part.width == 180


def test_a_part_stays_within_the_plane() -> None:
    part = part_around(SHAPE, lesion(slice(0, 300), slice(380, 400)), [Click.at(299, 399)])
    assert part.top >= 0
    assert part.left + part.width <= 400


@pytest.mark.parametrize(("row", "column"), [(0, 0), (150, 200), (299, 399), (80, 333)])
def test_a_click_lies_where_its_pixel_is_seen(row: int, column: int) -> None:
    box = Letterbox.fit(*SHAPE, 256)
    plane = np.zeros(SHAPE, np.float32)
    plane[row, column] = 1
    maps = guide_maps(box, np.zeros(SHAPE), [Click.at(row, column)])
    positive = maps[..., GUIDES.index("positive")]
    where = np.unravel_index(box.there(plane).argmax(), positive.shape)
    assert positive[where] == 1
    assert positive.sum() <= np.pi * (DISC + 1) ** 2
    assert not maps[..., GUIDES.index("negative")].any()


def test_a_stroke_is_a_band_and_one_outside_the_part_draws_nothing() -> None:
    box = Letterbox.fit(*SHAPE, 256, BoundingBox(0, 0, 100, 100))
    stroke = Click(((50.0, 20.0), (50.0, 80.0)), positive=False)
    maps = guide_maps(box, np.zeros(SHAPE), [stroke, Click.at(250, 350)])
    negative = maps[..., GUIDES.index("negative")]
    assert negative[128, 60:200].all()
    assert negative[128 + 9].max() == 0
    assert not maps[..., GUIDES.index("positive")].any()


def test_mask_box_and_prior_are_seen_at_their_places() -> None:
    box = Letterbox.fit(*SHAPE, 200, BoundingBox(100, 100, 200, 200))
    mask = lesion(slice(120, 140), slice(130, 150))
    drawn = BoundingBox(110, 120, 60, 70)
    maps = guide_maps(box, mask, (), drawn, mask.astype(np.float32) / 2)
    assert np.array_equal(maps[..., 0] > 0.5, mask[100:300, 100:300])
    assert maps[..., 4].max() == 0.5
    inside = np.argwhere(maps[..., 3])
    assert inside.min(0).tolist() == [10, 20]
    assert inside.max(0).tolist() == [69, 89]


def test_a_part_may_be_asked_to_be_larger_than_what_it_holds() -> None:
    small = lesion(slice(100, 104), slice(100, 104))
    assert part_around(SHAPE, small, least=0.25).height == 100
    large = lesion(slice(50, 250), slice(100, 300))
    assert part_around(SHAPE, large, least=0.25) == part_around(SHAPE, large)


def test_an_edge_is_inner_where_the_plane_goes_on_beyond() -> None:
    part = BoundingBox(0, 100, 100, 100)
    assert not touches_inner_edge(lesion(slice(0, 50), slice(120, 150)), part, SHAPE)
    assert touches_inner_edge(lesion(slice(50, 150), slice(120, 150)), part, SHAPE)
    assert touches_inner_edge(lesion(slice(10, 50), slice(50, 150)), part, SHAPE)
    assert not touches_inner_edge(lesion(slice(10, 50), slice(101, 150)), part, SHAPE)
