"""The reliability diagram: how often answers are right, against how sure they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageFont

from napari_multicancer.core.models.cards import ModelCard
from napari_multicancer.training.classification import (
    expected_calibration_error,
    reliability,
)

BINS = 15
FEW = 10
"""Bins with fewer answers say little and are drawn pale."""
WIDTH, HEIGHT = 640, 716
LEFT, TOP, PLOT = 84, 100, 480
HISTOGRAM = 64
COLOURS = 64
"""Of the palette of the PNG, edges smoothed: a quarter of the size."""
PAPER, INK, GRID = (255, 255, 255), (30, 30, 30), (215, 215, 215)
BAR, PALE, CLAIMED, COUNT = (66, 113, 174), (188, 206, 230), (205, 60, 40), (150, 150, 150)


def draw_reliability(path: Path, card: ModelCard, split: str, table: pd.DataFrame) -> Path:
    """Draw a model's reliability diagram as a PNG.

    A blue bar is the share of right answers among those whose winning
    probability lies in one of 15 bins, a red line the mean probability they
    claimed: where the line lies above the bar the model is too sure of itself.
    Beneath stands how many answers a bin holds; with few of them it is pale.

    Parameters
    ----------
    path : Path
    card : ModelCard
    split : str
        Which one the scans are from.
    table : DataFrame
        One row a scan, as `examine_case` gives it; those without a truth are left out.

    Returns
    -------
    Path
        Where it lies.

    References
    ----------
    Guo et al. 2017, "On Calibration of Modern Neural Networks", figure 1.
    """
    table = table[table["truth"] != ""]
    winning = table[[f"p_{name}" for name in card.classes]].max(axis=1).to_numpy()
    right = (table["truth"] == table["answer"]).to_numpy()
    error = expected_calibration_error(winning, right, BINS)
    picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(picture)
    draw.text((LEFT, 12), f"{card.label}, {split} split: {len(table)} answers", INK, _font(18))
    draw.text((LEFT, 38), f"Expected calibration error {error:.3f}", INK, _font(15))
    _draw_axes(draw)
    rows, confidence, accuracy = reliability(winning, right, BINS)
    for index in np.flatnonzero(rows):
        left, right_edge = _x(index / BINS) + 2, _x((index + 1) / BINS) - 2
        colour = BAR if rows[index] >= FEW else PALE
        draw.rectangle((left, _y(accuracy[index]), right_edge, _y(0)), colour)
        claimed = _y(confidence[index])
        draw.line((left, claimed, right_edge, claimed), CLAIMED, 3)
        base = TOP + PLOT + HISTOGRAM
        top = base - max(1, round((HISTOGRAM - 22) * rows[index] / rows.max()))
        draw.rectangle((left, top, right_edge, base), COUNT)
        draw.text(((left + right_edge) / 2, top - 2), str(rows[index]), INK, _font(11), "ms")
    draw.line((_x(0), _y(0), _x(1), _y(1)), INK, 1)
    picture.quantize(COLOURS).save(path, format="PNG", optimize=True)
    return path


def _draw_axes(draw: ImageDraw.ImageDraw) -> None:
    x: float = LEFT
    for name, colour in (("share that is right", BAR), ("probability claimed", CLAIMED)):
        draw.line((x, TOP - 22, x + 24, TOP - 22), colour, 4)
        draw.text((x + 32, TOP - 22), name, INK, _font(14), "lm")
        x += 32 + draw.textlength(name, _font(14)) + 28
    below = TOP + PLOT + HISTOGRAM + 8
    for fifth in range(6):
        value = fifth / 5
        draw.line((_x(0), _y(value), _x(1), _y(value)), GRID, 1)
        draw.text((LEFT - 8, _y(value)), f"{value:.1f}", INK, _font(14), "rm")
        draw.text((_x(value), below), f"{value:.1f}", INK, _font(14), "mt")
    draw.rectangle((_x(0), _y(1), _x(1), _y(0)), outline=INK)
    axis = "probability of the answer (grey: how many answers)"
    draw.text((_x(0.5), below + 28), axis, INK, _font(14), "mt")


def _x(value: float) -> float:
    return LEFT + PLOT * value


def _y(value: float) -> float:
    return TOP + PLOT * (1 - value)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
