"""Cards tell first how a network does on sources that training did not see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.models.left_out import left_out_rows, nothing_left_out


def figures(dice: float) -> dict:
    return {"scans": 7, "dice": {"value": dice, "low": dice - 0.1, "high": dice + 0.1, "n": 7}}


ENTRY = {
    "source": "BUS-UCLM",
    "run": "without_uclm",
    "size": 128,
    "steps": 300,
    "knows": True,
    "without": figures(0.6),
    "with": figures(0.8),
}


def test_the_run_that_never_saw_a_source_stands_beside_the_network_that_knows_it():
    without, known = left_out_rows([ENTRY])
    assert without[:3] == ["BUS-UCLM", "run without_uclm, never saw it (128 px, 300 steps)", "7"]
    assert known[1] == "this network, which knows it"
    assert "0.600 (0.500-0.700)" in without
    assert "0.800 (0.700-0.900)" in known


def test_a_network_that_never_saw_the_source_either_is_said_to():
    (_, known) = left_out_rows([ENTRY | {"knows": False}])
    assert known[1] == "this network, which never saw it either"


def test_a_source_that_the_network_itself_never_saw_has_one_row():
    entry = {"source": "BraTS", "knows": False, "without": figures(0.5)}
    (row,) = left_out_rows([entry])
    assert row[:3] == ["BraTS", "this network, which never saw it", "7"]
    assert "0.500 (0.400-0.600)" in row


def test_of_several_sources_the_last_row_has_the_means():
    other = ENTRY | {"source": "OASBUD", "without": figures(0.7)}
    *_, means = left_out_rows([ENTRY, other])
    assert means[0] == "mean over sources"
    assert means[2:5] == ["14", "0.650 of 2", "–"]


def test_the_table_stands_before_all_other_figures_of_a_network():
    card = find_model("breast")
    report = pytest.importorskip("scripts.models_page.page", reason="only a checkout has scripts")
    page = report.models_page([replace(card, left_out=(ENTRY,))])
    assert page.index("without_uclm") < page.index("- Network:")


def test_a_network_without_the_table_says_that_it_is_not_known():
    card = replace(find_model("breast"), left_out=())
    assert list(left_out_rows(card.left_out)) == []
    assert "not known" in nothing_left_out(card)
