"""What docstrings of the training code say by way of example is so."""

from __future__ import annotations

import pytest

from tests.examples import check_examples, modules_with_examples


@pytest.mark.parametrize("module", modules_with_examples("training"))
def test_the_examples_of_a_module_give_what_they_say(module: str) -> None:
    check_examples(module)
