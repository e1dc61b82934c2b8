"""Robots click where an outline is wrong, as the protocol has it."""

import numpy as np
import pytest

from napari_multicancer.core.analysis.guides import deepest_point
from napari_multicancer.training.fit.pointing import (
    box_around,
    damaged,
    largest_error,
    point_at,
    stroke_through,
)

SHAPE = (80, 100)


def disc(row, column, radius):
    rows, columns = np.ogrid[: SHAPE[0], : SHAPE[1]]
    return np.hypot(rows - row, columns - column) <= radius


EXACT = {"jitter": 0, "wrong": 0, "stroke": 0}


def test_the_largest_error_is_found_and_said_to_be_missing_or_too_much():
    truth, mask = disc(40, 30, 15), disc(40, 80, 8)
    region, positive = largest_error(truth, mask)
    assert positive
    assert np.array_equal(region, truth)
    region, positive = largest_error(disc(40, 30, 5), mask)
    assert not positive
    assert np.array_equal(region, mask)
    assert largest_error(truth, truth) is None


def test_errors_that_are_drawn_come_by_their_size():
    truth, rng = disc(40, 25, 18) | disc(40, 80, 9), np.random.default_rng(0)
    nothing = np.zeros(SHAPE, bool)
    large = [largest_error(truth, nothing, rng)[0][40, 25] for _ in range(200)]
    assert 0.6 < np.mean(large) < 0.95


def test_the_deepest_point_is_the_middle_of_a_disc_and_within_a_region_at_the_edge():
    assert deepest_point(disc(40, 30, 15)) == (40, 30)
    row, column = deepest_point(disc(0, 50, 20))
    assert disc(0, 50, 20)[int(row), int(column)]
    assert 5 < row < 12


def test_a_click_without_noise_is_the_deepest_point_of_the_largest_error():
    rng = np.random.default_rng(1)
    clicks = {point_at(disc(40, 30, 15), np.zeros(SHAPE, bool), rng, **EXACT) for _ in range(5)}
    assert {(click.points, click.positive) for click in clicks} == {(((40.0, 30.0),), True)}
    assert point_at(disc(40, 30, 15), disc(40, 30, 15), rng, **EXACT) is None


def test_people_miss_by_pixels_and_are_wrong_now_and_then():
    rng, truth, nothing = np.random.default_rng(2), disc(40, 50, 20), np.zeros(SHAPE, bool)
    clicks = [point_at(truth, nothing, rng, jitter=3, wrong=0.05, stroke=0) for _ in range(1500)]
    rows = np.array([click.points[0][0] for click in clicks])
    assert 2.5 < rows.std() < 3.5
    assert 0.03 < np.mean([not click.positive for click in clicks]) < 0.07


def test_a_stroke_runs_along_the_longer_axis_inside():
    region = np.zeros(SHAPE, bool)
    region[35:45, 10:90] = True
    stroke = stroke_through(region, np.random.default_rng(3))
    rows, columns = np.array(stroke).T
    assert np.ptp(columns) > 30 > 5 > np.ptp(rows)
    assert all(region[int(row), int(column)] for row, column in stroke)


def test_a_box_holds_about_the_lesion_and_stays_in_the_picture():
    box = box_around(disc(5, 95, 20), np.random.default_rng(4))
    assert box.top >= 0
    assert box.left + box.width <= SHAPE[1]
    assert 20 < box.height < 32


@pytest.mark.parametrize("seed", range(6))
def test_a_damaged_outline_is_wrong_but_of_the_same_lesion(seed):
    truth, rng = disc(40, 50, 15), np.random.default_rng(seed)
    shares = []
    for _ in range(20):
        mask = damaged(truth, rng)
        shares.append((mask & truth).sum() / max(1, (mask | truth).sum()))
    assert 0.3 < np.mean(shares) < 0.9
    assert len(set(shares)) > 15
