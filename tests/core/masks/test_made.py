"""Which planes are a person's own, and which a program's."""

from __future__ import annotations

import numpy as np

from napari_multicancer.core.masks.made import PlanesMade

FIRST = np.zeros((3, 6, 6), np.uint8)


def drawn(mask: np.ndarray, plane: int) -> np.ndarray:
    changed = mask.copy()
    changed[plane, plane, 3] = 1
    return changed


def test_a_step_of_the_program_is_nobodys_and_a_plane_drawn_on_stays_a_persons() -> None:
    made = PlanesMade()
    mine = drawn(FIRST, 1)
    assert made.by_hand(mine, FIRST) == {1}
    after = drawn(mine, 2)
    after[1, 5] = 1
    made.add(made.made_by(mine, after, FIRST))
    assert made.by_hand(after, FIRST) == {1}
    assert made.by_hand(mine, FIRST) == {1}
    assert made.by_hand(drawn(after, 0), FIRST) == {0, 1}


def test_a_first_outline_that_is_not_known_makes_nothing_a_persons() -> None:
    made = PlanesMade()
    assert made.by_hand(drawn(FIRST, 1), None) == set()
    assert made.by_hand(drawn(FIRST, 1), FIRST[:2]) == set()


def test_where_a_plane_was_cut_goes_with_its_pixels() -> None:
    made = PlanesMade()
    cut = drawn(FIRST, 1)
    made.add(made.made_by(FIRST[1:2], cut[1:2], FIRST[1:2], start=1, cut=0.3))
    assert made.cuts(cut, 0.5) == [0.5, 0.3, 0.5]
    assert made.cuts(FIRST, 0.5) == [0.5, 0.5, 0.5]
    later = cut.copy()
    later[1, 0] = 1
    made.add(made.made_by(cut, later, FIRST))
    assert made.cuts(later, 0.5) == [0.5, 0.3, 0.5]
