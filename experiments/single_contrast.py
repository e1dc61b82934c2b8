"""Measure the shipped brain network on one contrast at a time.

LGG's planes carry three MR contrasts in one picture: T1 before contrast agent, FLAIR, and T1 after
it, as red, green and blue. Hospitals send one. Here the network sees the validation planes as they
are, and then each contrast alone, as a grey picture.

    python experiments/single_contrast.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.training.data.samples import read_manifest, select
from napari_multicancer.training.evaluate.cases import examine_scan, kinds
from napari_multicancer.training.evaluate.figures import summarize
from napari_multicancer.training.prepare.pictures import read_picture
from napari_multicancer.training.recipe import find_recipe

SOURCE = "LGG"
CONTRASTS = {"all three": None, "T1": 0, "FLAIR": 1, "T1 after contrast agent": 2}
FIGURES = ("balanced_accuracy", "auc_tumor", "dice", "pooled_dice_per_patient", "false_masks")


def main(data: Path) -> None:
    """Print one row a contrast for LGG's validation planes."""
    config = find_recipe("brain")
    rows = select(read_manifest(data), config, "val")
    rows = rows[rows["source"] == SOURCE]
    planes = [read_picture(data / image) for image in rows["image"]]
    records = rows.assign(kind=kinds(rows)).to_dict("records")
    card = find_model("brain")
    table = Table("contrast", *FIGURES, title=f"{card.label}, {len(rows)} planes of {SOURCE} (val)")
    for name, channel in CONTRASTS.items():
        cases = [
            examine_scan(card, as_scan(plane, channel), data, record)
            for plane, record in zip(planes, records, strict=True)
        ]
        figures = summarize(pd.DataFrame(cases), config)
        table.add_row(name, *(shown(figures[figure]) for figure in FIGURES))
    Console(width=140).print(table)


def as_scan(plane: NDArray[Any], channel: int | None) -> Scan:
    """Make a scan of a plane, shape (row, column, 3), or of one of its channels alone."""
    return Scan(plane, "yxc") if channel is None else Scan(plane[..., channel], "yx")


def shown(figure: dict[str, float]) -> str:
    """Write a figure with its 95 % interval."""
    return f"{figure['value']:.3f} ({figure['low']:.3f}-{figure['high']:.3f})"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
