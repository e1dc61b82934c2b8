"""The command `evaluate`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from napari_multicancer.cli.training.common import DataFolder, progress, require_packages
from napari_multicancer.core.models.cards import RECOGNIZER, ModelCard, find_model, list_models
from napari_multicancer.core.models.record import INTERACTIVE


class Split(StrEnum):
    """The splits of a training folder."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"


def evaluate(
    data: DataFolder,
    split: Annotated[Split, typer.Option(help="test: for final figures only.")] = Split.TEST,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where figures, tables and pictures go.")
    ] = Path("evaluation"),
    models: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Not all of them; repeatable.")
    ] = None,
    most_per_source: Annotated[
        int, typer.Option(min=0, help="Look at so many scans of a source; 0: at all.")
    ] = 0,
    write_cards: Annotated[
        bool, typer.Option("--write-cards", help="Write the figures into the model cards.")
    ] = False,
    left_out: Annotated[
        bool,
        typer.Option(
            "--left-out", help="Print how networks do on sources that training did not see."
        ),
    ] = False,
    run: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR", help="With --left-out: score this run, whose recipe left sources out."
        ),
    ] = None,
    never_seen: Annotated[
        bool,
        typer.Option(
            "--never-seen",
            help="With --left-out: score networks on the sources that they did not learn from.",
        ),
    ] = False,
    fit_sure: Annotated[
        bool,
        typer.Option(
            "--fit-sure",
            help="With --run: from which probability on 90 % of the answers on the sources left "
            "out are right; with --write-cards answers count from there on, if not from higher.",
        ),
    ] = False,
) -> None:
    """Measure models on one split, with 95 % intervals over patients."""
    require_packages()
    if left_out:
        found, sure = _score_left_out(data, out, models, run or [], never_seen)
        if write_cards:
            _keep_left_out(found, sure if fit_sure else {})
        if fit_sure:
            _print_sure(sure)
        _print_left_out(models, {} if write_cards else found)
        return
    from napari_multicancer.training.evaluate.evaluate import evaluate as evaluate_models
    from napari_multicancer.training.evaluate.table import figures_table, parts_table
    from napari_multicancer.training.export import cards

    chosen = _asked_for(models)
    with progress("Evaluating") as advance:
        metrics = evaluate_models(chosen, data, split, out, advance, most_per_source)
    for card in chosen:
        Console().print(figures_table(card.label, split, metrics[card.name]))
        Console().print(parts_table(metrics[card.name]))
        if write_cards:
            cards.add_metrics(card, split, metrics[card.name], out)
    Console().print(f"{out} holds all figures, side by side in summary.md, and the pictures.")


Entries = dict[str, list[dict[str, Any]]]
"""By name of a network, its sources left out."""


def _score_left_out(
    data: Path, out: Path, models: Sequence[str] | None, runs: Sequence[Path], never_seen: bool
) -> tuple[Entries, dict[str, float]]:
    """Score runs and networks on sources that they never saw, where that is asked for."""
    found: Entries = {}
    if not runs and not never_seen:
        return found, {}
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from napari_multicancer.training.evaluate.left_out import (
        entries_of,
        score_left_out,
        score_never_seen,
        sure_from,
    )

    with progress("Evaluating") as advance:
        if never_seen:
            found = score_never_seen(_asked_for(models), data, advance)
        scored = score_left_out(runs, data, out, advance) if runs else []
    for name, entries in entries_of(scored).items():
        found[name] = [*found.get(name, []), *entries]
    return found, sure_from(scored)


def _keep_left_out(found: Entries, sure: Mapping[str, float]) -> None:
    """Write entries, and from when on an answer counts, into the cards."""
    from napari_multicancer.training.evaluate.left_out import (
        ask_more_of_sure_answers,
        keep_in_card,
    )

    for card in list_models():
        if card.name in sure:
            ask_more_of_sure_answers(card, sure[card.name])
        if found.get(card.name):
            keep_in_card(card, found[card.name])


def _print_sure(sure: Mapping[str, float]) -> None:
    """Say from which probability on answers can be believed where training saw nothing alike."""
    for name, threshold in sure.items():
        Console().print(
            f"{name}: on sources left out 90 % of the answers are right from a probability of "
            f"{threshold:.2f} on, each source counting the same."
        )
    if not sure:
        Console().print("No run that names a class was scored: name runs by --run.")


def _print_left_out(models: Sequence[str] | None, found: Mapping[str, Any]) -> None:
    """Print each network's table of left-out sources: what was found now, else its card's."""
    from napari_multicancer.core.models.left_out import COLUMNS, left_out_rows, nothing_left_out

    for card in _asked_for(models):
        entries = found.get(card.name) or card.left_out
        if not entries:
            Console().print(nothing_left_out(card))
            continue
        table = Table("source", "asked", "scans", *COLUMNS, title=card.label)
        for row in left_out_rows(entries):
            table.add_row(*row)
        Console().print(table)


def _asked_for(models: Sequence[str] | None) -> list[ModelCard]:
    """List the networks that name a class, all of them or those of these names."""
    known = [card for card in list_models() if card.role != INTERACTIVE]
    for name in set(models or []) - {card.name for card in known}:
        find_model(RECOGNIZER, name)
    return [card for card in known if not models or card.name in models]
