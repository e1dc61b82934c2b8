"""Measure how well kinds of picture are refused that no training has seen.

Each kind of "other" picture is left out in turn: a linear classifier on the
encoder's ImageNet features learns brain, breast and the remaining kinds, then
meets the one left out. Beside it stands the distance to the organs' own
pictures, which never sees any other kind. Then each source of organ pictures is
left out, to tell how often the distance calls an unseen hospital unfamiliar.

    python experiments/unseen_kinds.py FOLDER
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.optimize import minimize
from scipy.special import log_softmax

from napari_multicancer.training.data.samples import load_samples, read_manifest, select
from napari_multicancer.training.export.calibration import fit_unfamiliar_distance
from napari_multicancer.training.networks.familiarity import (
    features,
    mahalanobis,
    predict_in_batches,
)
from napari_multicancer.training.recipe import OTHER, find_recipe

WEIGHT_DECAY = 1e-4

ORGANS = find_recipe("recognizer").classes


def main(data: Path) -> None:
    """Print both tables for the validation split of a training folder."""
    config, manifest = find_recipe("recognizer"), read_manifest(data)
    extractor = features(config.size)
    seen: dict[str, NDArray[np.float32]] = {}
    rows: dict[str, pd.DataFrame] = {}
    for split in ("train", "val"):
        samples = load_samples(data, select(manifest, config, split), config)
        seen[split], rows[split] = predict_in_batches(extractor, samples.images), samples.rows
    Console().print(kinds_left_out(seen, rows))
    Console().print(sources_left_out(seen, rows))


def kinds_left_out(seen: dict[str, NDArray[np.float32]], rows: dict[str, pd.DataFrame]) -> Table:
    """Refusal of each kind of other picture by classifier, by distance and by either."""
    train, val = rows["train"], rows["val"]
    distances, limit = measure(seen, rows, np.ones(len(train), bool), np.ones(len(val), bool))
    far = distances > limit
    is_other = (val["organ"] == OTHER).to_numpy()
    refused = np.zeros(len(val), bool)
    for kind in val.loc[is_other, "group"].unique():
        keep = (train["group"] != kind).to_numpy()
        classify = linear_classifier(seen["train"][keep], train.loc[keep, "organ"])
        left_out = is_other & (val["group"] == kind).to_numpy()
        refused[left_out] = classify(seen["val"][left_out]) == ORGANS.index(OTHER)
    title = f"Kinds left out; {far[~is_other].mean():.1%} of brain and breast beyond the distance"
    table = Table("kind", "pictures", "classifier", "distance", "either", title=title)
    for kind, part in [*val[is_other].groupby("group"), ("all", val[is_other])]:
        at = part.index
        shares = (refused[at].mean(), far[at].mean(), (refused | far)[at].mean())
        table.add_row(str(kind), str(len(at)), *(f"{share:.2f}" for share in shares))
    return table


def sources_left_out(seen: dict[str, NDArray[np.float32]], rows: dict[str, pd.DataFrame]) -> Table:
    """Share of each source that is unfamiliar to a distance that has not seen it."""
    train, val = rows["train"], rows["val"]
    table = Table("source", "pictures", "unfamiliar", title="Sources left out")
    for source in sorted(val.loc[val["organ"] != OTHER, "source"].unique()):
        elsewhere = [(part["source"] != source).to_numpy() for part in (train, val)]
        distances, limit = measure(seen, rows, *elsewhere)
        share = (distances[~elsewhere[1]] > limit).mean()
        table.add_row(source, str((~elsewhere[1]).sum()), f"{share:.2f}")
    return table


def measure(
    seen: dict[str, NDArray[np.float32]],
    rows: dict[str, pd.DataFrame],
    train: NDArray[np.bool_],
    val: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], float]:
    """Distances of all validation pictures, and the limit, from the rows named of each split."""
    known = train & (rows["train"]["organ"] != OTHER).to_numpy()
    whitening, centres = mahalanobis(seen["train"][known], rows["train"].loc[known, "organ"])
    gaps = (seen["val"] @ whitening)[:, None] - centres
    distances = np.sqrt((gaps**2).sum(axis=-1).min(axis=1))
    in_scope = val & (rows["val"]["organ"] != OTHER).to_numpy()
    return distances, fit_unfamiliar_distance(distances[in_scope])


def linear_classifier(
    x: NDArray[np.float32], organs: pd.Series
) -> Callable[[NDArray[np.float32]], NDArray[np.int64]]:
    """Fit a softmax regression; rare classes count more, by the square root."""
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-6
    truth = np.eye(len(ORGANS))[[ORGANS.index(organ) for organ in organs]]
    weight = (truth @ truth.sum(axis=0)) ** -0.5
    weight /= weight.sum()

    def prepared(pictures: NDArray[np.float32]) -> NDArray[np.float64]:
        scaled = (pictures - mean) / deviation
        return np.hstack([scaled, np.ones((len(scaled), 1))]).astype(np.float64)

    inputs = prepared(x)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        kernel = flat.reshape(inputs.shape[1], -1)
        log_probability = log_softmax(inputs @ kernel, axis=1)
        value = -(weight * (log_probability * truth).sum(axis=1)).sum()
        slope = inputs.T @ (weight[:, None] * (np.exp(log_probability) - truth))
        penalty = WEIGHT_DECAY * (kernel**2).sum()
        return value + penalty, (slope + 2 * WEIGHT_DECAY * kernel).ravel()

    start = np.zeros(inputs.shape[1] * len(ORGANS))
    kernel = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 150}).x
    return lambda pictures: (prepared(pictures) @ kernel.reshape(-1, len(ORGANS))).argmax(axis=1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
