"""The models that are there: their cards, read, checked, listed and found."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import tomli  # compiled: what a panel or a terminal waits for is the reading of long cards
from platformdirs import user_data_path
from pydantic import TypeAdapter, ValidationError

from napari_multicancer.core.errors import ModelError
from napari_multicancer.core.models.damaged import DamagedCard, damaged_card
from napari_multicancer.core.models.record import RECOGNIZER, ModelCard
from napari_multicancer.core.planes.known import COLORS, REFINEMENTS, STEPS

__all__ = [
    "CHECKSUM",
    "MODELS_VARIABLE",
    "RECOGNIZER",
    "WEIGHTS_VARIABLE",
    "DamagedCard",
    "ModelCard",
    "checksum",
    "damaged_cards",
    "find_model",
    "forget_models",
    "list_models",
    "models_folder",
    "read_card",
    "read_weights",
    "refuse_damaged",
    "weights_folder",
]

WEIGHTS_VARIABLE = "NAPARI_MULTICANCER_WEIGHTS"
"""Environment variable that names a folder to take in place of the shipped models."""
MODELS_VARIABLE = "NAPARI_MULTICANCER_MODELS"
"""Environment variable that names the user's own folder of models."""
CHECKSUM = "card_sha256"
"""The entry of a card that seals all the others."""

_RENAMED = {"file": "path", "default": "is_default", "bytes": "n_bytes"}
_THRESHOLDS = {
    "confident": "confident_threshold",
    "mask": "mask_threshold",
    "no_lesion": "no_lesion_threshold",
    "smallest_lesion": "smallest_lesion",
    "unfamiliar_distance": "unfamiliar_distance",
}
_MEND = "reinstall the package, or remove the card if it is your own"
_RECORD = TypeAdapter(ModelCard)


def weights_folder() -> Path:
    """Find the shipped models: the variable NAPARI_MULTICANCER_WEIGHTS, the wheel, a checkout."""
    if chosen := os.environ.get(WEIGHTS_VARIABLE):
        return Path(chosen)
    package = Path(__file__).resolve().parents[2]
    packaged = package / "weights"
    return packaged if packaged.is_dir() else package.parents[1] / "weights"


def models_folder() -> Path:
    """Find the user's own models: the variable NAPARI_MULTICANCER_MODELS, or beside their data.

    Cards and model files there come on top of the shipped ones; a card of the same name
    takes the shipped one's place. The folder need not exist.
    """
    if chosen := os.environ.get(MODELS_VARIABLE):
        return Path(chosen)
    return user_data_path("napari-multicancer", appauthor=False) / "models"


def checksum(content: Mapping[str, Any]) -> str:
    """Compute what seals a card: the SHA-256 of all its entries but the seal itself.

    Parameters
    ----------
    content : mapping
        As TOML gives it.

    Returns
    -------
    str
        Of the entries as JSON with sorted keys and no spaces, in UTF-8.

    Raises
    ------
    ValueError
        A number is not finite.
    """
    sealed = {name: value for name, value in content.items() if name != CHECKSUM}
    text = json.dumps(
        sealed,
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
        ensure_ascii=False,
        default=str,
    )
    return hashlib.sha256(text.encode()).hexdigest()


def read_card(path: Path) -> ModelCard:
    """Read one model card.

    Raises
    ------
    ModelError
        The card is no TOML, lacks something that is needed to run the model, holds a
        value out of range, was altered since it was written, or asks for a step that
        this version does not know.
    """
    try:
        content = tomli.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError) as error:
        raise ModelError(f"The model card {path} cannot be read: {_MEND}.") from error
    card = _record(content, path)
    _require_seal(content, path)
    if card.preprocessing or card.refinement or card.color:
        _require_known_steps(card, path)
    return card


def _record(content: Mapping[str, Any], path: Path) -> ModelCard:
    """Validate a card's entries, in the record's own names."""
    entries: dict[str, Any] = {
        _RENAMED.get(name, name): content[name] for name in content if name != CHECKSUM
    }
    thresholds = entries.pop("thresholds", {})
    try:
        if not isinstance(thresholds, dict):
            raise ValueError("thresholds is no table")
        for name, value in thresholds.items():
            entries[_THRESHOLDS.get(str(name), str(name))] = value
        if (file := entries.get("path")) is not None:
            if Path(str(file)).name != file:
                raise ValueError(f"file is {file!r}, not a name of a file beside the card")
            entries["path"] = path.with_name(file)
        return _RECORD.validate_python(entries)
    except ValidationError as error:
        raise ModelError(
            f"The model card {path} is not valid ({_fault(error)}): {_MEND}."
        ) from None
    except ValueError as error:
        raise ModelError(f"The model card {path} is not valid ({error}): {_MEND}.") from None


def _fault(error: ValidationError) -> str:
    """Say the first fault that pydantic found: the entry, its value, and what is wrong with it."""
    first = error.errors(include_url=False)[0]
    names = {new: old for old, new in (_RENAMED | _THRESHOLDS).items()}
    entry = ".".join(names.get(str(part), str(part)) for part in first["loc"])
    reason = first["msg"].removeprefix("Value error, ")
    if not entry:
        return reason
    if first["type"] == "missing":
        return f"{entry} is missing"
    return f"{entry} is {first['input']!r}: {reason[0].lower()}{reason[1:]}"


def _require_seal(content: Mapping[str, Any], path: Path) -> None:
    try:
        is_whole = content.get(CHECKSUM) == checksum(content)
    except ValueError as error:
        raise ModelError(
            f"The model card {path} is not valid (a number is not finite): {_MEND}."
        ) from error
    if not is_whole:
        raise ModelError(
            f"The model card {path} is not as it was written ({CHECKSUM} differs): {_MEND}."
        )


def _require_known_steps(card: ModelCard, path: Path) -> None:
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
    """Read all cards of a folder that are as they should be, by name.

    Parameters
    ----------
    folder : Path, optional
        Unless given, the shipped models and after them the user's own.
    """
    return [card for card in _in_use(folder) if isinstance(card, ModelCard)]


def damaged_cards(folder: Path | None = None) -> list[DamagedCard]:
    """List the cards that cannot be used, in the order of `list_models`; see there."""
    return [card for card in _in_use(folder) if isinstance(card, DamagedCard)]


def _in_use(folder: Path | None) -> list[ModelCard | DamagedCard]:
    """List all cards but the shipped ones whose place one of the user's own takes."""
    if folder is not None:
        return list(_read_folder(folder))
    own = _read_folder(models_folder())
    taken = {name for card in own for name in _names(card)}
    shipped = _read_folder(weights_folder())
    return [*(card for card in shipped if taken.isdisjoint(_names(card))), *own]


def _names(card: ModelCard | DamagedCard) -> frozenset[str]:
    return card.names if isinstance(card, DamagedCard) else frozenset({card.name})


@cache
def _read_folder(folder: Path) -> tuple[ModelCard | DamagedCard, ...]:
    return tuple(_read_or_damaged(path) for path in sorted(folder.glob("*.toml")))


def _read_or_damaged(path: Path) -> ModelCard | DamagedCard:
    try:
        return read_card(path)
    except ModelError as error:
        return damaged_card(path, error.message)


def find_model(task: str, name: str | None = None, folder: Path | None = None) -> ModelCard:
    """Find a task's model: the one named, else its default; the user's own before a shipped one.

    Parameters
    ----------
    task : str
        "recognizer", or an organ.
    name : str, optional
    folder : Path, optional
        Where to look; the shipped and the user's own models unless told otherwise.

    Raises
    ------
    ModelError
        There is none, and the message lists those there are; or its card is damaged.
    """
    asked = [card for card in _in_use(folder) if _is_asked_for(card, task, name)]
    if asked:
        if isinstance(asked[-1], DamagedCard):
            raise asked[-1].error
        return asked[-1]
    raise _not_found(task, name, folder)


def _is_asked_for(card: ModelCard | DamagedCard, task: str, name: str | None) -> bool:
    if isinstance(card, DamagedCard):
        return card.is_default_of(task) if name is None else name in card.names
    return card.task == task and (card.is_default if name is None else card.name == name)


def _not_found(task: str, name: str | None, folder: Path | None) -> ModelError:
    """Say which models there are; a damaged card that may be the one that is missing says more."""
    where = folder or weights_folder()
    names = ", ".join(card.name for card in list_models(folder) if card.task == task)
    if name is not None and names:
        return ModelError(f"There is no model {name!r} for {task!r}; choose one of: {names}.")
    for card in damaged_cards(folder):
        if card.serves(task) or not card.task:
            return card.error
    if not names:
        return ModelError(f"{where} holds no model for {task!r}: reinstall the package.")
    return ModelError(
        f"{where} holds no default model for {task!r}: reinstall the package, "
        f"or choose one of: {names}."
    )


def refuse_damaged(task: str) -> None:
    """Refuse a task of which there is nothing but a damaged card: which file, and what to do.

    Raises
    ------
    ModelError
    """
    for card in damaged_cards():
        if card.serves(task):
            raise card.error


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
            f"The model file {card.path} is missing or unreadable: {_MEND}."
        ) from error
    if hashlib.sha256(content).hexdigest() != card.sha256:
        raise ModelError(
            f"The model file {card.path} is not the one its card describes (sha256 differs): "
            f"{_MEND}."
        )
    return content


def forget_models() -> None:
    """Forget all cards read so far, so that changed files are seen."""
    _read_folder.cache_clear()
