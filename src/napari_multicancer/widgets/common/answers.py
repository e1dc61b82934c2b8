"""What the models said of each image layer, for as long as the layer lives."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from napari.layers import Image

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.answer import Analysis

_answers: WeakKeyDictionary[Image, Analysis] = WeakKeyDictionary()


def keep_answer(image: Image, analysis: Analysis) -> None:
    """Keep what the models said of an image, in place of what they said before."""
    _answers[image] = analysis


def answer_of(image: Image | None) -> Analysis | None:
    """Give what the models said of an image; None where they were not asked."""
    return None if image is None else _answers.get(image)


def forget_answer(image: Image) -> None:
    """Let what the models said of an image count no more."""
    _answers.pop(image, None)
