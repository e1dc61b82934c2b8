from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from napari_multicancer.core.models.cards import find_model
from napari_multicancer.report.model_targets import (
    MET,
    MET_BY_VALUE,
    TARGETS,
    Target,
    targets_lines,
)

AT_LEAST = Target("brain", "Dice", ("dice",), 0.8)
AT_MOST = Target("brain", "false masks", ("false_masks",), 0.05, at_most=True)


@pytest.mark.parametrize(
    ("target", "figure", "verdict"),
    [
        (AT_LEAST, {"value": 0.85, "low": 0.81, "high": 0.9}, MET),
        (AT_LEAST, {"value": 0.85, "low": 0.79, "high": 0.9}, MET_BY_VALUE),
        (AT_LEAST, {"value": 0.80}, MET),
        (AT_LEAST, {"value": 0.7, "low": 0.6, "high": 0.82}, "no, off by 0.100"),
        (AT_MOST, {"value": 0.01, "low": 0.0, "high": 0.04}, MET),
        (AT_MOST, {"value": 0.01, "low": 0.0, "high": 0.06}, MET_BY_VALUE),
        (AT_MOST, {"value": 0.25, "low": 0.0, "high": 0.5}, "no, off by 0.200"),
    ],
)
def test_a_target_is_reached_wholly_by_its_value_or_missed_by_so_much(target, figure, verdict):
    assert target.verdict(figure) == verdict


def test_only_what_a_default_network_was_tested_on_is_told() -> None:
    brain = find_model("brain")
    dice = {"value": 0.7, "low": 0.6, "high": 0.8, "n": 9}
    metrics = {"test": {"Figshare": {"dice": dice}, "dice": dice}, "val": {"auc_tumor": dice}}
    tested = replace(brain, details={"metrics": metrics})
    rows = [line for line in targets_lines([tested]) if line.startswith(f"| {brain.label}")]
    assert rows == [
        f"| {brain.label} | mean Dice, Figshare | ≥ 0.8 | 0.700 (0.600-0.800) | no, off by 0.100 |"
    ]
    assert list(targets_lines([replace(tested, is_default=False)])) == []


def test_every_target_names_a_figure_that_the_shipped_cards_have() -> None:
    told = "\n".join(
        targets_lines([find_model(task) for task in ("brain", "breast", "recognizer")])
    )
    for target in TARGETS:
        assert f"| {target.what} | {target.words} |" in told


def test_what_limits_a_figure_is_told_where_it_is_missed_and_only_there() -> None:
    target = next(t for t in TARGETS if t.limit)

    def told(value: float) -> str:
        metrics: dict[str, Any] = {"value": value}
        for name in reversed(target.place):
            metrics = {name: metrics}
        card = replace(find_model(target.task), details={"metrics": {"test": metrics}})
        return "\n".join(targets_lines([card]))

    missed = target.bound - 0.1
    assert f"- *{target.task}, {target.what}*: {target.limit}" in told(missed)
    assert target.limit not in told(target.bound)
