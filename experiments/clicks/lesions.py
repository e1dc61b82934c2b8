"""Lesions of the validation split, with their truth and the automatic mask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.clicks.told import Region
from napari_multicancer.core.analysis.analyze import CLASSIFY, SEGMENT, analyze
from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.models.organs import organs
from napari_multicancer.core.scan.scan import Scan, guess_axes
from napari_multicancer.training.data.samples import read_manifest
from napari_multicancer.training.prepare.pictures import read_mask, read_picture

SPLIT = "val"
"""The only one that is opened."""
MADE_UP = ("composed",)
"""Sources that are not real: no figure is told of them."""
SEED = 20260


@dataclass(frozen=True, eq=False)
class Lesion:
    """A picture with an outlined lesion.

    Attributes
    ----------
    image, organ, source, group : str
        As in the manifest.
    plane : ndarray, shape (row, column) or (row, column, 3)
    truth, automatic : ndarray of bool, shape (row, column)
        The outline drawn, and the shipped network's; the latter may be empty.
    known : bool
        The shipped network was trained on this source.
    """

    image: str
    organ: str
    source: str
    group: str
    plane: NDArray[Any]
    truth: Region
    automatic: Region
    known: bool


def lesions(data: Path, most_per_source: int, sources: Sequence[str] = ()) -> Iterator[Lesion]:
    """Go through lesions, always the same ones, by turns one of each source.

    Parameters
    ----------
    data : Path
        The training folder.
    most_per_source : int
        Of each source; first one of each patient, then further ones.
    sources : sequence of str
        All where none is named.

    Yields
    ------
    Lesion
    """
    rows = read_manifest(data)
    wanted = (rows["split"] == SPLIT) & (rows["mask"] != "") & ~rows["source"].isin(MADE_UP)
    if sources:
        wanted &= rows["source"].isin(sources)
    each = []
    for organ in organs():
        card = find_model(organ)
        chosen = rows[wanted & (rows["organ"] == organ) & (rows["diagnosis"] != card.healthy)]
        for source, part in patients_first(chosen).groupby("source"):
            known = source in trained_on(card.training)
            each.append(islice(_outlined(data, part, known), most_per_source))
    for turn in zip_longest(*each):
        yield from (lesion for lesion in turn if lesion is not None)


def _outlined(data: Path, rows: pd.DataFrame, known: bool) -> Iterator[Lesion]:
    """Go through the pictures of a source on which something is outlined."""
    for row in rows.to_dict("records"):
        plane, truth = _read(data, row)
        if truth.any():
            named = (row[column] for column in ("image", "organ", "source", "group"))
            yield Lesion(*named, plane, truth, _automatic(plane, row["organ"]), known)


def patients_first(rows: pd.DataFrame) -> pd.DataFrame:
    """Shuffle rows, always alike, so that no patient comes again before all have come once."""
    drawn = rows.sample(frac=1, random_state=SEED)
    again = drawn.groupby(["source", "group"]).cumcount()
    return drawn.iloc[np.argsort(again, kind="stable")]


def trained_on(training: dict[str, Any]) -> set[str]:
    """Name the sources that a network was trained on, by its card's table of training."""
    return {entry["source"] for entry in training["data"] if entry["train"]}


def _read(data: Path, row: dict[str, str]) -> tuple[NDArray[Any], Region]:
    plane = read_picture(data / row["image"])
    truth = read_mask(data / row["mask"], (plane.shape[0], plane.shape[1]))
    return plane, truth.astype(bool)


def _automatic(plane: NDArray[Any], organ: str) -> Region:
    scan = Scan(plane, guess_axes(plane.shape))
    answer = analyze(scan, organ=organ, steps=(CLASSIFY, SEGMENT))
    return np.asarray(answer.mask, bool)
