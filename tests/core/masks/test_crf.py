from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit

from napari_multicancer.core.masks.crf import CERTAIN, CrfParameters, fully_connected_crf

SHAPE = (24, 24)
PARAMETERS = {
    "default": CrfParameters(),
    "strong and far": CrfParameters(bilateral_weight=10, bilateral_sigma=40, intensity_sigma=10),
    "near": CrfParameters(bilateral_weight=5, bilateral_sigma=6, intensity_sigma=15),
    "bilateral alone": CrfParameters(position_weight=1e-6, bilateral_weight=5),
    "position alone": CrfParameters(bilateral_weight=1e-6),
    "one update": CrfParameters(iterations=1),
}


def disk():
    rows, columns = np.ogrid[: SHAPE[0], : SHAPE[1]]
    return (rows - 11) ** 2 + (columns - 12) ** 2 < 49


def example(channels, seed=0):
    """Draw a noisy disk and a probability map that is wrong in every fifth pixel."""
    rng = np.random.default_rng(seed)
    shape = SHAPE if channels is None else (*SHAPE, channels)
    inside = disk() if channels is None else disk()[..., None]
    plane = 60 + inside * rng.uniform(40, 120, shape[2:]) + rng.normal(0, 12, shape)
    wrong = rng.random(SHAPE) < 0.2
    probability = np.where(disk() ^ wrong, 0.7, 0.3) + rng.normal(0, 0.08, SHAPE)
    return (
        np.clip(probability, 0.01, 0.99).astype(np.float32),
        np.clip(plane, 0, 255).astype(np.float32),
    )


def brute_force(probability, plane, parameters):
    """Mean field over the full kernel matrices, after the equation of the docstring."""
    places = np.indices(probability.shape).reshape(2, -1).T.astype(float)
    colours = plane.reshape(probability.size, -1).astype(float)
    apart = ((places[:, None] - places) ** 2).sum(axis=-1)
    unlike = ((colours[:, None] - colours) ** 2).mean(axis=-1)
    near = np.exp(-apart / (2 * parameters.position_sigma**2))
    alike = np.exp(
        -apart / (2 * parameters.bilateral_sigma**2) - unlike / (2 * parameters.intensity_sigma**2)
    )
    pull = np.zeros_like(apart)
    for weight, kernel in (
        (parameters.position_weight, near),
        (parameters.bilateral_weight, alike),
    ):
        total = kernel.sum(axis=1)
        pull += weight * kernel / np.sqrt(total[:, None] * total)
    np.fill_diagonal(pull, 0)
    unary = logit(np.clip(probability.ravel().astype(float), CERTAIN, 1 - CERTAIN))
    belief = expit(unary)
    for _ in range(parameters.iterations):
        belief = expit(unary + pull @ (2 * belief - 1))
    return belief.reshape(probability.shape)


@pytest.mark.parametrize("parameters", PARAMETERS.values(), ids=PARAMETERS)
@pytest.mark.parametrize(
    ("channels", "tolerance"), [(None, 0.03), (3, 0.08)], ids=["grey", "colour"]
)
def test_marginals_agree_with_brute_force_mean_field(channels, tolerance, parameters):
    for seed in range(3):
        probability, plane = example(channels, seed)
        found = fully_connected_crf(probability, plane, parameters)
        gap = np.abs(found - brute_force(probability, plane, parameters))
        assert gap.max() < tolerance
        assert gap.mean() < 0.005


def test_two_pixels_by_hand():
    parameters = CrfParameters(
        position_weight=2, position_sigma=1, bilateral_weight=1e-9, iterations=1
    )
    found = fully_connected_crf(
        np.array([[0.8, 0.5]], np.float32), np.zeros((1, 2), np.float32), parameters
    )
    kernel = np.exp(-0.5)
    share = kernel / (1 + kernel)
    expected = [[0.8, 1 / (1 + np.exp(-2 * share * 0.6))]]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_map_is_drawn_to_the_edges_of_the_plane():
    probability, plane = example(None)
    before = np.mean((probability > 0.5) != disk())
    after = np.mean((fully_connected_crf(probability, plane) > 0.5) != disk())
    assert before > 0.1
    assert after < 0.01


def test_a_grey_plane_counts_the_same_when_repeated_as_colour():
    probability, plane = example(None)
    np.testing.assert_array_equal(
        fully_connected_crf(probability, plane),
        fully_connected_crf(probability, np.dstack([plane] * 3)),
    )


def test_turning_the_picture_turns_the_answer():
    probability, plane = example(3)
    upright = fully_connected_crf(probability[:20], plane[:20])
    turned = fully_connected_crf(probability[:20].T, plane[:20].swapaxes(0, 1))
    np.testing.assert_allclose(turned.T, upright, atol=1e-4)


def test_swapping_lesion_and_background_swaps_the_answer():
    probability, plane = example(None)
    other = fully_connected_crf(1 - probability, plane)
    np.testing.assert_allclose(1 - other, fully_connected_crf(probability, plane), atol=1e-4)


@pytest.mark.parametrize("probability", [0.0, 1.0])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (20, 13)])
def test_certainty_on_a_constant_plane_stays_finite(probability, shape):
    found = fully_connected_crf(
        np.full(shape, probability, np.float32), np.full(shape, 7, np.float32)
    )
    assert (found.shape, found.dtype) == (shape, np.float32)
    np.testing.assert_allclose(found, probability, atol=1e-4)


@pytest.mark.parametrize("name", ["position_sigma", "intensity_sigma", "iterations"])
def test_a_parameter_of_zero_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} must be above 0"):
        replace(CrfParameters(), **{name: 0})


def test_a_plane_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"plane measures \(3, 4\), its probability map \(4, 3\)"):
        fully_connected_crf(np.zeros((4, 3), np.float32), np.zeros((3, 4), np.float32))
