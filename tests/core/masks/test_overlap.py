import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_multicancer.core.masks.overlap import dice, hausdorff_95, iou, smoothed_pixel_dice

MASKS = arrays(bool, (6, 7))


@pytest.mark.slow
@given(MASKS, MASKS)
def test_dice_and_iou_hold_their_identity(truth, predicted):
    overlap = iou(truth, predicted)
    assert dice(truth, predicted) == pytest.approx(2 * overlap / (1 + overlap))


def test_dice_and_iou_of_a_case_counted_by_hand():
    truth, predicted = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    truth[0, :3] = True
    predicted[0, 1:] = True
    assert dice(truth, predicted) == pytest.approx(4 / 6)
    assert iou(truth, predicted) == pytest.approx(2 / 4)


def test_background_does_not_count_as_agreement():
    truth, predicted = np.zeros((100, 100), bool), np.zeros((100, 100), bool)
    truth[0, 0] = predicted[99, 99] = True
    assert dice(truth, predicted) == 0


def test_two_empty_masks_agree_and_other_shapes_are_refused():
    empty = np.zeros((3, 3), bool)
    assert dice(empty, empty) == iou(empty, empty) == 1
    with pytest.raises(ValueError, match="cannot be compared"):
        dice(empty, np.zeros((3, 4), bool))


def test_a_smoothed_pixel_dice_of_0_962_stands_beside_an_iou_of_0_55():
    truth, predicted = np.zeros(1000, bool), np.zeros(1000, bool)
    truth[:131] = True
    predicted[38:169] = True
    assert iou(truth, predicted) == pytest.approx(93 / 169)
    assert dice(truth, predicted) == pytest.approx(186 / 262)
    assert smoothed_pixel_dice(truth, predicted) == pytest.approx(0.962)


@pytest.mark.slow
@given(MASKS, MASKS, st.sampled_from([1e-3, 1.0, 10.0]))
def test_smoothed_pixel_dice_is_the_mean_of_single_pixels(truth, predicted, smoothing):
    t, p = truth.astype(float), predicted.astype(float)
    by_pixel = (2 * t * p + smoothing) / (t + p + smoothing)
    assert smoothed_pixel_dice(truth, predicted, smoothing) == pytest.approx(by_pixel.mean())


@pytest.mark.slow
@given(MASKS, MASKS)
def test_smoothed_pixel_dice_never_falls_below_one_half(truth, predicted):
    assert smoothed_pixel_dice(truth, predicted) >= 0.5


def test_hausdorff_distance_of_cases_counted_by_hand():
    one, other = np.zeros((20, 20), bool), np.zeros((20, 20), bool)
    one[3, 2] = other[6, 6] = True
    assert hausdorff_95(one, other) == 5
    assert hausdorff_95(one, one) == 0
    line, point = np.zeros((1, 25), bool), np.zeros((1, 25), bool)
    line[0, :20] = point[0, 0] = True
    distances = [0, *range(20)]
    assert hausdorff_95(line, point) == pytest.approx(np.percentile(distances, 95))


def test_only_surfaces_count_for_the_hausdorff_distance():
    truth, predicted = np.zeros((30, 30), bool), np.zeros((30, 30), bool)
    truth[5:25, 5:25] = True
    predicted[5:25, 5:25] = True
    predicted[14:16, 14:16] = False
    around_hole, surface = 8, 4 * 20 - 4
    to_truth = [8] * 4 + [9] * 4
    counted = [0] * (2 * surface) + to_truth
    assert len(to_truth) == around_hole
    assert hausdorff_95(truth, predicted) == pytest.approx(np.percentile(counted, 95))


@pytest.mark.slow
@given(MASKS, MASKS)
def test_the_hausdorff_distance_is_symmetric_and_undefined_without_a_surface(truth, predicted):
    distance = hausdorff_95(truth, predicted)
    if truth.any() and predicted.any():
        assert distance == pytest.approx(hausdorff_95(predicted, truth))
        assert (distance == 0) or (dice(truth, predicted) < 1)
    else:
        assert np.isnan(distance)
