"""What colors mean: a tint and a mark are no tissue, three contrasts are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from napari_multicancer.core.planes.color import (
    as_colored,
    luminance,
    rule_for_planes,
    shows_contrasts,
    to_grey,
)
from napari_multicancer.samples import SAMPLES

SIDE = 160
BREAST = next(sample for sample in SAMPLES if sample.organ == "breast")


def breast() -> np.ndarray:
    return np.asarray(Image.open(BREAST.path).convert("L").resize((SIDE, SIDE)))


def random_tint(seed: int) -> np.ndarray:
    """A breast scan whose channels are rising curves of its grey, each its own."""
    rng = np.random.default_rng(seed)
    nodes = np.linspace(0, 255, 6)
    curves = [np.interp(np.arange(256), nodes, np.sort(rng.uniform(0, 255, 6))) for _ in range(3)]
    return np.stack([curve[breast()] for curve in curves], axis=-1).astype(np.uint8)


def three_contrasts(seed: int) -> np.ndarray:
    """Three pictures of the same shapes, in which tissues differ in three ways."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(40, 255, (8, 8, 3)).repeat(20, axis=0).repeat(20, axis=1)
    return (blocks + rng.integers(0, 6, blocks.shape)).clip(0, 255).astype(np.uint8)


def with_body_mark(picture: np.ndarray) -> np.ndarray:
    marked = picture.copy()
    marked[8:22, 8:22] = (240, 200, 10)
    marked[100:112, 60:62] = marked[105:107, 55:67] = (250, 250, 20)
    return marked


@pytest.mark.slow
@settings(max_examples=200)
@given(st.integers(0, 10**6))
def test_a_tint_is_no_contrast(seed):
    assert not shows_contrasts(random_tint(seed))


@pytest.mark.slow
@settings(max_examples=50)
@given(st.integers(0, 10**6))
def test_colored_marks_do_not_make_a_tinted_picture_three_contrasts(seed):
    assert not shows_contrasts(with_body_mark(random_tint(seed)))


@pytest.mark.slow
@settings(max_examples=50)
@given(st.integers(0, 10**6))
def test_three_contrasts_pass_as_they_are(seed):
    picture = three_contrasts(seed)
    assert shows_contrasts(picture)
    assert as_colored(picture, "contrasts") is picture


@pytest.mark.slow
@settings(max_examples=50)
@given(st.integers(0, 10**6))
def test_a_tinted_picture_made_grey_keeps_the_order_of_its_greys(seed):
    grey, made = breast(), to_grey(random_tint(seed))
    means = np.array([made[grey == level].mean() for level in np.unique(grey)])
    assert (np.diff(means) > -0.01).all()


def test_equal_channels_are_that_grey_to_the_last_digit():
    grey = breast()
    np.testing.assert_array_equal(luminance(np.dstack([grey] * 3)), grey)
    np.testing.assert_array_equal(to_grey(np.dstack([grey] * 3)), grey)


def test_a_colored_mark_takes_the_grey_around_it_and_the_rest_stays():
    grey = breast()
    made = to_grey(with_body_mark(np.dstack([grey] * 3)))
    around = np.r_[grey[2:5, 8:22].ravel(), grey[25:28, 8:22].ravel()]
    assert abs(made[8:22, 8:22].mean() - around.mean()) < 25
    np.testing.assert_array_equal(made[30:90], grey[30:90])


def test_grey_planes_and_networks_without_a_rule_are_left_alone():
    grey, tinted = breast(), random_tint(0)
    assert as_colored(grey, "grey") is grey
    assert as_colored(tinted, "") is tinted


def test_a_plane_without_contrast_is_grey():
    assert not shows_contrasts(np.full((9, 9, 3), (10, 20, 30), np.uint8))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_the_rule_does_not_depend_on_how_numbers_are_kept(dtype):
    scale = 257 if dtype is np.uint16 else 1
    assert shows_contrasts((three_contrasts(1).astype(np.float64) * scale).astype(dtype))
    assert not shows_contrasts((random_tint(1).astype(np.float64) * scale).astype(dtype))


def test_a_stack_is_what_most_of_its_planes_are():
    contrasts, tinted = three_contrasts(0), random_tint(0)
    assert rule_for_planes([contrasts, contrasts, tinted], "contrasts") == ""
    assert rule_for_planes([contrasts, tinted, tinted], "contrasts") == "grey"
    assert rule_for_planes([contrasts], "grey") == "grey"
