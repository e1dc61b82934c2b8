from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from napari_multicancer.core.models.cards import ModelCard, find_model, list_models

page = pytest.importorskip("scripts.models_page.page", reason="only a checkout has scripts")
targets = pytest.importorskip("scripts.models_page.targets")
MET, MET_BY_VALUE = targets.MET, targets.MET_BY_VALUE
TARGETS, Target = targets.TARGETS, targets.Target
models_page = page.models_page

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
    tested = replace(brain, metrics=metrics)
    (one,) = targets.compare([tested])
    assert (one.card, one.target.what, one.figure) == (tested, "mean Dice, Figshare", dice)
    assert one.verdict == "no, off by 0.100"
    assert targets.compare([replace(tested, is_default=False)]) == []


def test_every_target_names_a_figure_that_the_shipped_cards_have() -> None:
    told = models_page([find_model(task) for task in ("brain", "breast", "recognizer")])
    for target in TARGETS:
        assert f"| {target.what} | {target.words} |" in told


def test_what_limits_a_figure_is_told_where_it_is_missed_and_only_there() -> None:
    target = next(t for t in TARGETS if t.limit)

    def told(value: float) -> str:
        metrics: dict[str, Any] = {"value": value, "n": 1}
        for name in reversed(target.place):
            metrics = {name: metrics}
        test = {"scans": 1, "groups": 1, **metrics}
        return str(models_page([replace(find_model(target.task), metrics={"test": test})]))

    missed = target.bound - 0.1
    assert f"- *{target.task}, {target.what}*: {target.limit}" in told(missed)
    assert target.limit not in told(target.bound)


def _evaluated(name: str, **metrics) -> ModelCard:
    card = find_model(name)
    return replace(card, metrics=metrics)


def test_networks_stand_side_by_side_with_a_dash_for_what_is_unknown() -> None:
    figure = {"value": 0.8234, "low": 0.79, "high": 0.85, "n": 10}
    full = {"scans": 10, "dice": figure, "auc_tumor": {"value": 0.9, "n": 10}}
    full |= {"hausdorff_95": figure | {"value": 12.345}, "milliseconds": 17.6, "megabytes": 3.14}
    card = _evaluated("brain", test=full | {"groups": 4}, val={"scans": 3, "groups": 3})
    (row,) = [line for line in models_page([card]).splitlines() if "(default)" in line]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells == [
        f"{card.label} (default)",
        "test",
        "10",
        "0.823 (0.790-0.850)",
        "–",
        "12.3 (0.790-0.850)",
        "0.900",
        "–",
        "–",
        "–",
        "18",
        "3.1",
    ]


def test_validation_stands_in_where_the_test_split_is_still_closed() -> None:
    card = _evaluated("breast", val={"scans": 7, "groups": 7})
    assert f"| {card.label} (default) | validation | 7 | – |" in models_page([card])


def test_sources_classes_and_sizes_share_one_table() -> None:
    metrics = {
        "scans": 10,
        "groups": 10,
        "BUSI": {"dice": {"value": 0.8, "n": 9}, "accuracy": {"value": 0.7, "n": 10}},
        "by_class": {
            "normal": {
                "auc": {"value": 0.9, "n": 10},
                "accuracy": {"value": 0.5, "n": 2},
                "false_masks": {"value": 0.4, "low": 0, "high": 1, "n": 1},
            }
        },
        "by_size": {"under 1 %": {"dice": {"value": 0.5, "n": 2}}},
    }
    report = models_page([_evaluated("breast", val=metrics)])
    assert "| part | scans | right | AUC | Dice | false masks |" in report
    assert "| BUSI | 10 | 0.700 | – | 0.800 | – |" in report
    assert "| class normal | 2 | 0.500 | 0.900 | – | 0.400 (0.000-1.000) |" in report
    assert "| lesion under 1 % | 2 | – | – | 0.500 | – |" in report


def test_preprocessing_and_refinement_are_told_where_a_card_asks_for_them() -> None:
    card = replace(find_model("brain"), preprocessing=("median", "head"), refinement="crf")
    report = models_page([card])
    assert "- Before the network: median, head." in report
    assert "- After the network: crf." in report
    plain = replace(card, preprocessing=(), refinement="")
    assert "the network:" not in models_page([plain])


def test_a_network_that_does_not_ship_says_so(tmp_path: Path) -> None:
    shipped = find_model("brain")
    beside = replace(shipped, name="brain_unet", is_default=False, path=tmp_path / "brain_unet")
    report = models_page([shipped, beside])
    assert f"| {beside.label} (not in the package) |" in report
    assert f"| {shipped.label} (default) |" in report
    assert report.count("not in the package, which must stay small") == 1


def test_every_shipped_card_can_be_told() -> None:
    cards = list_models()
    report = models_page(cards)
    for card in cards:
        assert f"## {card.label}" in report
