"""Where the user names the organ, the recognizer may doubt it, and says so in one sentence."""

from __future__ import annotations

import numpy as np
import pytest

from napari_multicancer.core.analysis import second_opinion as module
from napari_multicancer.core.analysis.answer import Analysis, Prediction
from napari_multicancer.core.analysis.second_opinion import second_opinion
from napari_multicancer.core.errors import ModelError
from napari_multicancer.core.scan.scan import Scan

SCAN = Scan(np.zeros((8, 8)), "yx")


def saying(monkeypatch, threshold=0.6, **probabilities):
    said = Prediction(probabilities, threshold, negative="other")
    monkeypatch.setattr(module, "analyze", lambda scan, **asked: Analysis(said))


@pytest.mark.parametrize(
    ("probabilities", "what"),
    [
        ({"brain": 0.1, "breast": 0.8, "other": 0.1}, "a breast ultrasound"),
        ({"brain": 0.1, "breast": 0.1, "other": 0.8}, "something else"),
    ],
)
def test_a_clear_other_opinion_is_told(monkeypatch, probabilities, what):
    saying(monkeypatch, **probabilities)
    said = second_opinion(SCAN, "brain")
    assert said == f"Read as a brain MRI, as you chose, but it looks like {what}: check the choice."


@pytest.mark.parametrize(
    ("organ", "probabilities"),
    [
        ("brain", {"brain": 0.8, "breast": 0.1, "other": 0.1}),
        ("brain", {"brain": 0.4, "breast": 0.5, "other": 0.1}),
        ("thyroid", {"brain": 0.1, "breast": 0.8, "other": 0.1}),
    ],
    ids=["agrees", "is not sure", "does not know the organ"],
)
def test_else_nothing_is_said(monkeypatch, organ, probabilities):
    saying(monkeypatch, **probabilities)
    assert second_opinion(SCAN, organ) == ""


def test_without_a_recognizer_nobody_is_asked(monkeypatch):
    def there_is_none(task, name=None):
        raise ModelError(f"There is no model for {task!r}.")

    monkeypatch.setattr(module, "find_model", there_is_none)
    assert second_opinion(SCAN, "brain") == ""
