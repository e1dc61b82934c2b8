"""How far an outline gets through the planes of a volume, and how many planes a user settles.

    python experiments/planes.py DATA --csv planes.csv [--patients 16]

The volumes are the patients of LGG's validation split, whose planes are complete. A user settles
the plane on which the lesion is largest, then again and again the plane that is most wrong, as the
truth has it. What stands on the others is told by each of `METHODS`. `--table planes.csv` prints
the tables of an earlier run.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.clicks.lesions import SEED, SPLIT
from experiments.clicks.tables import markdown, with_interval
from napari_multicancer.core.analysis.analyze import CLASSIFY, SEGMENT, analyze
from napari_multicancer.core.analysis.propagation import Limits, propagate
from napari_multicancer.core.masks.interpolation import shapes_between
from napari_multicancer.core.masks.labels import fullest_plane
from napari_multicancer.core.masks.overlap import dice
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.training.data.samples import read_manifest
from napari_multicancer.training.prepare.pictures import read_mask, read_picture

SOURCE, ORGAN = "LGG", "brain"
MOST = 10
"""Planes that the user settles before giving up."""
GOAL = 0.85
AFTER = (1, 2, 3, 5)
FARTHEST = 10
Volume = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Patient:
    """A volume: scan, truth and automatic mask, both of shape (plane, row, column)."""

    name: str
    scan: Scan
    truth: Volume
    automatic: Volume


def automatic(patient: Patient, settled: Sequence[int]) -> Volume:
    """Leave what the network outlined by itself."""
    mask = patient.automatic.copy()
    mask[list(settled)] = patient.truth[list(settled)]
    return mask


def copied(patient: Patient, settled: Sequence[int]) -> Volume:
    """Copy the nearest settled plane, as far as the way through the planes may go."""
    mask = np.zeros_like(patient.truth)
    for plane in range(len(mask)):
        nearest = min(settled, key=lambda one: abs(one - plane))
        if abs(nearest - plane) <= Limits().farthest:
            mask[plane] = patient.truth[nearest]
    return mask


def interpolated(patient: Patient, settled: Sequence[int]) -> Volume:
    """Interpolate between settled planes that share pixels; beyond them there is nothing."""
    mask = np.zeros_like(patient.truth)
    mask[list(settled)] = patient.truth[list(settled)]
    for low, high in pairwise(sorted(settled)):
        below, above = patient.truth[low], patient.truth[high]
        if high - low > 1 and (below & above).any():
            mask[low + 1 : high] = list(shapes_between(below, above, high - low - 1))
    return mask


def propagated(patient: Patient, settled: Sequence[int]) -> Volume:
    """Let the network of clicks go from plane to plane."""
    outlined = np.zeros(patient.truth.shape, np.uint8)
    outlined[list(settled)] = patient.truth[list(settled)]
    return np.asarray(propagate(patient.scan, outlined, settled).mask, bool)


METHODS: dict[str, Callable[[Patient, Sequence[int]], Volume]] = {
    "automatic": automatic,
    "copied": copied,
    "interpolated": interpolated,
    "propagated": propagated,
}


def patients(data: Path, most: int) -> Iterator[Patient]:
    """Go through the volumes of the validation split that have a lesion, always the same ones."""
    rows = read_manifest(data)
    rows = rows[(rows["source"] == SOURCE) & (rows["split"] == SPLIT)]
    names = pd.Series(sorted(rows["group"].unique())).sample(frac=1, random_state=SEED)
    found = 0
    for name in names:
        part = rows[rows["group"] == name].sort_values("image")
        planes = np.stack([read_picture(data / image) for image in part["image"]])
        shape = (planes.shape[1], planes.shape[2])
        masks = [
            read_mask(data / mask, shape) if mask else np.zeros(shape) for mask in part["mask"]
        ]
        truth = np.stack(masks).astype(bool)
        if found == most or not truth.any():
            continue
        found += 1
        scan = Scan(planes, "zyxc" if planes.ndim == 4 else "zyx", name=name)
        answer = analyze(scan, organ=ORGAN, steps=(CLASSIFY, SEGMENT))
        yield Patient(name, scan, truth, np.asarray(answer.mask, bool))


def settle(patient: Patient, method: str) -> Iterator[dict[str, Any]]:
    """Settle plane after plane; give a row for each, and one for each plane near the first."""
    settled = [fullest_plane(patient.truth)]
    for count in range(1, min(MOST, len(patient.truth)) + 1):
        started = time.perf_counter()
        mask = METHODS[method](patient, sorted(settled))
        seconds = time.perf_counter() - started
        told = {"patient": patient.name, "method": method, "settled": count}
        looked = int((mask.any((1, 2)) & ~np.isin(range(len(mask)), settled)).sum())
        yield told | {"dice": dice(patient.truth, mask), "seconds": seconds, "planes": looked}
        if count == 1:
            for plane, lesion in enumerate(patient.truth):
                away = abs(plane - settled[0])
                if lesion.any() and 0 < away <= FARTHEST:
                    yield told | {"away": away, "dice": dice(lesion, mask[plane])}
        wrong = np.count_nonzero(mask != patient.truth, axis=(1, 2))
        if not wrong.any():
            return
        settled.append(int(wrong.argmax()))


def report(rows: pd.DataFrame) -> str:
    """Write the tables in Markdown: by distance, of the whole volume, planes to the goal, time."""
    near = rows[rows["away"].notna()]
    whole = rows[rows["away"].isna()]
    methods = [str(method) for method in rows["method"].unique()]
    distances = range(1, FARTHEST + 1)
    carried = []
    for method in methods:
        part = near[near["method"] == method].groupby(["patient", "away"])["dice"].mean()
        means = part.groupby("away").mean()
        carried.append([method, *(f"{means.get(away, np.nan):.3f}" for away in distances)])
    heads = [f"Dice, {count} settled" for count in AFTER]
    return "\n".join(
        [
            f"{rows['patient'].nunique()} patients of {SOURCE}, validation split.\n",
            markdown(["method", *(f"{away} away" for away in distances)], carried),
            markdown(
                ["method", *heads, f"planes to Dice {GOAL}", "missed", "ms a plane"],
                [[method, *_volumes(whole[whole["method"] == method])] for method in methods],
            ),
        ]
    )


def _volumes(part: pd.DataFrame) -> Iterator[str]:
    """Tell the cells of a method: Dice after so many planes, planes to the goal, time."""
    each = {name: group.sort_values("settled") for name, group in part.groupby("patient")}
    told = pd.DataFrame({"source": SOURCE, "group": list(each)})
    for count in AFTER:
        told["dice"] = [g.loc[g["settled"] <= count, "dice"].iloc[-1] for g in each.values()]
        yield with_interval(told, "dice")
    reached = np.array([g.loc[g["dice"] >= GOAL, "settled"].min() for g in each.values()])
    told["planes"] = np.where(np.isnan(reached), MOST, reached)
    yield with_interval(told, "planes", "{:.1f}")
    yield f"{np.isnan(reached).mean():.0%}"
    yield f"{1e3 * part['seconds'].sum() / max(1, part['planes'].sum()):.0f}"


def main() -> None:
    """Run all methods on all patients, or print the tables of a run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--csv", type=Path, default=Path("planes.csv"))
    parser.add_argument("--patients", type=int, default=16)
    parser.add_argument("--table", type=Path)
    given = parser.parse_args()
    if given.table is None:
        if given.data is None:
            parser.error("name the training folder")
        rows: list[dict[str, Any]] = []
        for patient in patients(given.data, given.patients):
            for method in METHODS:
                rows += settle(patient, method)
            pd.DataFrame(rows).to_csv(given.csv, index=False)
    print(report(pd.read_csv(given.table or given.csv)))


if __name__ == "__main__":
    main()
