from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from napari_multicancer.core.registry import find_model
from napari_multicancer.model_table import model_table


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
