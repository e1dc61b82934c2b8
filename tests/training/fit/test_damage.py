"""A damaged outline is wrong, but of the same lesion."""

import numpy as np
import pytest

from napari_multicancer.training.fit.damage import damaged

SHAPE = (80, 100)


def disc(row, column, radius):
    rows, columns = np.ogrid[: SHAPE[0], : SHAPE[1]]
    return np.hypot(rows - row, columns - column) <= radius


@pytest.mark.parametrize("seed", range(6))
def test_a_damaged_outline_is_wrong_but_of_the_same_lesion(seed):
    truth, rng = disc(40, 50, 15), np.random.default_rng(seed)
    shares = []
    for _ in range(20):
        mask = damaged(truth, rng)
        shares.append((mask & truth).sum() / max(1, (mask | truth).sum()))
    assert 0.3 < np.mean(shares) < 0.9
    assert len(set(shares)) > 15
