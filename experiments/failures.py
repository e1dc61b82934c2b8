"""Tell how many lesions a network fails on, and how well it outlines the others.

A mean Dice hides whether every outline is a little off or a few are wholly wrong. This splits the
cases that ``napari-multicancer evaluate`` wrote at a Dice of one half, by source and kind of scan.

    python experiments/failures.py evaluation/breast_cases.csv
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

FAILED = 0.5


def main(path: Path) -> None:
    """Print one row a source, and one a kind of scan that the source tells."""
    cases = pd.read_csv(path, keep_default_na=False, na_values=[""])
    lesions = cases[cases["lesion_pixels"] > 0]
    table = Table("part", "lesions", "mean Dice", f"below {FAILED:g}", "mean of the others")
    for column in ("source", "kind"):
        for name, part in lesions.groupby(column):
            table.add_row(str(name), *row(part["dice"]))
    Console().print(table)


def row(dice: pd.Series) -> tuple[str, ...]:
    """Number of lesions, their mean Dice, the share that failed and the mean of the others."""
    failed = dice < FAILED
    figures = f"{dice.mean():.3f}", f"{failed.mean():.1%}", f"{dice[~failed].mean():.3f}"
    return str(len(dice)), *figures


if __name__ == "__main__":
    main(Path(sys.argv[1]))
