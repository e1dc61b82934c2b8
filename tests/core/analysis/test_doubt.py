"""What an answer that is not sure may claim."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_multicancer.core.analysis.doubt import HIGHEST_UNSURE, doubted

ANSWERS = st.lists(st.floats(0, 1), min_size=2, max_size=4).filter(lambda p: sum(p) > 0.01)


@pytest.mark.slow
@given(ANSWERS, st.floats(0, 1.2), st.booleans())
def test_whatever_is_doubted_sums_to_one_and_keeps_its_winner(answer, threshold, familiar):
    probabilities = np.array(answer) / sum(answer)
    made = doubted(probabilities, threshold, familiar)
    assert made.sum() == pytest.approx(1)
    assert made[probabilities.argmax()] == pytest.approx(made.max())


@given(ANSWERS, st.floats(0, 1.2), st.booleans())
def test_what_is_not_sure_never_claims_more_than_99_percent(answer, threshold, familiar):
    probabilities = np.array(answer) / sum(answer)
    if not familiar or probabilities.max() < threshold:
        assert doubted(probabilities, threshold, familiar).max() <= HIGHEST_UNSURE


def test_a_sure_answer_stays_as_it_is():
    probabilities = np.array([0.001, 0.999])
    assert doubted(probabilities, 0.9, True) is probabilities


def test_half_of_an_unfamiliar_scan_is_not_known():
    np.testing.assert_allclose(doubted(np.array([1.0, 0.0]), 0.5, False), [0.75, 0.25])
