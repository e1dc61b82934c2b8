"""One picture that a network of clicks learns from: a part of a plane, and the clicks on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.analysis.guides import (
    CONTEXT,
    DISC,
    FIRST_PART,
    LEAST_PART,
    SMALLEST_PART,
    Click,
    guide_maps,
    part_around,
    square_part,
)
from napari_multicancer.core.masks.labels import Region, bounding_box
from napari_multicancer.core.masks.merge import merge_change
from napari_multicancer.core.planes.letterbox import BoundingBox, Letterbox
from napari_multicancer.core.planes.prepare import as_three_channels
from napari_multicancer.training.data.click_scans import ClickScan
from napari_multicancer.training.fit.appearance import change_appearance
from napari_multicancer.training.fit.damage import damaged
from napari_multicancer.training.recipe import TaskConfig
from napari_multicancer.training.robots.exact import deepest_click
from napari_multicancer.training.robots.human import Habits, Human

STROKES = 0.25
BOXES = 0.25
PRIORS = 0.5
NARROW = 0.25
"""Share of the lessons whose part may cut the lesion off."""
USUAL_SIZE = 256
FAR = 25.0
"""Beyond this distance from every click, in pixels of a 256 pixel input, nothing is to change."""
UNDER_CLICKS = 8.0
"""How much more pixels under a click count."""
FAR_AND_RIGHT = 2.0
"""How much more pixels count that are right before the click, and far from it."""


@dataclass(eq=False)
class Lesson:
    """A part of a plane at the network's size, and how far its outline is.

    Attributes
    ----------
    image : ndarray of uint8, shape (size, size, 3)
    truth : ndarray of bool, shape (size, size)
    mask : ndarray of bool, shape (size, size)
        As it was before the newest click.
    clicks : list of Click
        In pixels of the square, the newest last; at least one.
    box : BoundingBox or None
        Drawn around the lesion, in pixels of the square.
    prior : ndarray of float32, shape (size, size), or None
    """

    image: NDArray[np.uint8]
    truth: Region
    mask: Region
    clicks: list[Click]
    box: BoundingBox | None = None
    prior: NDArray[np.float32] | None = None
    _square: Letterbox = field(init=False, repr=False)

    def __post_init__(self) -> None:
        size = len(self.truth)
        self._square = Letterbox.fit(size, size, size)

    @property
    def guides(self) -> NDArray[np.float32]:
        """What the network is told beside the picture, shape (size, size, 5)."""
        return guide_maps(self._square, self.mask, self.clicks, self.box, self.prior)

    @property
    def weights(self) -> NDArray[np.float32]:
        """How much each pixel counts, shape (size, size)."""
        scale = len(self.truth) / USUAL_SIZE
        near, under = np.zeros(self.truth.shape, bool), np.zeros(self.truth.shape, bool)
        for click in self.clicks:
            near |= click.pixels(self.truth.shape, FAR * scale)
            under |= click.pixels(self.truth.shape, DISC) & (self.truth == click.positive)
        weights = np.ones(self.truth.shape, np.float32)
        weights[~near & (self.mask == self.truth)] = FAR_AND_RIGHT
        weights[under] = UNDER_CLICKS
        return weights

    def merged(self, probability: NDArray[np.float32]) -> Region:
        """Take over what the newest click changed, as the window does."""
        newest = self.clicks[-1]
        pointed = newest.pixels(self.truth.shape, 2.0)
        return merge_change(self.mask, probability >= 0.5, pointed, newest.positive)

    def go_on(self, probability: NDArray[np.float32], rng: np.random.Generator | None) -> bool:
        """Take over the network's answer and click again; False where nothing is wrong.

        Parameters
        ----------
        probability : ndarray of float32, shape (size, size)
        rng : numpy.random.Generator, optional
            Of a human hand; without it the deepest point of the largest error is clicked.
        """
        merged = self.merged(probability)
        click = click_on(self.truth, merged, self.clicks, rng)
        if click is None:
            return False
        self.mask = merged
        self.clicks = [*self.clicks, click]
        return True


def click_on(
    truth: Region, mask: Region, clicks: Sequence[Click], rng: np.random.Generator | None
) -> Click | None:
    """Click, or draw a stroke, in a square of the network's size; None where all is right."""
    if rng is None:
        return deepest_click(truth, mask, clicks)
    usual = Habits()
    human = Human(rng, replace(usual, jitter=usual.jitter * len(truth) / USUAL_SIZE))
    point = human.stroke if rng.random() < STROKES else human.click
    return point(truth, mask, clicks)


def draw_lesson(scan: ClickScan, config: TaskConfig, rng: np.random.Generator) -> Lesson:
    """Make a lesson of a scan.

    The outline to correct is, a third each, none, the automatic one, or the truth, damaged.

    Parameters
    ----------
    scan : ClickScan
    config : TaskConfig
        Its `size`, and how pictures are changed.
    rng : numpy.random.Generator
    """
    truth, mask, is_new = _start(scan, rng)
    image, automatic = scan.image, scan.automatic
    if rng.random() < config.flip_probability:
        image, automatic = image[:, ::-1], automatic[:, ::-1]
        truth, mask = truth[:, ::-1], mask[:, ::-1]
    aspect = float(np.exp(rng.normal(0, 0.12)))
    box = Human(rng).box(truth) if truth.any() and rng.random() < BOXES else None
    part = _part(truth, mask, is_new and box is None, box, aspect, rng)
    letterbox = Letterbox.fit(truth.shape[0], truth.shape[1], config.size, part, aspect)
    square = _picture(image, letterbox, config, rng)
    truth_there = letterbox.there(truth.astype(np.float32)) > 0.5
    mask_there = letterbox.there(mask.astype(np.float32)) > 0.5
    click = click_on(truth_there, mask_there, (), rng)
    if click is None:
        mask_there = np.zeros_like(mask_there)
        middle = Click.at(config.size / 2, config.size / 2)
        click = click_on(truth_there, mask_there, (), rng) or middle
    prior = None
    if rng.random() < PRIORS:
        likely = automatic / np.float32(255) if rng.random() < 0.5 else _neighbor(truth, rng)
        prior = letterbox.there(np.asarray(likely, np.float32))
    return Lesson(square, truth_there, mask_there, [click], _box_there(box, letterbox), prior)


def plain_lesson(scan: ClickScan, size: int, *, from_nothing: bool) -> Lesson | None:
    """Make a lesson of a scan as it is, with a click on the largest error; None if all is right."""
    mask = scan.automatic >= scan.threshold * 255
    if from_nothing:
        mask = np.zeros_like(scan.mask)
    height, width = scan.mask.shape
    part = part_around((height, width), mask | scan.mask)
    letterbox = Letterbox.fit(height, width, size, part)
    fitted = letterbox.there(scan.image.astype(np.float32))
    truth = letterbox.there(scan.mask.astype(np.float32)) > 0.5
    mask = letterbox.there(mask.astype(np.float32)) > 0.5
    click = deepest_click(truth, mask)
    if click is None:
        return None
    image = np.rint(as_three_channels(fitted)).astype(np.uint8)
    return Lesson(image, truth, mask, [click])


def _start(scan: ClickScan, rng: np.random.Generator) -> tuple[Region, Region, bool]:
    """Give the truth, the outline to correct, and whether that is none."""
    truth, kind = scan.mask, rng.integers(3)
    if not truth.any():
        mask = scan.automatic >= scan.threshold * 255
        return truth, mask if mask.any() else _blob(truth.shape, rng), False
    if kind == 0:
        return truth, np.zeros_like(truth), True
    if kind == 1:
        mask = scan.automatic >= 255 * np.clip(scan.threshold + rng.normal(0, 0.1), 0.1, 0.9)
        return truth, mask, not mask.any()
    mask = damaged(truth, rng)
    return truth, mask, not mask.any()


def _blob(shape: tuple[int, ...], rng: np.random.Generator) -> Region:
    middle = rng.uniform(0.25, 0.75, 2) * shape
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.asarray(
        np.hypot(rows - middle[0], columns - middle[1]) < rng.uniform(0.03, 0.12) * max(shape)
    )


def _neighbor(truth: Region, rng: np.random.Generator) -> Region:
    """What a neighboring plane's outline may look like: none, or like this one."""
    return damaged(truth, rng) if truth.any() else truth


def _part(
    truth: Region,
    mask: Region,
    is_new: bool,
    box: BoundingBox | None,
    aspect: float,
    rng: np.random.Generator,
) -> BoundingBox:
    """Choose a part as `part_around` does, a little off.

    Mostly it holds all that is to be outlined; now and then, as at a user's, what is outlined
    and clicked on alone.
    """
    shape = (truth.shape[0], truth.shape[1])
    whole = mask | truth if truth.any() else mask
    if mask.any() and rng.random() < NARROW:
        click = deepest_click(truth, mask)
        return part_around(shape, mask, [click] if click else [], box, aspect, LEAST_PART)
    part = part_around(shape, whole, (), box, aspect)
    if is_new and rng.random() < 0.5:
        rows, columns = bounding_box(whole)
        middle = (rows.start + rows.stop) / 2, (columns.start + columns.stop) / 2
        side = max(FIRST_PART * max(shape[0] * aspect, shape[1]), CONTEXT * part.width / 2)
    else:
        middle = part.top + part.height / 2, part.left + part.width / 2
        side = max(part.height * aspect, part.width, SMALLEST_PART)
    side *= rng.uniform(0.9, 1.3)
    row, column = np.array(middle) + rng.normal(0, 0.06, 2) * side
    return square_part(shape, (float(row), float(column)), float(side), aspect)


def _picture(
    image: NDArray[np.uint8], letterbox: Letterbox, config: TaskConfig, rng: np.random.Generator
) -> NDArray[np.uint8]:
    if image.ndim == 3 and rng.random() < config.grey_probability:
        image = image[..., rng.integers(3)]
    fitted = as_three_channels(letterbox.there(image.astype(np.float32)))
    if rng.random() < 0.5:
        fitted = 255 * (fitted / 255) ** np.exp(rng.normal(0, 0.25 * config.intensity_strength))
    square = np.rint(np.clip(fitted, 0, 255)).astype(np.uint8)
    return change_appearance(square, letterbox.inner, config, rng)


def _box_there(box: BoundingBox | None, letterbox: Letterbox) -> BoundingBox | None:
    if box is None:
        return None
    drawn = np.zeros((letterbox.height, letterbox.width), np.float32)
    drawn[box.slices] = 1
    there = letterbox.there(drawn) > 0.5
    if not there.any():
        return None
    rows, columns = bounding_box(there)
    return BoundingBox(
        rows.start, columns.start, rows.stop - rows.start, columns.stop - columns.start
    )
