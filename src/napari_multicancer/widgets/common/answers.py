"""What the models, and the user, said of each image layer, for as long as the layer lives."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from napari.layers import Image

if TYPE_CHECKING:
    from napari_multicancer.core.analysis.answer import Analysis

_answers: WeakKeyDictionary[Image, Analysis] = WeakKeyDictionary()
_organs: WeakKeyDictionary[Image, str] = WeakKeyDictionary()


def keep_answer(image: Image, analysis: Analysis) -> None:
    """Keep what the models said of an image, in place of what they said before."""
    _answers[image] = analysis


def answer_of(image: Image | None) -> Analysis | None:
    """Give what the models said of an image; None where they were not asked."""
    return None if image is None else _answers.get(image)


def forget_answer(image: Image) -> None:
    """Let what the models said of an image count no more."""
    _answers.pop(image, None)


def treat_as(image: Image, organ: str) -> None:
    """Take an image for a scan of an organ, whatever is chosen for all; "" for what they are."""
    _organs[image] = organ


def treated_as(image: Image) -> str:
    """Give the organ that the user named for an image alone; empty where none."""
    return _organs.get(image, "")
