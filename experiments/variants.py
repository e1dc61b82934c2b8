"""Try variants of a recipe, all else alike, and learning curves; on validation alone.

Each variant is trained at a smaller size and for fewer epochs than the shipped networks, so that
two processor cores can do many. What counts is the difference to the usual recipe on the same
scans, not the figure itself. In the study "hospital" a breast network learns from BUS-BRA alone:
BUSI is a hospital that it has never seen. In "breast" and "brain" the usual recipe learns from a
share of the training groups, with as many steps whatever the share.

    python experiments/variants.py FOLDER RUNS hospital breast brain

RUNS keeps the trainings: stopped at any moment, the same command goes on.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from scipy.special import softmax

from napari_multicancer.core.masks.overlap import dice
from napari_multicancer.training import resampling as resampled
from napari_multicancer.training.data.samples import (
    Samples,
    load_samples,
    load_training_data,
    read_manifest,
    select,
)
from napari_multicancer.training.fit.judge import predict
from napari_multicancer.training.fit.train import LAST_CHECKPOINT, train
from napari_multicancer.training.recipe import TaskConfig, find_recipe
from napari_multicancer.training.resampling import bootstrap_interval

USUAL = "usual"
SIZE = 128
FALSE_MASK = 50 / 256**2
"""Share of the picture from which on a mask of a healthy scan counts as false."""


@dataclass(frozen=True)
class Study:
    """Variants that are compared: what all have in common, and what each changes."""

    task: str
    common: dict[str, Any]
    variants: dict[str, dict[str, Any]] = field(default_factory=dict)

    def recipes(self) -> dict[str, TaskConfig]:
        """Give each variant's recipe, the usual one first."""
        usual = replace(find_recipe(self.task), size=SIZE, **self.common)
        return {USUAL: usual} | {n: replace(usual, **v) for n, v in self.variants.items()}


def learning_curve(task: str, epochs: int) -> Study:
    """Halve the scans, and halve them again, for twice the epochs each time."""
    shares = {f"{100 / n:g} % of the scans": n for n in (2, 4)}
    variants = {name: {"share": 1 / n, "epochs": epochs * n} for name, n in shares.items()}
    return Study(task, {"epochs": epochs}, variants)


HEADS = ("Dice, {}", "less usual, {}", "AUC last, {}", "AUC healthy, {}", "false masks, {}")

STUDIES = {
    "hospital": Study(
        "breast",
        {"epochs": 8, "sources": ("BUS-BRA",)},
        {
            "bending": {"elastic": 0.012},
            "parts beside and around lesions": {"crop_probability": 0.3},
        },
    ),
    "breast": learning_curve("breast", 6),
    "brain": learning_curve("brain", 4),
}


def main(data: Path, runs: Path, *names: str) -> None:
    """Train what is not trained yet, and print one table a study."""
    manifest = read_manifest(data)
    for name in names:
        study = STUDIES[name]
        sources = sorted(set(manifest.loc[manifest["organ"] == study.task, "source"]))
        cases: dict[str, pd.DataFrame] = {}
        for variant, recipe in study.recipes().items():
            run = runs / name / variant.replace(" ", "_").replace("%", "percent")
            print(f"{name}: {variant}", file=sys.stderr, flush=True)
            train(recipe, load_training_data(data, recipe), run)
            everywhere = replace(recipe, sources=tuple(sources))
            samples = load_samples(data, select(manifest, everywhere, "val"), everywhere)
            model = keras.models.load_model(run / LAST_CHECKPOINT, compile=False)
            cases[variant] = score(model, samples, recipe)
            keras.backend.clear_session()
        Console(width=160).print(as_table(name, study, cases))


def score(model: keras.Model, samples: Samples, recipe: TaskConfig) -> pd.DataFrame:
    """Give each scan its last class's probability and, where a lesion is outlined, its Dice."""
    outputs = predict(model, samples.images)
    masks = outputs["lesion"][..., 0] > 0
    lesions = samples.masks.any(axis=(1, 2))
    probabilities = softmax(outputs[recipe.label], axis=-1)
    return samples.rows[["source", "group"]].assign(
        dice=[
            dice(truth, mask) if has_lesion else np.nan
            for truth, mask, has_lesion in zip(samples.masks, masks, lesions, strict=True)
        ],
        positive=samples.labels == len(recipe.classes) - 1,
        score=probabilities[:, -1],
        healthy=samples.labels == 0,
        healthy_score=probabilities[:, 0],
        outlined=masks.sum(axis=(1, 2)) >= FALSE_MASK * recipe.size**2,
    )


def as_table(name: str, study: Study, cases: dict[str, pd.DataFrame]) -> Table:
    """Compare all variants with the usual recipe, source by source."""
    usual = cases[USUAL]
    sources = [s for s, part in usual.groupby("source") if part["dice"].count() > 1]
    heads = [head.format(s) for s in sources for head in HEADS]
    title = f"{name}: {study.task} at {SIZE} pixels, {study.common['epochs']} epochs (val)"
    table = Table("variant", *heads, title=title)
    for variant, scans in cases.items():
        cells = []
        for source in sources:
            here = (scans["source"] == source).to_numpy()
            part, base = scans[here], usual[here]
            cells += [f"{part['dice'].mean():.3f}", difference(part, base)]
            cells += [area(part, "positive", "score"), area(part, "healthy", "healthy_score")]
            cells.append(false_masks(part))
        table.add_row(variant, *cells)
    return table


def difference(part: pd.DataFrame, base: pd.DataFrame) -> str:
    """Write the mean difference in Dice on the same scans, with its 95 % interval over groups."""
    gain = part["dice"].to_numpy() - base["dice"].to_numpy()
    if not np.nan_to_num(gain).any():
        return "-"
    low, high = bootstrap_interval(lambda c: resampled.mean(gain, c), part["group"].tolist())
    return f"{np.nanmean(gain):+.3f} ({low:+.3f} to {high:+.3f})"


def area(part: pd.DataFrame, truth: str, score: str) -> str:
    """Write the AUC of a class, where a source has scans with and without it."""
    auc = resampled.roc_auc(part[truth], part[score], np.ones((1, len(part))))[0]
    return "-" if np.isnan(auc) else f"{auc:.3f}"


def false_masks(part: pd.DataFrame) -> str:
    """Write on how many healthy scans something is outlined."""
    healthy = part[part["healthy"]]
    return f"{healthy['outlined'].sum()} of {len(healthy)}" if len(healthy) else "-"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
