"""A damaged card stops those alone who ask for it: it is told, and the other models go on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from napari_multicancer.batch.run import check_models
from napari_multicancer.core.analysis.analyze import analyze
from napari_multicancer.core.analysis.second_opinion import second_opinion
from napari_multicancer.core.errors import ModelError
from napari_multicancer.core.models.cards import (
    MODELS_VARIABLE,
    WEIGHTS_VARIABLE,
    damaged_cards,
    find_model,
    forget_models,
    list_models,
    weights_folder,
)
from napari_multicancer.core.models.organs import known_cards, organs
from napari_multicancer.core.models.runtime import unload_models
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io import load_scan
from napari_multicancer.samples import SAMPLES


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Copies of the shipped models, in use; beside them an empty folder of one's own."""
    folder = tmp_path / "shipped"
    shutil.copytree(weights_folder(), folder)
    (tmp_path / "own").mkdir()
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(folder))
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path / "own"))
    forget_models()
    yield folder
    forget_models()
    unload_models()


@pytest.fixture
def own(shipped: Path) -> Path:
    return shipped.parent / "own"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def alter(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace("input_size", "input_side"), "utf-8")


def reseal(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace('licence = "', 'licence = "not '), "utf-8")


def no_text(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")


every_damage = pytest.mark.parametrize("damage", [cut, alter, reseal, no_text])


def brain() -> Scan:
    return load_scan(next(one for one in SAMPLES if one.organ == "brain").path)


@every_damage
def test_an_analysis_goes_on_while_a_card_that_it_does_not_ask_is_damaged(shipped, own, damage):
    damage(shipped / "breast.toml")
    damage(shipped / "brain_deeplab.toml")
    (own / "kidney.toml").write_text("name = 'kidney'")
    found = analyze(brain())
    assert found.models == (find_model("recognizer").label, find_model("brain").label)
    assert [card.path.stem for card in damaged_cards()] == ["brain_deeplab", "breast", "kidney"]
    assert {"brain", "breast_sk_unet"} <= {card.name for card in known_cards()}
    assert organs() == ("brain", "breast")
    check_models({}, "brain")
    with pytest.raises(ModelError, match=r"shipped/breast\.toml"):
        check_models({})


@every_damage
def test_a_default_that_is_damaged_is_named_and_no_other_model_answers(shipped, damage):
    damage(shipped / "brain.toml")
    with pytest.raises(ModelError, match=r"shipped/brain\.toml .*: reinstall the package, or rem"):
        analyze(brain())
    assert (
        analyze(brain(), models={"brain": "brain_deeplab"}).models[-1].startswith("brain_deeplab")
    )


@every_damage
def test_a_recognizer_that_is_damaged_is_named_and_not_needed_where_the_organ_is_known(
    shipped, damage
):
    damage(shipped / "recognizer.toml")
    with pytest.raises(ModelError, match=r"recognizer\.toml"):
        analyze(brain())
    assert analyze(brain(), organ="brain").diagnosis is not None
    assert second_opinion(brain(), "breast") == ""


@every_damage
def test_a_chosen_model_that_is_damaged_is_named(shipped, damage):
    damage(shipped / "breast_sk_unet.toml")
    with pytest.raises(ModelError, match=r"breast_sk_unet\.toml"):
        find_model("breast", "breast_sk_unet")
    with pytest.raises(ModelError, match="no model 'x' for 'breast'; choose one of: breast"):
        find_model("breast", "x")


@every_damage
def test_an_own_card_that_is_damaged_keeps_the_place_of_the_shipped_one(shipped, own, damage):
    shutil.copy(shipped / "brain.toml", own)
    damage(own / "brain.toml")
    with pytest.raises(ModelError, match=r"own/brain\.toml"):
        find_model("brain")
    assert "brain" not in {card.name for card in list_models()}
    assert find_model("breast").label


def test_a_shipped_card_whose_place_is_taken_may_be_damaged(shipped, own):
    shutil.copy(shipped / "brain.toml", own)
    cut(shipped / "brain.toml")
    assert find_model("brain").path.parent == own
    assert damaged_cards() == []


@pytest.mark.parametrize("content", ["name = 'thyroid'\norgan = 'thyroid'", "no toml"])
def test_an_organ_with_nothing_but_a_damaged_card_says_so(shipped, own, content):
    (own / "thyroid.toml").write_text(content)
    scan = brain()
    with pytest.raises(ModelError, match=r"own/thyroid\.toml"):
        analyze(scan, organ="thyroid")
    with pytest.raises(ModelError, match=r"own/thyroid\.toml"):
        analyze(scan, organ="brain", models={"thyroid": "thyroid"})
    with pytest.raises(ModelError, match="There is no organ 'knee'"):
        analyze(scan, organ="knee")
