"""Evaluate models on one split, through the same path that users take."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from napari_multicancer.core.errors import OutputError, UnsupportedScanError
from napari_multicancer.core.models.cards import ModelCard
from napari_multicancer.training.data.samples import read_manifest, select
from napari_multicancer.training.evaluate.cases import examine_case, kinds
from napari_multicancer.training.evaluate.figures import summarize
from napari_multicancer.training.evaluate.reliability import draw_reliability
from napari_multicancer.training.evaluate.sheet import draw_cases
from napari_multicancer.training.evaluate.table import write_summary
from napari_multicancer.training.recipe import default_recipes, find_recipe

Progress = Callable[[int, int], None]


def evaluate(
    cards: Sequence[ModelCard],
    data: Path,
    split: str,
    out: Path,
    progress: Progress | None = None,
    most_per_source: int = 0,
) -> dict[str, dict[str, Any]]:
    """Evaluate models on the same scans, and write what was found.

    ``metrics.json`` holds all figures, ``summary.csv`` and ``summary.md`` the
    main ones, one row a model. Each model has ``NAME_cases.csv``, one row a
    scan, ``NAME_cases.png``, its best, median and worst cases, and
    ``NAME_reliability.png``, how far its probabilities can be believed.

    Parameters
    ----------
    cards : sequence of ModelCard
    data : Path
        The training folder.
    split : {"train", "val", "test"}
        "test" is for final figures only.
    out : Path
        Made where it does not exist.
    progress : callable, optional
        Called with (done, total) scans, over all models.
    most_per_source : int
        Scans of a source that are looked at at most, always the same ones; 0: all.

    Returns
    -------
    dict
        By model name: the figures as `summarize` gives them, ``milliseconds``
        (median time of one analysis), ``megabytes`` (of the model file) and,
        where the card knows it, ``parameters``.

    Raises
    ------
    DataError
        The folder, its manifest or a picture cannot be used.
    OutputError
        `out` cannot be made.
    """
    manifest = read_manifest(data)
    recipes = {
        task: replace(recipe, most_per_source=most_per_source)
        for task, recipe in default_recipes().items()
    }
    chosen = {card.name: select(manifest, recipes[card.task], split) for card in cards}
    total = sum(map(len, chosen.values()))
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out} cannot be made: choose another folder.") from error
    metrics: dict[str, dict[str, Any]] = {}
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    for card in cards:
        table = examine(card, data, chosen[card.name], advance)
        table.to_csv(out / f"{card.name}_cases.csv", index=False)
        metrics[card.name] = summarize(table, find_recipe(card.task)) | _cost(card, table)
        draw_cases(out / f"{card.name}_cases.png", card, data, table)
        draw_reliability(out / card.reliability_diagram.name, card, split, table)
    (out / "metrics.json").write_text(json.dumps(metrics, indent=2), "utf-8")
    write_summary(out, cards, split, metrics)
    return metrics


def examine(
    card: ModelCard, data: Path, rows: pd.DataFrame, advance: Callable[[], None] | None = None
) -> pd.DataFrame:
    """Analyse scans by one model and compare its answers with the truth.

    Parameters
    ----------
    card : ModelCard
    data : Path
        The training folder.
    rows : DataFrame
        Of the manifest.
    advance : callable, optional
        Called after each scan.

    Returns
    -------
    DataFrame
        One row a scan, as `examine_case` gives it; those that show nothing at all, which
        nobody can answer, are left out.
    """
    cases = []
    for row in rows.assign(kind=kinds(rows)).to_dict("records"):
        with suppress(UnsupportedScanError):
            cases.append(examine_case(card, data, row))
        if advance is not None:
            advance()
    return pd.DataFrame(cases)


def _cost(card: ModelCard, table: pd.DataFrame) -> dict[str, float]:
    cost: dict[str, float] = {
        "milliseconds": round(1000 * float(table["seconds"].median()), 1),
        "megabytes": round(card.path.stat().st_size / 1e6, 2),
    }
    if card.parameters is not None:
        cost["parameters"] = card.parameters
    return cost
