"""The command `prepare`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from napari_multicancer.cli.training.common import progress, require_packages
from napari_multicancer.core.errors import DataError

SPLITS = ("train", "val", "test")


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
    require_packages()
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
    with progress("Preparing") as advance:
        prepared = build_folder(folders, out, seed=seed, progress=advance)
    Console().print(_splits_table(prepared.manifest))
    Console().print(
        f"{len(prepared.manifest)} pictures are in {out}; set_aside.csv says why "
        f"{len(prepared.set_aside)} are not."
    )


def _splits_table(rows: Sequence[Mapping[str, str]]) -> Table:
    """Count a manifest's pictures by source, diagnosis and split."""
    counts = Counter((row["source"], row["diagnosis"], row["split"]) for row in rows)
    table = Table("source", "diagnosis", *SPLITS)
    for source, diagnosis in dict.fromkeys(key[:2] for key in counts):
        numbers = (counts[source, diagnosis, split] for split in SPLITS)
        table.add_row(source, diagnosis, *map(str, numbers))
    return table
