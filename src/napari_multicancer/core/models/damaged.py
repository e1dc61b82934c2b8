"""A model card that cannot be used: what it is still known to stand for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

from napari_multicancer.core.errors import ModelError
from napari_multicancer.core.models.record import INTERACTIVE, RECOGNIZER


@dataclass(frozen=True)
class DamagedCard:
    """A card that is unreadable, altered or not valid; it stops those alone who ask for it.

    Attributes
    ----------
    path : Path
    sentence : str
        What is wrong, and what to do.
    name : str
        Of the model, as the card still says; else as its file is called.
    task : str
        What the model could be chosen for; empty where the card does not say so any more.
    is_default : bool
        Whether the card says that it is its task's default.
    """

    path: Path
    sentence: str
    name: str
    task: str = ""
    is_default: bool = False

    @property
    def error(self) -> ModelError:
        """The sentence, to be raised."""
        return ModelError(self.sentence)

    @property
    def names(self) -> frozenset[str]:
        """By which it may have been called."""
        return frozenset({self.name, self.path.stem})

    def serves(self, task: str) -> bool:
        """Say whether it is a task's: a name begins with its task, where nothing else is known."""
        if self.task:
            return self.task == task
        return self.name == task or self.name.startswith(f"{task}_")

    def is_default_of(self, task: str) -> bool:
        """Say whether it is a task's default: that bears the task's name, as far as is known."""
        return self.is_default if self.task == task else not self.task and self.name == task


def damaged_card(path: Path, sentence: str) -> DamagedCard:
    """Tell what can still be read of a card that cannot be used.

    Parameters
    ----------
    path : Path
    sentence : str
        Why it cannot be used.
    """
    try:
        content = tomli.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        content = {}
    name = content.get("name")
    return DamagedCard(
        path,
        sentence,
        name=name if isinstance(name, str) and name else path.stem,
        task=_task(content),
        is_default=content.get("default") is True,
    )


def _task(content: dict[str, Any]) -> str:
    role, organ = content.get("role"), content.get("organ")
    if role == INTERACTIVE:
        return INTERACTIVE
    if isinstance(organ, str) and organ:
        return organ
    return RECOGNIZER if role in (RECOGNIZER, "published") else ""
