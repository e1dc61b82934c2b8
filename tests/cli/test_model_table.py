from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from napari_multicancer.cli.model_table import model_table
from napari_multicancer.core.models.cards import ModelCard, find_model, list_models
from napari_multicancer.core.models.figures import EXPLANATIONS, PARTS
from napari_multicancer.report.model_page import markdown_report
from napari_multicancer.training.evaluate.figures import summarize
from napari_multicancer.training.recipe import TASKS


def _printed(*cards) -> str:
    output = io.StringIO()
    Console(file=output, width=200).print(model_table(cards))
    return output.getvalue()


def test_figures_of_the_test_split_are_shown_with_their_intervals() -> None:
    figure = {"value": 0.8234, "low": 0.79, "high": 0.85, "n": 10}
    details = {"metrics": {"test": {"dice": figure, "scans": 10}}, "licence": "research only"}
    card = replace(find_model("brain"), details=details)
    text = _printed(card)
    assert "Dice of lesions 0.823 (0.790-0.850)" in text
    assert "research only" in text
    assert card.label in text


def test_a_model_without_figures_says_so() -> None:
    assert "not evaluated" in _printed(replace(find_model("breast"), details={}))


def _evaluated(name: str, **metrics) -> ModelCard:
    card = find_model(name)
    return replace(card, details={**card.details, "metrics": metrics})


def test_networks_stand_side_by_side_with_a_dash_for_what_is_unknown() -> None:
    figure = {"value": 0.8234, "low": 0.79, "high": 0.85, "n": 10}
    full = {"scans": 10, "dice": figure, "auc_tumor": {"value": 0.9, "n": 10}}
    full |= {"hausdorff_95": figure | {"value": 12.345}, "milliseconds": 17.6, "megabytes": 3.14}
    card = _evaluated("brain", test=full | {"groups": 4}, val={"scans": 3, "groups": 3})
    (row,) = [line for line in markdown_report([card]).splitlines() if "(default)" in line]
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
    assert f"| {card.label} (default) | validation | 7 | – |" in markdown_report([card])


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
    report = markdown_report([_evaluated("breast", val=metrics)])
    assert "| part | scans | right | AUC | Dice | false masks |" in report
    assert "| BUSI | 10 | 0.700 | – | 0.800 | – |" in report
    assert "| class normal | 2 | 0.500 | 0.900 | – | 0.400 (0.000-1.000) |" in report
    assert "| lesion under 1 % | 2 | – | – | 0.500 | – |" in report


@pytest.mark.parametrize("task", sorted(TASKS))
def test_every_figure_of_an_evaluation_is_explained(task: str) -> None:
    config = TASKS[task]
    truths = [name for name in config.classes for _ in range(2)]
    table = pd.DataFrame({"truth": truths, "answer": truths, "diagnosis": truths})
    table = table.assign(source="S", group=table.index.astype(str), kind="K", confident=True)
    table = table.assign(refused=False)
    table = table.assign(**{f"p_{name}": 1.0 * (table["truth"] == name) for name in config.classes})
    lesion = 4.0 * (table["truth"] != config.classes[0])
    pixels = ("lesion_pixels", "mask_pixels", "overlap_pixels", "dice", "iou", "hausdorff_95")
    table = table.assign(**dict.fromkeys(pixels, lesion), smoothed_pixel_dice=1, picture_pixels=99)
    figures = summarize(table, config)
    told = {name for name, figure in figures.items() if isinstance(figure, dict)}
    assert told - {"S", "by_class", "by_kind", "by_size"} <= set(EXPLANATIONS)
    assert set(figures["by_kind"]["K"]) - set(PARTS) <= {"iou"}


def test_preprocessing_and_refinement_are_told_where_a_card_asks_for_them() -> None:
    card = replace(find_model("brain"), preprocessing=("median", "head"), refinement="crf")
    report = markdown_report([card])
    assert "- Before the network: median, head." in report
    assert "- After the network: crf." in report
    plain = replace(card, preprocessing=(), refinement="")
    assert "the network:" not in markdown_report([plain])


def test_a_network_that_does_not_ship_says_so(tmp_path: Path) -> None:
    shipped = find_model("brain")
    beside = replace(shipped, name="brain_unet", is_default=False, path=tmp_path / "brain_unet")
    report = markdown_report([shipped, beside])
    assert f"| {beside.label} (not in the package) |" in report
    assert f"| {shipped.label} (default) |" in report
    assert report.count("not in the package, which must stay small") == 1


def test_every_shipped_card_can_be_told() -> None:
    cards = list_models()
    report = markdown_report(cards)
    for card in cards:
        assert f"## {card.label}" in report
