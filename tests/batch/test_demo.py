"""What the demo prints of its answers."""

from __future__ import annotations

import pytest
from rich.console import Console

from napari_multicancer.batch.demo import demo_table
from napari_multicancer.batch.results import answered
from napari_multicancer.core.analysis.answer import Analysis, Prediction
from napari_multicancer.io import load_scan
from napari_multicancer.samples import SAMPLES


@pytest.mark.parametrize(
    ("tumor", "says"),
    [(0.9999999, "brain, tumor > 99 %"), (0.996, "brain, tumor > 99 %"), (0.876, "tumor 88 %")],
)
def test_the_demo_claims_no_more_than_the_window(tumor: float, says: str) -> None:
    sample = SAMPLES[0]
    analysis = Analysis(
        Prediction({"brain": 1.0, "breast": 0.0, "other": 0.0}),
        Prediction({"no_tumor": 1 - tumor, "tumor": tumor}, 0.7),
    )
    row = answered(sample.path, load_scan(sample.path), analysis, "", 0.1)
    console = Console(width=120, record=True)
    console.print(demo_table([row]))
    assert says in console.export_text()
