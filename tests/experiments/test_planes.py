"""Volumes whose planes a made-up user settles, and what each way makes of the others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.planes import MOST, Patient, copied, interpolated, report, settle
from napari_multicancer.core.masks.overlap import dice
from napari_multicancer.core.scan.scan import Scan

FIRST, LAST, LARGEST = 3, 10, 6


@pytest.fixture
def patient() -> Patient:
    truth = np.zeros((14, 64, 64), bool)
    for plane in range(FIRST, LAST + 1):
        half = 12 - abs(plane - LARGEST)
        truth[plane, 32 - half : 32 + half, 32 - half : 32 + half] = True
    scan = Scan(np.where(truth, 250, 30).astype(np.uint8), "zyx")
    return Patient("made up", scan, truth, np.zeros_like(truth))


def test_a_copy_is_the_nearest_settled_plane(patient: Patient) -> None:
    mask = copied(patient, [LARGEST, LAST])
    assert np.array_equal(mask[7], patient.truth[LARGEST])
    assert np.array_equal(mask[9], patient.truth[LAST])


def test_between_settled_planes_a_box_that_shrinks_evenly_is_found_again(patient: Patient) -> None:
    mask = interpolated(patient, [LARGEST, LAST])
    assert dice(mask[LARGEST : LAST + 1], patient.truth[LARGEST : LAST + 1]) > 0.97
    assert not mask[:LARGEST].any()


@pytest.mark.parametrize("method", ["automatic", "copied", "interpolated"])
def test_the_user_begins_where_most_is_and_settles_what_is_most_wrong(
    patient: Patient, method: str
) -> None:
    rows = pd.DataFrame(settle(patient, method))
    whole = rows[rows["away"].isna()]
    assert list(whole["settled"]) == list(range(1, len(whole) + 1))
    assert whole["dice"].is_monotonic_increasing or method == "copied"
    assert whole["dice"].iloc[-1] == 1 or len(whole) == MOST
    assert sorted(rows["away"].dropna()) == [1, 1, 2, 2, 3, 3, 4]


@pytest.mark.slow
@pytest.mark.usefixtures("bright_clicks")
def test_the_network_goes_further_than_a_copy_and_the_tables_say_so(patient: Patient) -> None:
    rows = [row for method in ("copied", "propagated") for row in settle(patient, method)]
    first = {
        row["method"]: row["dice"] for row in rows if row["settled"] == 1 and "away" not in row
    }
    assert first["propagated"] > first["copied"]
    told = report(pd.DataFrame(rows))
    assert "| copied | 0.9" in told
    assert f"| propagated | {first['propagated']:.3f} |" in told
