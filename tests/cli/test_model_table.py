from __future__ import annotations

import io
from dataclasses import replace

import pandas as pd
import pytest
from rich.console import Console

from napari_multicancer.cli.model_table import model_table
from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.models.figures import explanation, part_columns
from napari_multicancer.training.evaluate.figures import summarize
from napari_multicancer.training.recipe import default_recipes, find_recipe


def _printed(*cards) -> str:
    output = io.StringIO()
    Console(file=output, width=200).print(model_table(cards))
    return output.getvalue()


def test_figures_of_the_test_split_are_shown_with_their_intervals() -> None:
    figure = {"value": 0.8234, "low": 0.79, "high": 0.85, "n": 10}
    metrics = {"test": {"dice": figure, "scans": 10}}
    card = replace(find_model("brain"), metrics=metrics, licence="research only")
    text = _printed(card)
    assert "Dice of lesions 0.823 (0.790-0.850)" in text
    assert "research only" in text
    assert card.label in text


def test_a_model_without_figures_says_so() -> None:
    assert "not evaluated" in _printed(replace(find_model("breast"), metrics={}))


@pytest.mark.slow
@pytest.mark.parametrize("task", sorted(default_recipes()))
def test_every_figure_of_an_evaluation_is_explained(task: str) -> None:
    config = find_recipe(task)
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
    assert all(map(explanation, told - {"S", "by_class", "by_kind", "by_size"}))
    part = figures["by_kind"]["K"]
    assert sum(len(names) for names in part_columns([part]).values()) >= len({*part} - {"iou"})
