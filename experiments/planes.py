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
from napari_multicancer.core.analysis.analyze import CLASSIFY, SEGMENT, analyze
from napari_multicancer.core.analysis.propagation import Limits, propagate
from napari_multicancer.core.masks.interpolation import shapes_between
from napari_multicancer.core.masks.labels import fullest_plane
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.training.data.samples import read_manifest
from napari_multicancer.training.prepare.pictures import read_mask, read_picture
from napari_multicancer.training.resampling import bootstrap_interval, mean

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
        yield told | {"dice": dice(mask, patient.truth), "seconds": seconds, "planes": looked}
        if count == 1:
            for plane, lesion in enumerate(patient.truth):
                away = abs(plane - settled[0])
                if lesion.any() and 0 < away <= FARTHEST:
                    yield told | {"away": away, "dice": dice(mask[plane], lesion)}
        wrong = np.count_nonzero(mask != patient.truth, axis=(1, 2))
        if not wrong.any():
            return
        settled.append(int(wrong.argmax()))


def dice(mask: Volume, truth: Volume) -> float:
    """Overlap of two masks, 0..1; 1 where both are empty."""
    both = np.count_nonzero(mask) + np.count_nonzero(truth)
    return 2 * np.count_nonzero(mask & truth) / both if both else 1.0


def report(rows: pd.DataFrame) -> str:
    """Write the tables in Markdown: by distance, of the whole volume, planes to the goal, time."""
    near = rows[rows["away"].notna()]
    whole = rows[rows["away"].isna()]
    lines = [
        f"{rows['patient'].nunique()} patients of {SOURCE}, validation split.\n",
        _row("method", *(f"{away} away" for away in range(1, FARTHEST + 1))),
        _row(*["---"] * (FARTHEST + 1)),
    ]
    for method, part in near.groupby("method", sort=False):
        means = part.groupby(["patient", "away"])["dice"].mean().groupby("away").mean()
        lines.append(_row(method, *(f"{means.get(n, np.nan):.3f}" for n in range(1, FARTHEST + 1))))
    heads = (f"Dice, {count} settled" for count in AFTER)
    lines += ["", _row("method", *heads, f"planes to Dice {GOAL}", "missed", "ms a plane")]
    lines.append(_row(*["---"] * (len(AFTER) + 4)))
    for method, part in whole.groupby("method", sort=False):
        lines.append(_row(method, *_volumes(part)))
    return "\n".join(lines)


def _volumes(part: pd.DataFrame) -> Iterator[str]:
    """Tell the cells of a method: Dice after so many planes, planes to the goal, time."""
    each = [group.sort_values("settled") for _, group in part.groupby("patient")]
    for count in AFTER:
        yield _interval([group.loc[group["settled"] <= count, "dice"].iloc[-1] for group in each])
    reached = [group.loc[group["dice"] >= GOAL, "settled"].min() for group in each]
    yield _interval([MOST if np.isnan(one) else one for one in reached], "{:.1f}")
    yield f"{np.isnan(reached).mean():.0%}"
    yield f"{1e3 * part['seconds'].sum() / max(1, part['planes'].sum()):.0f}"


def _interval(values: Sequence[float], form: str = "{:.3f}") -> str:
    found = np.asarray(values, np.float64)
    low, high = bootstrap_interval(
        lambda counts: mean(found, counts), [str(number) for number in range(len(found))]
    )
    told = form.format(found.mean())
    return told if np.isnan(low) else f"{told} ({form.format(low)}-{form.format(high)})"


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


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
