"""The command `train`."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from napari_multicancer.cli.options import with_options
from napari_multicancer.cli.say import say
from napari_multicancer.cli.training.common import (
    DataFolder,
    Network,
    TaskName,
    progress,
    require_packages,
)
from napari_multicancer.training.options import TrainOptions

if TYPE_CHECKING:
    from napari_multicancer.core.planes.progress import Progress
    from napari_multicancer.training.recipe import TaskConfig


class _Epochs:
    """Tells of each epoch that is over, and how long the others will take."""

    def __init__(self, console: Console, epochs: int) -> None:
        self._console = console
        self._epochs = epochs
        self._started = time.monotonic()
        self._done = 0

    def __call__(self, row: Mapping[str, float]) -> None:
        self._done += 1
        pace = (time.monotonic() - self._started) / self._done
        left = pace * (self._epochs - row["epoch"]) / 60
        figures = ", ".join(f"{name} {x:.3f}" for name, x in row.items() if name != "epoch")
        self._console.print(
            f"epoch {row['epoch']} of {self._epochs}: {figures}; {left:.0f} min left"
        )


def _read(data: Path, recipe: TaskConfig, advance: Progress) -> dict[str, Any]:
    """Read what a recipe trains and validates on."""
    if not recipe.answers_clicks:
        from napari_multicancer.training.data.samples import load_training_data

        return dict(load_training_data(data, recipe, advance))
    from napari_multicancer.training.data.click_scans import load_click_scans
    from napari_multicancer.training.fit.appearance import as_a_stranger_sees

    return dict(load_click_scans(data, recipe, as_a_stranger_sees, advance))


@with_options(TrainOptions, start=tuple)
def train(
    task: TaskName,
    data: DataFolder,
    options: TrainOptions,
    network: Network = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Run folder; runs/NAME unless told.")
    ] = None,
) -> None:
    """Train a network; stopped at any moment, the same command goes on from the last checkpoint."""
    require_packages()
    os.environ["KERAS_BACKEND"] = options.backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from napari_multicancer.training.data.concerns import concerns
    from napari_multicancer.training.start import find_start

    recipe = options.recipe(task, network)
    starts = [find_start(name) for name in options.start]
    with progress("Reading the data") as advance:
        samples = _read(data, recipe, advance)
    for sentence in concerns({split: some.rows for split, some in samples.items()}, recipe):
        say(sentence)
    from napari_multicancer.training.fit.train import train as fit_network

    console = Console()
    folder = out or Path("runs") / recipe.name
    best = fit_network(
        recipe,
        samples,
        folder,
        resume=options.resume,
        start=starts,
        on_epoch=_Epochs(console, recipe.epochs),
        on_minute=None if console.is_terminal else lambda pace: console.print(str(pace)),
        minutes=options.minutes,
    )
    console.print(
        f"The best epoch is in {best}; next: napari-multicancer export {task} --run {folder}"
    )
