"""The command `export`."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from napari_multicancer.cli.training.common import DataFolder, Network, TaskName, require_packages
from napari_multicancer.core.models.cards import weights_folder


class Quantization(StrEnum):
    """How an exported network keeps its weights."""

    FLOAT16 = "float16"
    MIXED = "mixed"
    INT8 = "int8"


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
    require_packages()
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
