"""Changes of how a scan looks leave what it shows where it is."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from napari_multicancer.samples import SAMPLES
from napari_multicancer.training.fit import appearance
from napari_multicancer.training.fit.appearance import change_appearance
from napari_multicancer.training.recipe import find_recipe

SIDE = 96
INNER = (slice(0, SIDE), slice(10, 80))
NEVER = find_recipe("breast")
ALWAYS = replace(NEVER, contrast_probability=1.0, blur_probability=1.0, marks_probability=1.0)


@pytest.fixture
def picture():
    sample = next(sample for sample in SAMPLES if sample.organ == "brain")
    grey = np.asarray(Image.open(sample.path).convert("L").resize((SIDE, SIDE)))
    return np.repeat(grey[..., None], 3, axis=-1)


def test_nothing_to_do_gives_the_picture_itself(picture):
    assert change_appearance(picture, INNER, NEVER, np.random.default_rng(0)) is picture


def test_the_picture_that_is_kept_in_memory_is_never_written_to(picture):
    before = picture.copy()
    for seed in range(20):
        changed = change_appearance(picture, INNER, ALWAYS, np.random.default_rng(seed))
        assert changed.shape == picture.shape
        assert changed.dtype == np.uint8
        assert (changed != before).any()
    np.testing.assert_array_equal(picture, before)


@pytest.mark.parametrize("change", appearance.CONTRASTS)
def test_a_grey_picture_stays_grey(picture, change):
    for seed in range(10):
        changed = change(picture, np.random.default_rng(seed))
        np.testing.assert_array_equal(changed[..., 0], changed[..., 2])


@pytest.mark.parametrize("change", [appearance.inverting_curve, appearance.random_convolution])
def test_background_stays_black(picture, change):
    picture[:20] = 0
    for seed in range(10):
        assert change(picture, np.random.default_rng(seed))[:20].max() == 0


def test_a_rising_curve_keeps_the_order_of_greys(picture):
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=-1)
    for seed in range(20):
        changed = appearance.monotone_curve(ramp, np.random.default_rng(seed))
        assert (np.diff(changed[0, :, 0].astype(int)) >= 0).all()


def test_an_inverting_curve_turns_it_round(picture):
    ramp = np.repeat(np.arange(20, 256, dtype=np.uint8)[None, :, None], 3, axis=-1)
    changed = appearance.inverting_curve(ramp, np.random.default_rng(0))
    assert changed[0, 0, 0] > changed[0, -1, 0]


def test_marks_cover_little(picture):
    changed = [
        (appearance.with_marks(picture, INNER, np.random.default_rng(seed)) != picture).mean()
        for seed in range(30)
    ]
    assert max(changed) < 0.2
    assert np.mean(changed) > 0.001
