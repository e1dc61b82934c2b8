from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from napari_multicancer.core.models.cards import find_model
from napari_multicancer.training.export.calibration import (
    choose_mask_rules,
    fit_confidence,
    fit_temperature,
    fit_unfamiliar_distance,
    source_weights,
)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_logits_is_found(temperature):
    rng = np.random.default_rng(0)
    honest = rng.normal(0, 2, (4000, 3))
    labels = np.array([rng.choice(3, p=p) for p in softmax(honest, axis=1)])
    logits = (honest * temperature).astype(np.float32)
    assert fit_temperature(logits, labels) == pytest.approx(temperature, rel=0.1)


def test_confident_answers_are_right_95_times_in_a_hundred():
    rng = np.random.default_rng(1)
    probabilities = softmax(rng.normal(0, 2, (4000, 3)), axis=1)
    labels = np.array([rng.choice(3, p=p) for p in probabilities])
    threshold = fit_confidence(probabilities, labels)
    confident = probabilities.max(axis=1) >= threshold
    right = (probabilities.argmax(axis=1) == labels)[confident]
    assert 0.95 <= right.mean() < 0.97
    assert confident.sum() > 500


def test_easy_answers_do_not_hide_that_another_one_is_wrong():
    healthy = [[0.99, 0.01]] * 90
    missed, found = [[0.7, 0.3]] * 9, [[0.2, 0.8]] * 9
    probabilities = np.array([*healthy, *missed, *found])
    labels = np.array([0] * 90 + [1] * 18)
    assert fit_confidence(probabilities, labels, accuracy=0.9) == 0.5
    assert fit_confidence(probabilities, labels, accuracy=0.95, each_answer=True) == 0.71


def test_a_small_source_counts_as_much_as_a_large_one():
    weights = source_weights(["large"] * 9 + ["small"])
    np.testing.assert_allclose(weights, [1 / 18] * 9 + [1 / 2])
    probabilities = np.array([[0.9, 0.1]] * 9 + [[0.8, 0.2]])
    labels = np.array([0] * 9 + [1])
    assert fit_confidence(probabilities, labels, accuracy=0.9) == 0.5
    assert fit_confidence(probabilities, labels, weights, accuracy=0.9) == 0.81


def test_the_threshold_never_falls_below_chance():
    probabilities = np.array([[0.5, 0.5], [0.9, 0.1]])
    assert fit_confidence(probabilities, np.array([0, 0])) == 0.5


def test_mask_rules_silence_what_the_diagnosis_calls_healthy():
    card = replace(find_model("brain"), input_size=64)
    maps = np.zeros((6, 64, 64), np.float32)
    truths = np.zeros((6, 64, 64), np.uint8)
    maps[:, 10:40, 10:40] = 0.71
    truths[:3, 10:40, 10:40] = 1
    no_lesion = np.array([0.1, 0.2, 0.6, 0.85, 0.9, 0.97])
    chosen = choose_mask_rules(card, maps, no_lesion, truths)
    assert 0.6 < chosen.no_lesion_threshold <= 0.85
    assert chosen.mask_threshold <= 0.7


def test_one_in_two_hundred_known_scans_lies_beyond_the_familiar_distance():
    distances = np.linspace(0, 1, 1001).astype(np.float32)
    assert fit_unfamiliar_distance(distances) == pytest.approx(0.995)
