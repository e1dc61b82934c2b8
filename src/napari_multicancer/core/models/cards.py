"""The shipped models: their cards, read, listed and checked."""

from __future__ import annotations

import hashlib
import math
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from napari_multicancer.core.errors import ModelError

TASKS = ("recognizer", "brain", "breast")
WEIGHTS_VARIABLE = "NAPARI_MULTICANCER_WEIGHTS"


@dataclass(frozen=True)
class ModelCard:
    """What is known of one model: ``weights/NAME.toml``.

    Attributes
    ----------
    name, version : str
    task : str
        "recognizer", "brain" or "breast".
    classes : tuple of str
        In the order of the network's output; for diagnoses the first one means
        "no lesion".
    input_size : int
        Side of the square input in pixels.
    sha256 : str
        Of the model file.
    path : Path
        The model file.
    temperature : float
        What logits are divided by before they become probabilities.
    confident_threshold : float
        Lowest winning probability that is shown as an answer, 0..1.
    mask_threshold : float
        Lowest lesion probability that belongs to the mask, 0..1.
    no_lesion_threshold : float
        From this probability of the first class on, the mask stays empty.
    smallest_lesion : int
        Pixels at network size below which a region is dropped.
    unfamiliar_distance : float
        From beyond this distance on a scan is unlike those that the models learnt
        from; a recognizer may measure it.
    is_default : bool
        Whether the task uses this model unless told otherwise.
    details : mapping
        The whole card as it stands in the file.
    preprocessing : tuple of str
        Steps between window and network, some of `preprocessing.STEPS`.
    refinement : str
        What is done to the lesion probability: "" for nothing, or one of
        `refinement.REFINEMENTS`.
    color : str
        What colors mean to the network, one of `color.COLORS`; "": it takes them as
        they are.
    """

    name: str
    version: str
    task: str
    classes: tuple[str, ...]
    input_size: int
    sha256: str
    path: Path
    temperature: float
    confident_threshold: float
    mask_threshold: float
    no_lesion_threshold: float
    smallest_lesion: int
    unfamiliar_distance: float
    is_default: bool
    details: Mapping[str, Any]
    preprocessing: tuple[str, ...] = ()
    refinement: str = ""
    color: str = ""

    @property
    def label(self) -> str:
        """Name and version, as results and provenance give it."""
        return f"{self.name} {self.version}"

    @property
    def ships(self) -> bool:
        """Whether the model file lies beside its card; a card alone tells what was measured."""
        return self.path.exists()

    @property
    def reliability_diagram(self) -> Path:
        """Where the picture lies that shows how far the probabilities can be believed."""
        return self.path.with_name(f"{self.name}_reliability.png")


def weights_folder() -> Path:
    """Find the folder of models: the variable NAPARI_MULTICANCER_WEIGHTS, the wheel, a checkout."""
    if chosen := os.environ.get(WEIGHTS_VARIABLE):
        return Path(chosen)
    package = Path(__file__).resolve().parents[2]
    packaged = package / "weights"
    return packaged if packaged.is_dir() else package.parents[1] / "weights"


def read_card(path: Path) -> ModelCard:
    """Read one model card.

    Raises
    ------
    ModelError
        The card is no TOML, lacks something that is needed to run the model, or asks
        for a step that this version does not know.
    """
    try:
        details = tomllib.loads(path.read_text("utf-8"))
        thresholds = details.get("thresholds", {})
        card = ModelCard(
            name=details["name"],
            version=details["version"],
            task=details["task"],
            classes=tuple(details["classes"]),
            input_size=details["input_size"],
            sha256=details["sha256"],
            path=path.with_name(details["file"]),
            temperature=float(details.get("temperature", 1.0)),
            confident_threshold=float(thresholds.get("confident", 0.5)),
            mask_threshold=float(thresholds.get("mask", 0.5)),
            no_lesion_threshold=float(thresholds.get("no_lesion", 1.1)),
            smallest_lesion=int(thresholds.get("smallest_lesion", 0)),
            unfamiliar_distance=float(thresholds.get("unfamiliar_distance", math.inf)),
            is_default=bool(details.get("default", True)),
            details=details,
            preprocessing=_steps(details.get("preprocessing", [])),
            refinement=details.get("refinement", ""),
            color=details.get("color", ""),
        )
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"The model card {path} cannot be read: reinstall the package.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"The model card {path} is incomplete ({error}): reinstall the package."
        ) from error
    if card.preprocessing or card.refinement or card.color:
        _require_known_steps(card, path)
    return card


def _steps(entry: object) -> tuple[str, ...]:
    if not isinstance(entry, list):
        raise TypeError(f"preprocessing is {entry!r}, not a list of steps")
    return tuple(entry)


def _require_known_steps(card: ModelCard, path: Path) -> None:
    from napari_multicancer.core.masks.refinement import REFINEMENTS
    from napari_multicancer.core.planes.color import COLORS
    from napari_multicancer.core.planes.prepare import STEPS

    _require_known(card.preprocessing, STEPS, "preprocessing", path)
    _require_known((card.refinement,), ("", *REFINEMENTS), "refinement", path)
    _require_known((card.color,), COLORS, "color rule", path)


def _require_known(asked: Sequence[str], known: Sequence[str], entry: str, path: Path) -> None:
    for name in asked:
        if name not in known:
            names = ", ".join(filter(None, known))
            raise ModelError(
                f"The model card {path} asks for the {entry} {name!r}, which this version does "
                f"not know (it knows {names}): update the package."
            )


def list_models(folder: Path | None = None) -> list[ModelCard]:
    """Read all cards of a folder, by name; the shipped ones unless told otherwise."""
    return list(_list_models(folder or weights_folder()))


@cache
def _list_models(folder: Path) -> tuple[ModelCard, ...]:
    return tuple(read_card(path) for path in sorted(folder.glob("*.toml")))


def find_model(task: str, name: str | None = None, folder: Path | None = None) -> ModelCard:
    """Find a task's model: the one named, else its default.

    Parameters
    ----------
    task : str
        One of `TASKS`.
    name : str, optional
    folder : Path, optional
        Where to look; the shipped models unless told otherwise.

    Raises
    ------
    ModelError
        There is none. The message lists those there are.
    """
    cards = [card for card in list_models(folder) if card.task == task]
    chosen = [card for card in cards if (card.is_default if name is None else card.name == name)]
    if chosen:
        return chosen[0]
    if not cards:
        where = folder or weights_folder()
        raise ModelError(f"{where} holds no model for {task!r}: reinstall the package.")
    names = ", ".join(card.name for card in cards)
    raise ModelError(f"There is no model {name!r} for {task!r}; choose one of: {names}.")


def read_weights(card: ModelCard) -> bytes:
    """Read a model file and check that it is the one its card describes.

    Raises
    ------
    ModelError
        It is missing or altered.
    """
    try:
        content = card.path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"The model file {card.path} is missing or unreadable: reinstall the package."
        ) from error
    if hashlib.sha256(content).hexdigest() != card.sha256:
        raise ModelError(
            f"The model file {card.path} is not the one its card describes (sha256 differs): "
            "reinstall the package."
        )
    return content


def forget_models() -> None:
    """Forget all cards read so far, so that changed files are seen."""
    _list_models.cache_clear()
