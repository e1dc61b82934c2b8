"""What the screen around an ultrasound scan, and a mark on it, do to the answer (validation split).

    python experiments/screens.py FOLDER TASK [MOST]

Of each source at most MOST scans (40 unless told) are shown three times: as they are; laid on a
screen with writing, a ruler, a bar of greys and wide margins; with a body mark and writing on them.
Each is answered as the shipped card says, and with the step "crop_to_scan" before the network.
Figures are those of `evaluate`, source by source, with 95 % intervals; "same" is the share of
answers that are those to the scan as it is.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from other_card import other_card
from PIL import Image, ImageDraw
from rich.console import Console
from rich.table import Table

from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.models.figures import figure_text, main_figure
from napari_multicancer.core.models.left_out import source_score
from napari_multicancer.training.data.samples import read_manifest, select
from napari_multicancer.training.evaluate.evaluate import examine
from napari_multicancer.training.evaluate.figures import summarize
from napari_multicancer.training.recipe import TaskConfig, find_recipe

CROP = "crop_to_scan"
FIGURES = ("dice", "false_masks", "balanced_accuracy", "auc_malignant", "confident_share")
Pixels = NDArray[np.uint8]
INK = 235


def on_a_screen(picture: Pixels, ground: int, rng: np.random.Generator) -> Pixels:
    """Lay a picture, or by `ground` 0 and no writing its mask, on a larger dark screen."""
    height, width = picture.shape[:2]
    top, bottom = (int(rng.uniform(0.1, 0.3) * height) for _ in range(2))
    left, right = (int(rng.uniform(0.1, 0.3) * width) for _ in range(2))
    margins = ((top, bottom), (left, right)) + ((0, 0),) * (picture.ndim - 2)
    screen = np.pad(picture, margins, constant_values=ground)
    return screen if picture.ndim == 2 else _with_writing(screen, top, left, height, width)


def _with_writing(screen: Pixels, top: int, left: int, height: int, width: int) -> Pixels:
    canvas = Image.fromarray(screen)
    draw = ImageDraw.Draw(canvas)
    draw.text((3, 2), "12L  MI 0.8  TIs 0.2\nGain 54  DR 60", fill=(INK,) * 3)
    draw.text((left, top + height + 2), "Dist 12.3 mm", fill=(INK,) * 3)
    for y in range(top, top + height, 12):
        draw.line((left + width + 3, y, left + width + 7, y), fill=(INK,) * 3)
    for step in range(min(80, height)):
        draw.line((2, top + step, 6, top + step), fill=(255 - 3 * step,) * 3)
    return np.asarray(canvas)


def marked(picture: Pixels, ground: int, rng: np.random.Generator) -> Pixels:
    """Paste a body mark and writing into a corner of a picture; its mask stays as it is."""
    if picture.ndim == 2:
        return picture
    height, width = picture.shape[:2]
    canvas = Image.fromarray(picture)
    draw = ImageDraw.Draw(canvas)
    radius = min(height, width) // 10
    x, y = width - 2 * radius - 4, height - 2 * radius - 4
    draw.rectangle((x - 2, y - 2, width - 2, height - 2), fill=(0, 0, 0))
    draw.ellipse((x, y, x + 2 * radius, y + 2 * radius), outline=(INK,) * 3)
    draw.line((x + radius, y + radius, x + radius, y + radius // 2), fill=(INK, 60, 60), width=2)
    draw.text((4, height - 14), "LT BREAST 3H", fill=(INK,) * 3)
    return np.asarray(canvas)


SHOWN: dict[str, Callable[[Pixels, int, np.random.Generator], Pixels]] = {
    "as it is": lambda picture, ground, rng: picture,
    "on a screen": on_a_screen,
    "marked": marked,
}


def shown_otherwise(data: Path, rows: pd.DataFrame, how: str, folder: Path) -> None:
    """Write the pictures and masks of `rows` into a folder, each shown otherwise."""
    for number, row in enumerate(rows.to_dict("records")):
        ground = int(np.random.default_rng((1, number)).choice([0, 0, 24]))
        for column, mode in (("image", "RGB"), ("mask", "L")):
            if row[column]:
                with Image.open(data / row[column]) as opened:
                    pixels = np.asarray(opened.convert(mode))
                rng = np.random.default_rng((0, number))
                changed = SHOWN[how](pixels, ground if column == "image" else 0, rng)
                path = folder / row[column]
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(changed).save(path.with_suffix(".png"))
                path.with_suffix(".png").rename(path)


def main(data: Path, task: str, most: int = 40) -> None:
    """Ask about all pictures in each way, and print the figures side by side."""
    recipe = replace(find_recipe(task), most_per_source=most)
    rows = select(read_manifest(data), recipe, "val")
    steps = {"": find_model(task).preprocessing, CROP: (*find_model(task).preprocessing, CROP)}
    tables = {}
    for how in SHOWN:
        with tempfile.TemporaryDirectory() as folder:
            shown_otherwise(data, rows, how, Path(folder))
            for crop, preprocessing in steps.items():
                with other_card(task, preprocessing=list(preprocessing)) as card:
                    tables[how, crop] = examine(card, Path(folder), rows)
    print_tables(tables, rows, recipe)


def print_tables(
    tables: Mapping[tuple[str, str], pd.DataFrame], rows: pd.DataFrame, recipe: TaskConfig
) -> None:
    """Print a row for each source and way of showing."""
    shown = Table("source", "shown", "step", "scans", *FIGURES, "score", "same")
    for source in [*sorted(rows["source"].unique()), ""]:
        for (how, crop), table in tables.items():
            part = table if not source else table[table["source"] == source]
            first = tables["as it is", ""].set_index("image")["answer"]
            same = part["answer"].to_numpy() == first.reindex(part["image"]).to_numpy()
            figures = summarize(part, recipe)
            cells = [figure_text(main_figure(figures, name)) for name in FIGURES]
            score = f"{source_score(figures):.3f}"
            scans = str(figures["scans"])
            shown.add_row(source or "all", how, crop, scans, *cells, score, f"{same.mean():.3f}")
    Console(width=220).print(shown)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:4]))
