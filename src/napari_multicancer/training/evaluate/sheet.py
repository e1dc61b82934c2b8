"""A picture sheet of a model's best, median and worst cases, truth and prediction outlined."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from skimage.segmentation import find_boundaries

from napari_multicancer.core import RESEARCH_USE
from napari_multicancer.core.models.cards import ModelCard
from napari_multicancer.core.planes.prepare import as_three_channels, intensity_window, normalize
from napari_multicancer.training.evaluate.cases import ask, read_scan
from napari_multicancer.training.evaluate.figures import FALSE_MASK_PIXELS
from napari_multicancer.training.prepare.pictures import read_mask
from napari_multicancer.training.recipe import find_recipe

COLUMNS = 5
TILE, MARGIN = 288, 8
HEADER, ROW_TITLE, CAPTION = 44, 26, 60
TRUTH, PREDICTED = (0, 220, 255), (255, 196, 0)
TEXT, DIMMED, BACKGROUND = (240, 240, 240), (190, 190, 190), (20, 20, 20)


def draw_cases(path: Path, card: ModelCard, data: Path, table: pd.DataFrame) -> Path:
    """Draw a model's best, median and worst cases as one PNG.

    Parameters
    ----------
    path : Path
    card : ModelCard
    data : Path
        The training folder.
    table : DataFrame
        One row a scan, as `examine_case` gives it.

    Returns
    -------
    Path
        Where it lies.
    """
    rows = choose_cases(table, find_recipe(card.task).has_lesions)
    height = ROW_TITLE + TILE + CAPTION
    size = (COLUMNS * TILE, HEADER + len(rows) * height + HEADER)
    sheet = Image.new("RGB", size, BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    _write_header(draw, card)
    for index, (title, cases) in enumerate(rows.items()):
        top = HEADER + index * height
        draw.text((MARGIN, top + 4), title, TEXT, _font(17))
        for column, case in enumerate(cases.to_dict("records")):
            picture = _picture(card, data, case)
            left = column * TILE
            x, y = left + (TILE - picture.width) // 2, (TILE - picture.height) // 2
            sheet.paste(picture, (x, top + ROW_TITLE + y))
            below = top + ROW_TITLE + TILE
            _write_caption(draw, (left + MARGIN, below), _caption(case))
    draw.text((MARGIN, size[1] - HEADER + 12), RESEARCH_USE, DIMMED, _font(15))
    sheet.save(path, format="PNG")
    return path


def choose_cases(table: pd.DataFrame, has_lesions: bool) -> dict[str, pd.DataFrame]:
    """Choose what the sheet shows: rows of cases, each with its title.

    No patient (or group) comes twice in a row. Scans with an outlined lesion are
    ranked by Dice, those of equal Dice by the size of the lesion; a network
    without masks is ranked by the probability that it gave the true class.

    Parameters
    ----------
    table : DataFrame
        One row a scan, as `examine_case` gives it.
    has_lesions : bool
        Whether the model outlines lesions.

    Returns
    -------
    dict of str to DataFrame
        At most `COLUMNS` cases each.
    """
    if not has_lesions:
        truths = [case[f"p_{case['truth']}"] for case in table.to_dict("records")]
        return _three_rows(table.assign(quality=truths), "quality", "probability of the truth")
    lesions = table[table["lesion_pixels"] > 0].sort_values("lesion_pixels", ascending=False)
    rows = _three_rows(lesions, "dice", "Dice") if len(lesions) else {}
    alarms = table[(table["lesion_pixels"] == 0) & (table["mask_pixels"] > FALSE_MASK_PIXELS)]
    if len(alarms):
        largest = alarms.sort_values("mask_pixels", ascending=False)
        rows["Largest false masks: scans without a lesion"] = _first(largest)
    return rows


def _three_rows(table: pd.DataFrame, column: str, name: str) -> dict[str, pd.DataFrame]:
    ranked = table.sort_values(column, kind="stable")
    distance = (ranked[column] - ranked[column].median()).abs()
    return {
        f"Best by {name}": _first(ranked[::-1]),
        f"Median by {name}": _first(ranked.loc[distance.sort_values(kind="stable").index]),
        f"Worst by {name}": _first(ranked),
    }


def _first(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop_duplicates(["source", "group"]).head(COLUMNS)


def _picture(card: ModelCard, data: Path, case: dict[str, str]) -> Image.Image:
    scan = read_scan(data / case["image"])
    plane = scan.plane(0)
    shown = as_three_channels(normalize(plane, intensity_window(plane))).astype(np.uint8)
    scale = (TILE - 2 * MARGIN) / max(shown.shape[:2])
    width, height = (max(1, round(side * scale)) for side in shown.shape[1::-1])
    picture = Image.fromarray(shown).resize((width, height), Image.Resampling.BICUBIC)
    predicted = ask(card, scan).mask
    if predicted is None:
        return picture
    painted = np.asarray(picture).copy()
    if case["mask"]:
        truth = read_mask(data / case["mask"], (plane.shape[0], plane.shape[1]))
        painted[_border(truth, (width, height))] = TRUTH
    painted[_border(predicted, (width, height))] = PREDICTED
    return Image.fromarray(painted)


def _border(mask: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.bool_]:
    enlarged = np.asarray(Image.fromarray(mask * 255).resize(size, Image.Resampling.BILINEAR))
    border = find_boundaries(enlarged >= 128, mode="thick")  # type: ignore[no-untyped-call]
    return np.asarray(border, np.bool_)


def _caption(case: dict[str, str]) -> list[str]:
    truth = case["truth"].replace("_", " ") or "unknown"
    answer = case["answer"].replace("_", " ")
    verdict = f"{truth}, recognised" if truth == answer else f"{truth}, taken for {answer}"
    probability = float(case["p_" + case["answer"]])
    lines = [case["kind"] or case["source"], f"{verdict} ({probability:.2f})"]
    if "dice" in case and float(case["lesion_pixels"]) > 0:
        lines[0] = f"Dice {float(case['dice']):.2f} - {lines[0]}"
    return [Path(case["image"]).stem, *lines]


def _write_header(draw: ImageDraw.ImageDraw, card: ModelCard) -> None:
    draw.text((MARGIN, 10), card.label, TEXT, _font(20))
    if not find_recipe(card.task).has_lesions:
        return
    x = MARGIN + draw.textlength(card.label, _font(20)) + 32
    for name, colour in (("truth", TRUTH), ("prediction", PREDICTED)):
        draw.line((x, 22, x + 28, 22), colour, 4)
        draw.text((x + 36, 13), name, TEXT, _font(16))
        x += 36 + draw.textlength(name, _font(16)) + 28


def _write_caption(draw: ImageDraw.ImageDraw, corner: tuple[int, int], lines: list[str]) -> None:
    for index, line in enumerate(lines):
        while draw.textlength(line, _font(14)) > TILE - 2 * MARGIN:
            line = line[:-2].rstrip("…") + "…"
        colour = DIMMED if index == 0 else TEXT
        draw.text((corner[0], corner[1] + 18 * index), line, colour, _font(14))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
