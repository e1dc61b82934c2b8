"""All shares of joined networks are tried, and the best is that of the one that is right."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

shares = pytest.importorskip("experiments.shares", reason="only a checkout has experiments")


def test_all_ways_to_share_a_whole_out_in_quarters_are_tried():
    assert len(shares.shares(2)) == 5
    assert len(shares.shares(3)) == 15
    assert all(sum(one) == 1 for one in shares.shares(3))


def test_the_network_that_is_right_gets_the_diagnosis_and_the_one_that_outlines_the_outline():
    rng = np.random.default_rng(0)
    labels = np.array([0, 1] * 6)
    truths = np.zeros((12, shares.SIZE, shares.SIZE), np.uint8)
    truths[labels == 1, 40:80, 40:80] = 1
    rows = pd.DataFrame({"source": ["A", "B", "B"] * 4})
    samples = SimpleNamespace(rows=rows, masks=truths, labels=labels)
    right = np.where(labels[:, None] == [0, 1], 4.0, -4.0)
    logits = [right, -right]
    maps = [rng.random(truths.shape) * 0.6, truths * 0.9]
    best = max(shares.joints(logits, maps, samples), key=lambda one: sum(one.means({"A"})))
    assert best.diagnosis[0] > 0.5
    assert best.lesion[1] > 0.5
    assert best.means({"A"}) == pytest.approx((1, 1))


def test_a_scan_without_a_diagnosis_still_tells_its_outline():
    nobody = np.array([shares.UNKNOWN])
    told = shares.told_by(nobody, np.array([[0.2, 0.8]]), np.array([0.7]), np.array([]))
    assert shares.source_score(told) == pytest.approx(0.7)
