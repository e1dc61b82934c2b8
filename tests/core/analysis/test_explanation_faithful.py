"""What the map calls important is important: without it the answer is less probable."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from napari_multicancer import analyze, load_scan
from napari_multicancer.core.analysis.explanation import explain
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.samples import SAMPLES

CELLS = 14
"""The maps are so fine: blanking is by cells of a grid of so many rows and columns."""
SCANS = 25
CHANCES = 3
LESIONS = ("tumor", "benign", "malignant")


def cells_of(shape):
    edges = [np.linspace(0, length, CELLS + 1).astype(int) for length in shape]
    return [
        (slice(top, bottom), slice(left, right))
        for top, bottom in zip(edges[0], edges[0][1:], strict=False)
        for left, right in zip(edges[1], edges[1][1:], strict=False)
    ]


def probability_without(scan, cells, organ, label):
    pixels = scan.pixels.copy()
    for cell in cells:
        pixels[cell] = np.median(scan.pixels, axis=(0, 1)).astype(pixels.dtype)
    return analyze(
        Scan(pixels, scan.axes), organ=organ, steps=("classify",)
    ).diagnosis.probabilities[label]


def losses(scan, organ, random):
    """Give what blanking the hottest tenth costs in probability, and what random tenths do."""
    diagnosis = analyze(scan, organ=organ, steps=("classify",)).diagnosis
    label, before = diagnosis.label, diagnosis.probabilities[diagnosis.label]
    heat = explain(scan, organ, label).activation
    cells = cells_of(heat.shape)
    tenth = round(len(cells) / 10)
    hot = np.argsort([heat[cell].mean() for cell in cells])[-tenth:]
    choices = [hot, *(random.permutation(len(cells))[:tenth] for _ in range(CHANCES))]
    costs = [
        before - probability_without(scan, [cells[i] for i in chosen], organ, label)
        for chosen in choices
    ]
    return costs[0], costs[1:]


@pytest.mark.parametrize("organ", ["brain", "breast"])
def test_blanking_the_hottest_tenth_costs_more_than_a_random_tenth(data_folder, organ):
    with (data_folder / "manifest.csv").open(encoding="utf-8") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if (row["split"], row["organ"]) == ("val", organ) and row["diagnosis"] in LESIONS
        ]
    random = np.random.default_rng(0)
    hottest, at_random = [], []
    for index in random.permutation(len(rows))[:SCANS]:
        hot, others = losses(load_scan(data_folder / rows[index]["image"]), organ, random)
        hottest.append(hot)
        at_random += others
    assert np.mean(hottest) > np.mean(at_random) + 0.02


@pytest.mark.slow
def test_so_it_is_on_the_scans_that_come_with_the_package():
    random = np.random.default_rng(0)
    hottest, at_random = [], []
    for scan, organ in samples_with_a_lesion():
        hot, others = losses(scan, organ, random)
        hottest.append(hot)
        at_random += others
    assert len(hottest) == 6
    assert np.mean(hottest) > np.mean(at_random) + 0.02


def samples_with_a_lesion():
    """Give three pictures, and three planes of the stack."""
    scans = {sample.file: load_scan(sample.path) for sample in SAMPLES}
    yield scans["brain_tumor.jpg"], "brain"
    stack = scans["brain_tumor_stack.tif"]
    for plane in (3, 4, 5):
        yield Scan(np.asarray(stack.pixels[plane]), stack.axes[1:]), "brain"
    for kind in ("benign", "malignant"):
        yield scans[f"breast_{kind}.png"], "breast"
