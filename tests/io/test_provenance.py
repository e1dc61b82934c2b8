from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

import numpy as np

from napari_multicancer.core.analysis.answer import Analysis, Prediction
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.provenance import provenance

ANALYSIS = Analysis(
    organ=Prediction({"brain": 0.9, "breast": 0.1}, 0.5),
    diagnosis=Prediction({"no_tumor": 0.6, "tumor": 0.4}, 0.7),
    models=("recognizer 1", "brain 2"),
)


def test_the_record_says_where_a_mask_comes_from() -> None:
    scan = Scan(np.zeros((4, 4)), "yx", name="scan", source="/home/jane/scan.dcm")
    record = json.loads(json.dumps(provenance(scan, ANALYSIS, edited=True)))
    assert record["source"] == "scan.dcm"
    assert record["models"] == ["recognizer 1", "brain 2"]
    assert record["organ"]["probabilities"] == {"brain": 0.9, "breast": 0.1}
    assert record["diagnosis"]["label"] == "no_tumor"
    assert record["diagnosis"]["confident"] is False
    assert record["edited_by_hand"] is True
    assert record["software"].startswith("napari-multicancer ")
    assert record["note"] == "For research use only, not for diagnosis."
    assert datetime.fromisoformat(record["date"]).tzinfo is not None


def test_a_mask_drawn_by_hand_has_a_record_too() -> None:
    record = provenance("drawing", None, edited=True)
    assert record["source"] == "drawing"
    assert record["organ"] is None
    assert record["diagnosis"] is None
    assert record["models"] == []


def test_no_folder_travels_along() -> None:
    assert provenance("/home/jane/scan.png")["source"] == "scan.png"


def test_the_history_begins_with_the_models_outline() -> None:
    mask = np.zeros((4, 4), np.uint8)
    mask[1, :3] = 1
    record = provenance("scan", replace(ANALYSIS, mask=mask))
    (outlining,) = record["history"]
    assert (outlining["who"], outlining["tool"]) == ("recognizer 1, brain 2", "segmentation")
    assert (outlining["added"], outlining["removed"]) == (3, 0)
    assert outlining["start"] == record["date"]
    assert provenance("scan", ANALYSIS)["history"] == []
    assert provenance("drawing", edited=True)["history"] == []
