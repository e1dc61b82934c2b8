"""Two networks on the same scans, source by source and contrast by contrast, and the rule's score.

    python experiments/side_by_side.py TASK OLD_CASES.csv NEW_CASES.csv OLD_CARD.toml

The tables are those that `napari-multicancer evaluate --split val` writes; the old network's
card says which sources it was trained on. Printed in Markdown; intervals are 95 % bootstrap
intervals over patients or groups. The rule is that of docs/experiments.md: K is the mean score
over the sources that the old network knows, U over the others.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from napari_multicancer.core.models.cards import read_card
from napari_multicancer.core.models.left_out import source_score
from napari_multicancer.training.evaluate.figures import summarize
from napari_multicancer.training.recipe import find_recipe

FIGURES = {
    "brain": {
        "Dice": "dice",
        "tumors found": "sensitivity_tumor",
        "false alarms": "specificity_tumor",
        "false masks": "false_masks",
        "mean right": "balanced_accuracy",
        "AUC": "auc_tumor",
        "sure": "confident_share",
        "sure right": "confident_accuracy",
    },
    "breast": {
        "Dice": "dice",
        "false masks": "false_masks",
        "mean right": "balanced_accuracy",
        "AUC": "auc_malignant",
        "sure": "confident_share",
        "sure right": "confident_accuracy",
    },
    "recognizer": {
        "right": "accuracy",
        "refused": "refused_in_scope",
        "refused, other": "refused_other",
        "unsure": "unsure_in_scope",
        "unsure, other": "unsure_other",
    },
}
COMPLEMENTS = ("specificity_tumor",)
"""What is printed as one minus the figure."""


def read_cases(path: str) -> pd.DataFrame:
    """Read a table of cases as `evaluate` wrote it."""
    text = ("image", "mask", "organ", "source", "group", "diagnosis", "kind", "truth", "answer")
    return pd.read_csv(
        path,
        dtype=dict.fromkeys(text, str),
        keep_default_na=False,
        na_values={
            name: [""]
            for name in (
                "dice",
                "iou",
                "smoothed_pixel_dice",
                "hausdorff_95",
                "lesion_pixels",
                "overlap_pixels",
            )
        },
    )


def parts(table: pd.DataFrame, task: str) -> dict[str, pd.DataFrame]:
    """Split by source and, where there are several, by kind."""
    source = table["source"].where(table["organ"] != "other", table["kind"])
    found = {}
    for name, rows in table.groupby(source):
        found[str(name)] = rows
        kinds = rows[rows["kind"] != ""].groupby("kind")
        if len(kinds) > 1:
            found |= {str(kind): part for kind, part in kinds}
    return found


def cell(figures: dict[str, Any], name: str) -> str:
    """Write a figure with its interval."""
    if name not in figures:
        return ""
    figure = figures[name]
    numbers = [figure["value"], figure.get("low"), figure.get("high")]
    if name in COMPLEMENTS:
        numbers = [None if n is None else 1 - n for n in (numbers[0], numbers[2], numbers[1])]
    value, low, high = numbers
    return f"{value:.3f}" + ("" if low is None else f" ({low:.2f}-{high:.2f})")


def scores(figures: dict[str, Any], task: str) -> float:
    """A source's score by the rule."""
    if task != "recognizer":
        return source_score(figures)
    return (
        1 - figures["refused_in_scope"]["value"]
        if "refused_in_scope" in figures
        else (figures["refused_other"]["value"])
    )


def main(task: str, old: str, new: str, card: str) -> None:
    """Print the tables and the rule's score."""
    tables = [read_cases(path) for path in (old, new)]
    common = set(tables[0]["image"]) & set(tables[1]["image"])
    split = [parts(table[table["image"].isin(common)], task) for table in tables]
    config, columns = find_recipe(task), FIGURES[task]
    trained = read_card(Path(card)).training["data"]
    known = {entry["source"] for entry in trained if entry["train"]}
    print(f"| part | scans | network | {' | '.join(columns)} |")
    print("|---" * (3 + len(columns)) + "|")
    by_rule: dict[str, list[list[float]]] = {"K": [[], []], "U": [[], []]}
    sources = set(tables[0]["source"]) | {n for n in split[0] if n.startswith("other ")}
    for name in split[0]:
        for side, label in enumerate(("old", "new")):
            rows = split[side][name]
            figures = summarize(rows, config)
            cells = [cell(figures, column) for column in columns.values()]
            print(f"| {name} | {len(rows)} | {label} | {' | '.join(cells)} |")
            if name in sources:
                part = "K" if name in known else "U"
                by_rule[part][side].append(scores(figures, task))
    for part, (before, after) in by_rule.items():
        if before:
            print(
                f"\n{part}: {np.mean(before):.4f} old, {np.mean(after):.4f} new, "
                f"over {len(before)} sources"
            )


if __name__ == "__main__":
    main(*sys.argv[1:5])
