"""Simulated users point at what is wrong."""

import numpy as np
import pytest
from scipy import ndimage

from napari_multicancer.core.analysis.guides import Click
from napari_multicancer.core.masks.overlap import dice
from napari_multicancer.training.robots.brush import LARGEST, brush_stroke, painted
from napari_multicancer.training.robots.errors import wrong_parts
from napari_multicancer.training.robots.exact import deepest_click
from napari_multicancer.training.robots.human import Habits, Human, beyond_border
from napari_multicancer.training.robots.strokes import middle_line

STEADY = Habits(jitter=0, any_part=0, wrong=0, box_jitter=0)


def ellipse(shape=(96, 128), center=(48, 64), radii=(20, 30)):
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return ((rows - center[0]) / radii[0]) ** 2 + ((columns - center[1]) / radii[1]) ** 2 <= 1


def nothing():
    return np.zeros((96, 128), bool)


def pixel(click):
    return tuple(int(value) for value in click.points[0])


def by_whole_plane(truth, mask, clicked=()):
    """RITM's protocol, word by word: two distance maps of the whole plane."""
    depths = []
    for wrong in (truth & ~mask, mask & ~truth):
        depth = ndimage.distance_transform_edt(np.pad(wrong, 1))[1:-1, 1:-1]
        for place in clicked:
            depth[place] = 0
        depths.append(depth)
    missing, held = depths
    positive = missing.max() > held.max()
    deepest = missing if positive else held
    return float(deepest.max()), positive, deepest


@pytest.mark.parametrize("seed", range(25))
def test_the_exact_robot_clicks_where_ritms_protocol_does(seed):
    rng = np.random.default_rng(seed)
    smooth = [ndimage.gaussian_filter(rng.normal(size=(60, 70)), 1 + seed % 5) for _ in "tm"]
    truth, mask = (field > 0 for field in smooth)
    clicks = []
    for _ in range(6):
        depth, positive, depths = by_whole_plane(truth, mask, [pixel(one) for one in clicks])
        click = deepest_click(truth, mask, clicks)
        assert click.positive == positive
        assert depths[pixel(click)] == depth
        clicks.append(click)


def test_a_click_on_what_is_missing_is_positive_and_on_what_is_too_much_negative():
    truth = ellipse()
    assert deepest_click(truth, nothing()) == Click.at(48, 64)
    assert not deepest_click(nothing(), truth).positive


def test_the_edge_of_the_picture_ends_an_error():
    everything = np.ones((31, 61), bool)
    assert deepest_click(everything, ~everything).points[0][0] == 15


def test_nobody_clicks_a_right_mask_or_a_pixel_twice():
    truth = nothing()
    assert deepest_click(truth, truth) is None
    assert Human(0).click(truth, truth) is None
    assert Human(0).stroke(truth, truth) is None
    assert brush_stroke(truth, truth) is None
    truth[5, 7] = True
    assert deepest_click(truth, nothing(), [Click.at(5, 7)]) is None
    assert Human(0).click(truth, nothing(), [Click.at(5, 7)]) is None


def test_a_steady_human_clicks_as_the_exact_robot_does():
    truth, mask = ellipse(), ellipse(center=(55, 70))
    assert Human(3, STEADY).click(truth, mask) == deepest_click(truth, mask)


def test_the_same_seed_clicks_the_same_and_another_one_does_not():
    def clicks(seed):
        human = Human(seed)
        return [human.click(ellipse(), nothing()) for _ in range(8)]

    assert clicks(1) == clicks(1) != clicks(2)


def test_a_trembling_hand_scatters_as_far_as_told_and_stays_in_the_picture():
    human = Human(0, Habits(jitter=3, any_part=0, wrong=0))
    landed = np.array([human.click(ellipse(), nothing()).points[0] for _ in range(400)])
    assert np.abs(landed.mean(axis=0) - (48, 64)).max() < 0.6
    assert np.abs(landed.std(axis=0) - 3).max() < 0.4
    corner = ellipse(center=(0, 127), radii=(6, 6))
    wild = Human(0, Habits(jitter=40, any_part=0, wrong=0))
    assert all(wild.click(corner, nothing()).is_inside(corner.shape) for _ in range(100))
    assert all(wild.stroke(corner, nothing()).is_inside(corner.shape) for _ in range(30))


def test_any_wrong_part_is_clicked_as_often_as_it_is_large():
    truth = nothing()
    truth[10:40, 10:40] = True  # 900 pixels, the deepest
    truth[70:73, 20:120] = True  # 300 pixels
    human = Human(0, Habits(jitter=0, any_part=1, wrong=0))
    thin = [pixel(human.click(truth, nothing()))[0] >= 70 for _ in range(400)]
    assert 0.19 < np.mean(thin) < 0.31
    usual = Human(0, Habits(jitter=0, wrong=0))
    assert np.mean([pixel(usual.click(truth, nothing()))[0] >= 70 for _ in range(400)]) < 0.15


def test_a_wrong_click_asks_for_the_opposite_or_lands_beyond_the_border():
    truth = ellipse()
    human = Human(0, Habits(jitter=0, any_part=0, wrong=1))
    clicks = [human.click(truth, nothing()) for _ in range(200)]
    flipped = np.array([not click.positive for click in clicks])
    outside = np.array([not truth[pixel(click)] for click in clicks])
    assert (flipped ^ outside).all()
    assert 0.4 < flipped.mean() < 0.6
    usual = Human(0, Habits(jitter=0, any_part=0))
    errors = [
        not click.positive or not truth[pixel(click)]
        for click in (usual.click(truth, nothing()) for _ in range(1000))
    ]
    assert 0.03 < np.mean(errors) < 0.07


def test_beyond_the_border_is_as_far_as_before_it_where_the_picture_allows():
    half = np.zeros((20, 40), bool)
    half[:, :10] = True
    assert beyond_border(half, (8, 6)) == (8, 14)
    assert beyond_border(~half, (8, 39)) == (8, 0)
    assert beyond_border(np.ones((4, 4), bool), (1, 1)) is None


def test_a_stroke_runs_along_the_middle_from_end_to_end():
    truth = nothing()
    truth[40:49, 10:110] = True
    click = Human(0, STEADY).stroke(truth, nothing())
    points = np.array(click.points)
    assert click.positive
    assert np.ptp(points[:, 1]) > 85
    assert np.abs(points[:, 0] - 44).max() <= 4
    assert truth[click.pixels(truth.shape)].all()


@pytest.mark.parametrize("height", [1, 2, 3, 8])
@pytest.mark.parametrize("width", [1, 2, 3, 9, 30])
def test_however_small_a_part_is_its_stroke_lies_in_it(height, width):
    truth = nothing()
    truth[20 : 20 + height, 30 : 30 + width] = True
    (part,) = wrong_parts(truth, nothing())
    assert truth[Click(middle_line(part)).pixels(truth.shape)].all()


def test_a_stroke_along_a_bend_follows_it():
    bend = ellipse(radii=(40, 40)) & ~ellipse(radii=(30, 30))
    bend[:, 64:] = False
    (part,) = wrong_parts(bend, nothing())
    line = Click(middle_line(part))
    near = ndimage.binary_dilation(bend, iterations=2)
    assert near[line.pixels(bend.shape)].all()
    assert len(line.points) > 4


def test_a_box_is_the_truths_own_but_for_a_twentieth_of_its_sides():
    truth = ellipse()
    box = Human(0, STEADY).box(truth)
    assert (box.top, box.left, box.height, box.width) == (28, 34, 41, 61)
    human = Human(0)
    drawn = [human.box(truth) for _ in range(400)]
    assert abs(np.std([box.left for box in drawn]) - 0.05 * 61) < 0.5
    assert abs(np.mean([box.height for box in drawn]) - 41) < 0.5


def test_a_box_never_leaves_the_picture_and_is_never_empty():
    human = Human(0, Habits(box_jitter=2.0))
    for truth in (np.ones((9, 12), bool), ellipse((9, 12), (8, 11), (0.5, 0.5))):
        for _ in range(200):
            box = human.box(truth)
            assert truth[box.slices].shape == (box.height, box.width)
            assert box.height > 0
            assert box.width > 0


def test_the_brush_paints_a_lesion_within_twenty_strokes():
    truth, mask, strokes = ellipse(), nothing(), 0
    while dice(truth, mask) < 0.9:
        stroke = brush_stroke(truth, mask)
        assert stroke.radius <= LARGEST
        mask, strokes = painted(mask, stroke), strokes + 1
    assert 3 < strokes <= 20


def test_the_brush_erases_what_is_too_much_and_is_thin_where_that_is_thin():
    truth = ellipse()
    mask = truth.copy()
    mask[5:8, 20:100] = True
    stroke = brush_stroke(truth, mask)
    assert not stroke.line.positive
    assert stroke.radius < 2
    after = painted(mask, stroke)
    assert after[5:8].sum() < 0.1 * mask[5:8].sum()
    assert (after[28:] == mask[28:]).all()
