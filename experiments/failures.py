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
    lesions = lesions.assign(share=lesions["lesion_pixels"] / lesions["picture_pixels"])
    table = Table(
        "part",
        "lesions",
        "mean Dice",
        f"below {FAILED:g}",
        "mean of the others",
        "their size",
        "size of the others",
        caption="Size: median share of the picture.",
    )
    for column in ("source", "kind"):
        for name, part in lesions.groupby(column):
            table.add_row(str(name), *row(part))
    Console(width=140).print(table)


def row(lesions: pd.DataFrame) -> tuple[str, ...]:
    """Tell lesions that failed from the others: how many, their Dice and their size."""
    dice, share = lesions["dice"], lesions["share"]
    failed = dice < FAILED
    return (
        str(len(dice)),
        f"{dice.mean():.3f}",
        f"{failed.mean():.1%}",
        f"{dice[~failed].mean():.3f}",
        f"{share[failed].median():.1%}",
        f"{share[~failed].median():.1%}",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
