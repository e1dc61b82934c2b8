"""Score a run, what it started from and their mean, source by source (validation split).

    python experiments/halfway.py TASK FOLDER START.keras RUN/best.keras [MOST_PER_SOURCE [OUT]]

Weights halfway between those a run started from and those it ended with often hold better on
sources that neither saw (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models", CVPR).
Printed is the mean of the rule's figures of each source, at network size. OUT is the folder of
a run that the mean becomes, for `evaluate --left-out --run` to score.
"""

from __future__ import annotations

import json
import os
import shutil
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from dataclasses import replace
from pathlib import Path

import numpy as np

from napari_multicancer.training.data.samples import Samples, load_samples, read_manifest, select
from napari_multicancer.training.fit.judge import predict, score
from napari_multicancer.training.fit.soup import mean_weights
from napari_multicancer.training.fit.train import BEST_CHECKPOINT, RECORD
from napari_multicancer.training.networks.catalog import build
from napari_multicancer.training.recipe import recipe_of_run


def part(samples: Samples, chosen: np.ndarray) -> Samples:
    """Keep some of the samples."""
    return replace(
        samples,
        images=samples.images[chosen],
        masks=samples.masks[chosen],
        has_mask=samples.has_mask[chosen],
        labels=samples.labels[chosen],
        boxes=[samples.boxes[i] for i in chosen],
        rows=samples.rows.iloc[chosen].reset_index(drop=True),
    )


def main(
    data: Path, start: Path, end: Path, most_per_source: int = 0, out: Path | None = None
) -> None:
    """Score the three, and keep the mean."""
    config = recipe_of_run(json.loads((end.parent / RECORD).read_text()))
    config = replace(config, most_per_source=most_per_source)
    samples = load_samples(data, select(read_manifest(data), config, "val"), config)
    sources = samples.rows["source"].to_numpy()
    model = build(config, pretrained=False)
    for name, parts in {"start": [start], "halfway": [start, end], "end": [end]}.items():
        model.set_weights(mean_weights(parts))
        outputs = predict(model, samples.images)
        total = []
        for source in np.unique(sources):
            chosen = np.flatnonzero(sources == source)
            found = score({k: v[chosen] for k, v in outputs.items()}, part(samples, chosen), config)
            told = [found[k] for k in ("balanced_accuracy", "dice", "empty_masks") if k in found]
            told = [value for value in told if not np.isnan(value)]
            total.append(float(np.mean(told)))
            figures = ", ".join(f"{k} {v:.3f}" for k, v in found.items())
            print(f"{name}: {source}: {figures}", flush=True)
        print(f"{name}: mean over sources {np.mean(total):.4f}", flush=True)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        model.set_weights(mean_weights([start, end]))
        model.save(out / BEST_CHECKPOINT)
        shutil.copy(end.parent / RECORD, out)


if __name__ == "__main__":
    main(
        *map(Path, sys.argv[2:5]),
        most_per_source=int(sys.argv[5]) if len(sys.argv) > 5 else 0,
        out=Path(sys.argv[6]) if len(sys.argv) > 6 else None,
    )
