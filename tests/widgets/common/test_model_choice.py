from __future__ import annotations

import shutil

import pytest
from qtpy.QtWidgets import QComboBox

from napari_multicancer.core.models.cards import (
    WEIGHTS_VARIABLE,
    find_model,
    forget_models,
    weights_folder,
)
from napari_multicancer.core.models.figures import main_figure
from napari_multicancer.widgets.common.model_choice import ModelChoice, describe


def test_the_default_comes_first_and_each_model_tells_how_it_did(qtbot):
    choice = ModelChoice()
    qtbot.addWidget(choice)
    (combo,) = (c for c in choice.findChildren(QComboBox) if c.currentData() == "breast")
    assert choice.chosen["breast"] == "breast"
    assert "The default" in combo.toolTip()
    combo.setCurrentIndex(combo.findData("breast_sk_unet"))
    assert choice.chosen["breast"] == "breast_sk_unet"
    dice = find_model("breast", "breast_sk_unet").metrics["test"]["dice"]["value"]
    assert f"Dice (test split): {dice:.3f}" in combo.toolTip()
    assert "The default" not in combo.toolTip()


def test_how_a_model_did_on_sources_left_out_of_training_stands_first():
    card = find_model("breast")
    told = describe(card).splitlines()
    first = next(index for index, line in enumerate(told) if "split" in line)
    assert card.left_out
    for entry in card.left_out:
        figures = entry["without"]
        shown = figures.get("dice") or main_figure(figures, "auc_*") or figures["balanced_accuracy"]
        (line,) = (text for text in told if f"{entry['source']} {shown['value']:.3f}" in text)
        assert "sources that training did not see" in line
        assert told.index(line) < first


@pytest.fixture
def models(tmp_path, monkeypatch):
    """Copies of the shipped models, in use."""
    folder = tmp_path / "models"
    shutil.copytree(weights_folder(), folder)
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(folder))
    forget_models()
    yield folder
    forget_models()


def test_damaged_cards_are_told_and_a_damaged_default_is_not_passed_over(qtbot, models):
    for name in ("breast", "click"):
        (models / f"{name}.toml").write_text("no card")
    forget_models()
    choice = ModelChoice()
    qtbot.addWidget(choice)
    told = choice.damaged.text().replace("\u200b", "")
    for name in ("breast", "click"):
        assert f"{models / name}.toml cannot be read: reinstall the package, or remove" in told
    assert not choice.damaged.isHidden()
    (combo,) = (c for c in choice.findChildren(QComboBox) if c.currentData() == "breast")
    assert combo.currentText() == "breast: damaged"
    assert "breast.toml cannot be read" in combo.toolTip()
    assert choice.chosen["breast"] == "breast"
    assert choice.chosen["brain"] == "brain"


def test_where_all_cards_are_damaged_the_panel_still_says_so(qtbot, models):
    for path in models.glob("*.toml"):
        path.write_text("no card")
    forget_models()
    choice = ModelChoice()
    qtbot.addWidget(choice)
    assert not choice.isHidden()
    assert "recognizer.toml cannot be read" in choice.damaged.text().replace("\u200b", "")


def test_without_damaged_cards_nothing_is_told(qtbot):
    choice = ModelChoice()
    qtbot.addWidget(choice)
    assert choice.damaged.isHidden()
