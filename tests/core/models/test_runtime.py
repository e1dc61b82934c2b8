import threading
from dataclasses import replace

import numpy as np
import pytest

from napari_multicancer.core.models.cards import find_model
from napari_multicancer.core.models.runtime import load_model, unload_models


def test_a_model_is_loaded_once():
    card = find_model("brain")
    assert load_model(card) is load_model(card)
    unload_models()


@pytest.mark.parametrize("other", [{"name": "mine"}, {"mask_threshold": 0.9}])
def test_cards_that_share_a_file_are_each_answered_by_their_own(other):
    card = find_model("brain")
    mine = replace(card, **other)
    assert load_model(card).card is card
    assert load_model(mine).card is mine
    assert load_model(card).card == card
    unload_models()


@pytest.mark.slow
def test_threads_get_their_own_answers():
    card = find_model("brain")
    model, size = load_model(card), card.input_size
    rng = np.random.default_rng(0)
    squares = rng.uniform(0, 255, (6, size, size, 3)).astype(np.float32)
    expected = [model(square)["diagnosis"] for square in squares]
    found = {}

    def ask(index):
        for _ in range(3):
            found[index] = model(squares[index])["diagnosis"]

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(len(squares))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for index, logits in enumerate(expected):
        np.testing.assert_array_equal(found[index], logits)


@pytest.mark.parametrize(("task", "classes"), [("brain", 2), ("breast", 3)])
def test_the_outputs_have_the_documented_shapes(task, classes):
    card = find_model(task)
    size = card.input_size
    outputs = load_model(card)(np.zeros((size, size, 3), np.float32))
    assert outputs["diagnosis"].shape == (classes,)
    assert outputs["lesion"].shape == (size, size)


def test_answers_do_not_change_under_later_calls():
    card = find_model("brain")
    model, shape = load_model(card), (card.input_size, card.input_size, 3)
    first = model(np.zeros(shape, np.float32))["lesion"]
    kept = first.copy()
    model(np.full(shape, 200, np.float32))
    np.testing.assert_array_equal(first, kept)
