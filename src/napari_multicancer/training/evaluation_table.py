"""The main figures of an evaluation, one row a network, for spreadsheets and for reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from napari_multicancer.core.registry import ModelCard
from napari_multicancer.model_figures import SIDE_BY_SIDE, main_figure
from napari_multicancer.model_report import side_by_side


def write_summary(
    out: Path, cards: Sequence[ModelCard], split: str, metrics: Mapping[str, Mapping[str, Any]]
) -> None:
    """Write ``summary.csv`` and ``summary.md`` into a folder.

    Parameters
    ----------
    out : Path
        The folder.
    cards : sequence of ModelCard
    split : str
        Which split was evaluated.
    metrics : mapping
        By model name, as `evaluate` returns it.
    """
    rows = [_row(card, split, metrics[card.name]) for card in cards]
    pd.DataFrame(rows).to_csv(out / "summary.csv", index=False)
    table = side_by_side([(card, split, metrics[card.name]) for card in cards])
    (out / "summary.md").write_text("\n".join(table) + "\n", "utf-8")


def _row(card: ModelCard, split: str, metrics: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"model": card.name, "version": card.version, "task": card.task}
    row |= {"split": split, "scans": metrics["scans"]}
    for heading, names in SIDE_BY_SIDE.items():
        figure = main_figure(metrics, names) or {}
        column = heading.lower().replace(" ", "_")
        row |= {column: figure.get("value")}
        row |= {f"{column}_{bound}": figure.get(bound) for bound in ("low", "high")}
    costs = ("milliseconds", "megabytes", "parameters")
    return row | {name: metrics.get(name) for name in costs}
