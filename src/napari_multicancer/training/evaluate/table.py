"""An evaluation as tables: one row a network for spreadsheets and reading, and for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table

from napari_multicancer.core.models.cards import ModelCard
from napari_multicancer.core.models.figures import (
    SIDE_BY_SIDE,
    figure_text,
    interval_text,
    main_figure,
    overall,
    part_columns,
    part_scans,
    parts,
    side_by_side,
)


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
    told = [side_by_side(card, split, metrics[card.name]) for card in cards]
    lines = [list(told[0]), ["---"] * len(told[0]), *(list(one.values()) for one in told)]
    text = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    (out / "summary.md").write_text(text, "utf-8")


def _row(card: ModelCard, split: str, metrics: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"model": card.name, "version": card.version, "task": card.task}
    row |= {"split": split, "scans": metrics["scans"]}
    for heading, name in SIDE_BY_SIDE.items():
        figure = main_figure(metrics, name) or {}
        column = heading.lower().replace(" ", "_")
        row |= {column: figure.get("value")}
        row |= {f"{column}_{bound}": figure.get(bound) for bound in ("low", "high")}
    costs = ("milliseconds", "megabytes", "parameters")
    return row | {name: metrics.get(name) for name in costs}


def figures_table(label: str, split: str, metrics: Mapping[str, Any]) -> Table:
    """Lay out a network's overall figures with their intervals for a terminal."""
    title = f"{label}, {split}: {metrics['scans']} scans of {metrics['groups']} patients or groups"
    caption = f"{metrics['milliseconds']} ms a plane (median), {metrics['megabytes']} MB"
    table = Table("figure", "value", "95 % interval", "scans", title=title, caption=caption)
    for explanation, figure in overall(metrics):
        value = figure_text({"value": figure["value"]})
        table.add_row(explanation, value, interval_text(figure), str(figure["n"]))
    return table


def parts_table(metrics: Mapping[str, Any]) -> Table:
    """Lay out sources, classes, kinds and lesion sizes, one a row, without intervals."""
    members = list(parts(metrics))
    columns = part_columns(figures for _, figures in members)
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("part", overflow="fold")
    for heading in ("scans", *columns):
        table.add_column(heading, width=max(len("0.000"), *map(len, heading.split())))
    for part, figures in members:
        found = (main_figure(figures, *names) for names in columns.values())
        cells = (figure_text(figure and {"value": figure["value"]}) for figure in found)
        table.add_row(part, str(part_scans(figures)), *cells)
    return table
