"""How a training is run: the options, told once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from napari_multicancer.core.options import option
from napari_multicancer.training.recipe import TaskConfig, find_recipe
from napari_multicancer.training.recipe_file import read_recipe


class Backend(StrEnum):
    """What Keras can compute with."""

    TENSORFLOW = "tensorflow"
    JAX = "jax"
    TORCH = "torch"


@dataclass(frozen=True)
class TrainOptions:
    """How a training is run.

    Attributes
    ----------
    config : Path, optional
        TOML file that overrides fields of the usual recipe.
    epochs : int, optional
        Length, instead of the recipe's.
    learning_rate : float, optional
        Peak of the schedule, instead of the recipe's.
    start : tuple of str
        Shipped models or checkpoints of the same network; the mean of their weights is
        what training starts from. Empty: the encoder's ImageNet weights.
    backend : Backend
        What Keras computes with.
    minutes : float, optional
        The schedule is shortened so that training ends in so many minutes.
    resume : bool
        Go on from the last checkpoint of the run folder, if there is one.
    """

    config: Path | None = option(None, "TOML with another recipe than usual.", metavar="FILE")
    epochs: int | None = option(None, "Another length than usual.", minimum=1)
    learning_rate: float | None = option(
        None, "Another peak of the schedule than usual.", minimum=0
    )
    start: tuple[str, ...] = option(
        (),
        "Start from a shipped model or a run's best.keras; of several, from their mean.",
        metavar="MODEL|FILE",
    )
    backend: Backend = option(Backend.TENSORFLOW, "What Keras computes with.")
    minutes: float | None = option(
        None, "End in so many minutes: the schedule is shortened to them.", minimum=0.1
    )
    resume: bool = option(
        True,
        "Go on from the last checkpoint of the run folder.",
        name="--resume/--no-resume",
    )

    def recipe(self, task: str, network: str | None = None) -> TaskConfig:
        """Give the recipe of a task's network under these options.

        Parameters
        ----------
        task : str
        network : str, optional
            An architecture other than the task's default.

        Returns
        -------
        TaskConfig
            The usual one, overridden by `config`, and that by `epochs` and `learning_rate`.

        Raises
        ------
        DataError
            Nothing is trained for the task, or the file is no such recipe.
        """
        recipe = find_recipe(task, network)
        if self.config is not None:
            recipe = read_recipe(self.config, recipe)
        if self.epochs is not None:
            recipe = replace(recipe, epochs=self.epochs)
        if self.learning_rate is not None:
            recipe = replace(recipe, learning_rate=self.learning_rate)
        return recipe
