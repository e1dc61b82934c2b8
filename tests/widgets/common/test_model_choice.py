from __future__ import annotations

from qtpy.QtWidgets import QComboBox

from napari_multicancer.core.models.cards import find_model
from napari_multicancer.widgets.common.model_choice import ModelChoice


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
