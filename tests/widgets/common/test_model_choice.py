from __future__ import annotations

from qtpy.QtWidgets import QComboBox

from napari_multicancer.core.models.cards import find_model
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
