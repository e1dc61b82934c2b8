"""Options are told once: the terminal takes them from the dataclass."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from napari_multicancer.batch.options import BatchOptions
from napari_multicancer.cli import app
from napari_multicancer.cli.options import chosen_models, with_options
from napari_multicancer.core.options import option, told_options
from napari_multicancer.samples import SAMPLES


class _Leaf(StrEnum):
    BLACK = "black"
    GREEN = "green"
    MINT = "mint"


@dataclass(frozen=True)
class _Tea:
    minutes: int = option(3, "How long it draws.", metavar="MIN", minimum=1, maximum=9)
    with_milk: bool = option(False, "White.", name="--milk")
    names: dict[str, str] = option(dict, "Whose.", name="--for", metavar="A=B")
    pot: str = "brown"
    leaves: frozenset[_Leaf] = option(frozenset({_Leaf.BLACK}), "Of what.", name="--leaf")


@pytest.fixture
def brewed() -> list[_Tea]:
    return []


@pytest.fixture
def tea(brewed: list[_Tea]) -> typer.Typer:
    made = typer.Typer()

    @made.command()
    @with_options(_Tea, names=chosen_models)
    def brew(cup: str, options: _Tea) -> None:
        """Make tea."""
        brewed.append(options)

    return made


def test_defaults_are_those_of_the_dataclass(tea: typer.Typer, brewed: list[_Tea]) -> None:
    assert CliRunner().invoke(tea, ["big"]).exit_code == 0
    assert brewed == [_Tea()]


def test_what_is_given_gets_into_the_dataclass(tea: typer.Typer, brewed: list[_Tea]) -> None:
    given = ["big", "--minutes", "5", "--milk", "--for", "a=b", "--for", "c=d"]
    assert CliRunner().invoke(tea, given).exit_code == 0
    assert brewed == [_Tea(5, True, {"a": "b", "c": "d"})]


def test_one_of_a_set_is_given_any_number_of_times(tea: typer.Typer, brewed: list[_Tea]) -> None:
    given = ["big", "--leaf", "green", "--leaf", "mint"]
    assert CliRunner().invoke(tea, given).exit_code == 0
    assert brewed == [_Tea(leaves=frozenset({_Leaf.GREEN, _Leaf.MINT}))]
    refused = CliRunner().invoke(tea, ["big", "--leaf", "oak"])
    assert refused.exit_code == 2
    assert "mint" in refused.stderr, "the others are named"


def test_values_out_of_range_and_fields_that_are_not_told_are_refused(tea: typer.Typer) -> None:
    assert CliRunner().invoke(tea, ["big", "--minutes", "0"]).exit_code == 2
    assert CliRunner().invoke(tea, ["big", "--minutes", "10"]).exit_code == 2
    assert CliRunner().invoke(tea, ["big", "--pot", "blue"]).exit_code == 2


def test_help_and_range_are_shown(tea: typer.Typer) -> None:
    shown = CliRunner().invoke(tea, ["--help"]).output
    for text in ("How long it draws.", "MIN", "--milk", "A=B"):
        assert text in shown


def test_every_option_of_a_batch_but_overwriting_is_one_of_the_terminals() -> None:
    told = {field.name for field, _ in told_options(BatchOptions)}
    assert set(BatchOptions.__dataclass_fields__) - told == {"overwrite"}
    shown = CliRunner().invoke(app, ["analyze", "--help"]).output
    for field, said in told_options(BatchOptions):
        assert (said.name or f"--{field.name}") in shown


def test_the_organ_can_be_chosen_for_a_whole_batch(tmp_path: Path) -> None:
    scan = next(sample.path for sample in SAMPLES if sample.organ == "breast")
    given = ["analyze", str(scan), "--out", str(tmp_path / "out"), "--organ", "brain"]
    assert CliRunner().invoke(app, given).exit_code == 0
    with (tmp_path / "out" / "results.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["organ"], row["p_brain"], row["p_breast"]) == ("brain", "1.000000", "0.000000")
    assert row["p_tumor"]
    assert row["p_benign"] == ""


def test_an_organ_that_no_model_knows_is_one_sentence(tmp_path: Path) -> None:
    given = ["analyze", str(SAMPLES[0].path), "--out", str(tmp_path / "out"), "--organ", "liver"]
    answer = CliRunner().invoke(app, given)
    assert answer.exit_code == 2
    assert answer.stderr == (
        "There is no organ 'liver'; choose one of: automatic, brain, breast.\n"
    )
    assert not (tmp_path / "out").exists()
