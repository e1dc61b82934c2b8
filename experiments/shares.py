"""Find the shares by which the answers of networks of one organ are best joined.

    python experiments/shares.py TASK FOLDER CARD.toml[,mirrored] CARD.toml[,mirrored] [...]

Each network is asked about at most 250 validation scans a source. All shares in quarters are
tried, of the diagnosis and of the outline, with all thresholds, at 144 pixels. Printed are the
best joints by the rule of docs/experiments.md, the mean of K (sources that some of the networks
learnt from) and U (the others), and each network alone. `experiments/join.py` makes the file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax
from skimage.transform import resize

from experiments.join import MOST_PER_SOURCE, Asked, answers
from napari_multicancer.core.models.left_out import source_score
from napari_multicancer.training.classification import balanced_accuracy
from napari_multicancer.training.data.samples import (
    UNKNOWN,
    Samples,
    load_samples,
    read_manifest,
    select,
)
from napari_multicancer.training.recipe import find_recipe

SIZE = 144
QUARTERS = 4
MASK_THRESHOLDS = (0.3, 0.4, 0.5, 0.6)
GATES = (0.5, 0.8, 1.1)
SHOWN = 12
FALSE_MASK = 12
"""Pixels at this size above which a mask on a healthy scan counts."""

Shares = tuple[float, ...]


@dataclass(frozen=True)
class Joint:
    """One way to join, and its score by source."""

    diagnosis: Shares
    lesion: Shares
    mask_threshold: float
    gate: float
    scores: dict[str, float]

    def means(self, known: set[str]) -> tuple[float, float]:
        """K and U; where one has no source, it is the other."""
        ours = [score for source, score in self.scores.items() if source in known]
        others = [score for source, score in self.scores.items() if source not in known]
        return float(np.mean(ours or others)), float(np.mean(others or ours))


def shares(parts: int) -> list[Shares]:
    """List the ways to share a whole out in quarters."""
    told = product(range(QUARTERS + 1), repeat=parts)
    return [tuple(q / QUARTERS for q in one) for one in told if sum(one) == QUARTERS]


def ask(part: Asked, samples: Samples) -> tuple[NDArray[Any], NDArray[Any]]:
    """Give calibrated logits (n, classes), and lesion probabilities (n, SIZE, SIZE)."""
    images = samples.images[:, :, ::-1] if part.mirrored else samples.images
    told = answers(part.card.path.read_bytes(), images)
    maps = expit(told["lesion"][..., 0].astype(np.float32))
    maps = maps[:, :, ::-1] if part.mirrored else maps
    small = np.stack([resize(one, (SIZE, SIZE), order=1).astype(np.float16) for one in maps])
    return told["diagnosis"] / part.card.temperature, small


def joints(
    logits: Sequence[NDArray[Any]], maps: Sequence[NDArray[Any]], samples: Samples
) -> Iterator[Joint]:
    """Score all ways to join."""
    truths = np.stack([resize(one, (SIZE, SIZE), order=0) > 0 for one in samples.masks])
    outlined = truths.any(axis=(1, 2))
    sources = samples.rows["source"].to_numpy()
    mixed = {
        part: softmax(sum(s * one for s, one in zip(part, logits, strict=True)), axis=1)
        for part in shares(len(logits))
    }
    for lesion in shares(len(maps)):
        map_ = sum(s * one.astype(np.float32) for s, one in zip(lesion, maps, strict=True))
        for threshold in MASK_THRESHOLDS:
            masks = map_ > threshold
            areas = masks.sum(axis=(1, 2))
            both = (masks & truths).sum(axis=(1, 2))
            overlap = 2 * both / np.maximum(1, areas + truths.sum(axis=(1, 2)))
            for (diagnosis, told), gate in product(mixed.items(), GATES):
                silent = told[:, 0] >= gate
                scores = {
                    source: source_score(
                        told_by(
                            *(values[sources == source] for values in (samples.labels, told)),
                            np.where(silent, 0, overlap)[outlined & (sources == source)],
                            np.where(silent, 0, areas)[(samples.labels == 0) & (sources == source)],
                        )
                    )
                    for source in np.unique(sources)
                }
                yield Joint(diagnosis, lesion, threshold, gate, scores)


def told_by(
    labels: NDArray[Any], told: NDArray[Any], dice: NDArray[Any], areas: NDArray[Any]
) -> dict[str, dict[str, float]]:
    """Give the figures that a source's scans can tell, as `left_out.source_score` takes them."""
    named = labels != UNKNOWN
    values = {
        "balanced_accuracy": balanced_accuracy(labels[named], told[named].argmax(1))
        if named.any()
        else None,
        "dice": float(dice.mean()) if len(dice) else None,
        "false_masks": float(np.mean(areas > FALSE_MASK)) if len(areas) else None,
    }
    return {name: {"value": value} for name, value in values.items() if value is not None}


def main(task: str, data: Path, parts: Sequence[str]) -> None:
    """Ask, join, print."""
    named = [text.split(",") for text in parts]
    asked = [Asked.read(",".join([card, "1", "1", *more])) for card, *more in named]
    config = replace(find_recipe(task), color=asked[0].card.color, refinement="")
    rows = select(read_manifest(data), replace(config, most_per_source=MOST_PER_SOURCE), "val")
    told = []
    for part in asked:
        samples = load_samples(data, rows, replace(config, size=part.card.input_size))
        told.append(ask(part, samples))
    known = {
        entry["source"]
        for part in asked
        for entry in part.entries["training"]["data"]
        if entry["train"]
    }
    found = list(joints(*zip(*told, strict=True), samples))
    found.sort(key=lambda one: -sum(one.means(known)))
    alone = [
        next(one for one in found if one.diagnosis == one.lesion == only)
        for only in shares(len(asked))
        if max(only) == 1
    ]
    print("| diagnosis | outline | mask from | empty from | K | U | mean |\n" + "|---" * 7 + "|")
    for one in [*found[:SHOWN], *alone]:
        k, u = one.means(known)
        cells = [one.diagnosis, one.lesion, one.mask_threshold, one.gate]
        cells += [f"{value:.4f}" for value in (k, u, (k + u) / 2)]
        print("| " + " | ".join(map(str, cells)) + " |")
    print("\n| source | " + " | ".join(map(str, range(1 + len(alone)))) + " |")
    print("|---" * (2 + len(alone)) + "|")
    for source in sorted(found[0].scores):
        cells = [f"{one.scores[source]:.3f}" for one in (found[0], *alone)]
        print(f"| {source} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
