from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage
from skimage.draw import disk

from napari_multicancer.training.fit.augmentation import augment, draw_changes
from napari_multicancer.training.fit.crops import Window
from napari_multicancer.training.recipe import find_recipe

BREAST = find_recipe("breast")


def changed(image, mask, config, rng, window=None):
    """Draw changes for one picture and make them."""
    changes = draw_changes(len(image), config, rng, window)
    images, masks = augment(
        image[None], mask[None], {name: value[None] for name, value in changes.items()}
    )
    return np.asarray(images)[0], np.asarray(masks)[0, ..., 0]


@pytest.fixture
def bright_lesion():
    image = np.full((128, 128, 3), 20, np.uint8)
    mask = np.zeros((128, 128), np.uint8)
    where = disk((50, 70), 18)
    image[where], mask[where] = 230, 1
    return image, mask


def test_picture_and_mask_move_together(bright_lesion):
    rng = np.random.default_rng(0)
    for _ in range(50):
        image, mask = changed(*bright_lesion, BREAST, rng)
        smooth = ndimage.gaussian_filter(image[..., 0], 1)
        seen = smooth > (np.percentile(smooth, 99) + np.median(smooth)) / 2
        overlap = 2 * (seen & (mask > 0)).sum() / (seen.sum() + mask.sum())
        assert overlap > 0.8


def test_values_stay_in_range_and_masks_binary(bright_lesion):
    image, mask = changed(*bright_lesion, BREAST, np.random.default_rng(1))
    assert image.shape == (128, 128, 3)
    assert image.dtype == mask.dtype == np.float32
    assert image.min() >= 0
    assert image.max() <= 255
    assert set(np.unique(mask)) <= {0, 1}


def test_the_seed_decides(bright_lesion):
    first = changed(*bright_lesion, BREAST, np.random.default_rng(5))
    second = changed(*bright_lesion, BREAST, np.random.default_rng(5))
    other = changed(*bright_lesion, BREAST, np.random.default_rng(6))
    np.testing.assert_array_equal(first[0], second[0])
    assert not np.array_equal(first[0], other[0])


def test_a_single_contrast_is_shown_when_asked_for():
    colour = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    mask = np.zeros((64, 64), np.uint8)
    always = replace(BREAST, grey_probability=1.0)
    image, _ = changed(colour, mask, always, np.random.default_rng(2))
    np.testing.assert_array_equal(image[..., 0], image[..., 1])
    never = replace(BREAST, grey_probability=0.0)
    image, _ = changed(colour, mask, never, np.random.default_rng(2))
    assert not np.array_equal(image[..., 0], image[..., 1])


def test_without_intensity_changes_only_places_change(bright_lesion):
    plain = replace(BREAST, intensity_strength=0.0, grey_probability=0.0)
    for seed in range(20):
        image, _ = changed(*bright_lesion, plain, np.random.default_rng(seed))
        # what comes in from outside the picture is black
        assert (np.abs(image[image > 1][:, None] - (20, 230)).min(axis=1) < 0.1).mean() > 0.9
        assert image.max() < 230.1


def test_a_part_is_hidden_in_the_picture_but_not_in_the_mask(bright_lesion):
    hidden = replace(BREAST, cutout_probability=1.0)
    shown = replace(BREAST, cutout_probability=0.0)
    image, mask = changed(*bright_lesion, hidden, np.random.default_rng(3))
    whole, whole_mask = changed(*bright_lesion, shown, np.random.default_rng(3))
    np.testing.assert_array_equal(mask, whole_mask)
    rows, columns = np.nonzero((image != whole).any(axis=-1))
    part = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert np.ptp(part) < 1e-3
    assert part.shape[0] * part.shape[1] > 0.01 * 128**2


def test_bending_moves_picture_and_mask_together(bright_lesion):
    bent = replace(BREAST, elastic=0.02, intensity_strength=0.0, grey_probability=0.0)
    straight = replace(bent, elastic=0.0)
    image, mask = changed(*bright_lesion, bent, np.random.default_rng(4))
    _, plain = changed(*bright_lesion, straight, np.random.default_rng(4))
    assert (mask != plain).mean() > 0.003
    assert ((image[..., 0] > 125) != (mask > 0)).mean() < 1e-3


def test_a_window_fills_the_picture(bright_lesion):
    as_is = replace(BREAST, intensity_strength=0.0, grey_probability=0.0, flip_probability=0.0)
    image, mask = bright_lesion
    window = Window(top=30, left=40, side=64)
    shown, shown_mask = changed(image, mask, as_is, np.random.default_rng(0), window)
    larger = np.repeat(np.repeat(mask[30:94, 40:104], 2, axis=0), 2, axis=1)
    assert (larger != shown_mask).mean() < 0.01
    assert ((shown[..., 0] > 125) != (shown_mask > 0)).mean() < 1e-3
