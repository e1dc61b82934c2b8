"""The panel takes its organs from the cards."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtWidgets import QLabel

from ..conftest import ANSWER_MS


@pytest.fixture
def panel(thyroid, panel):
    return panel


def test_the_panel_offers_and_names_an_organ_that_was_dropped_into_the_folder(qtbot, viewer, panel):
    assert panel.organ.findText("Thyroid ultrasound") == panel.organ.findData("thyroid") > 0
    pixels = np.full((100, 100), 40, np.uint8)
    pixels[40:60, 30:60] = 250
    image = viewer.add_image(pixels)
    with qtbot.waitSignal(panel.finished, timeout=ANSWER_MS) as ended:
        panel.run(image)
    assert ended.args == [True]
    findings = panel.ui.findings
    assert "Thyroid ultrasound" in findings.organ.answer.text()
    assert "A nodule" in findings.finding.answer.text()
    named = [label.text() for label in findings.finding.bars.findChildren(QLabel)]
    assert any(text.startswith("A nodule") for text in named)
    assert panel.ui.axes.caution.text() == "A thyroid is looked at with care."
    assert viewer.layers[-1].data[50, 45]
