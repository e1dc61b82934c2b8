"""The models: where they lie, and whether each file is the one that its card describes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from napari_multicancer.core.errors import ModelError
from napari_multicancer.core.models.cards import (
    MODELS_VARIABLE,
    RECOGNIZER,
    WEIGHTS_VARIABLE,
    ModelCard,
    find_model,
    forget_models,
    models_folder,
    read_card,
    read_weights,
    weights_folder,
)
from napari_multicancer.doctor.finding import Finding

SHOWN_OF_CHECKSUM = 16
"""So many digits of a SHA-256 tell models apart."""


def look_at_folders() -> Iterator[Finding]:
    """Say where the models are taken from, and whether a variable points nowhere."""
    yield _folder("Models", weights_folder(), WEIGHTS_VARIABLE, is_needed=True)
    yield _folder("Own models", models_folder(), MODELS_VARIABLE, is_needed=False)


def look_at_models() -> Iterator[Finding]:
    """Say of each model its role, version and checksum, and whether it can be used."""
    forget_models()
    shipped, own = _cards()
    replaced = {path.stem for path in own}
    for path in shipped:
        remark = "an own model takes its place" if path.stem in replaced else ""
        yield _model(path, remark, WEIGHTS_VARIABLE)
    for path in own:
        yield _model(path, "own", MODELS_VARIABLE)
    if not any(map(_serves_organ, (*shipped, *own))):
        advice = f"reinstall the package, or unset {WEIGHTS_VARIABLE}"
        yield Finding("Organs", "no model for any organ can be used", "fault", advice)
    yield from _default_recognizer()


def cards_in_use() -> list[Path]:
    """List the cards of the shipped models, but those whose place is taken, and the user's own."""
    shipped, own = _cards()
    replaced = {path.stem for path in own}
    return [*(path for path in shipped if path.stem not in replaced), *own]


def _cards() -> tuple[list[Path], list[Path]]:
    """List the cards of the shipped models and of the user's own."""
    return sorted(weights_folder().glob("*.toml")), sorted(models_folder().glob("*.toml"))


def _folder(topic: str, folder: Path, variable: str, *, is_needed: bool) -> Finding:
    is_set = bool(os.environ.get(variable))
    where = f"where {variable} points" if is_set else _by_itself(folder, is_needed)
    if folder.is_dir():
        return Finding(topic, where)
    if is_set:
        advice = f"set {variable} to a folder of models, or unset it"
        return Finding(topic, f"{where} is no folder", "fault", advice)
    if is_needed:
        return Finding(topic, f"{where} is missing", "fault", "reinstall the package")
    return Finding(topic, "none")


def _by_itself(folder: Path, ships: bool) -> str:
    return "those that came with the package" if ships else str(folder)


def _model(path: Path, remark: str, variable: str) -> Finding:
    is_set = bool(os.environ.get(variable))
    way_out = f", or unset {variable}, which names its folder" if is_set else ""
    try:
        card = read_card(path)
    except ModelError as error:
        return Finding(path.stem, error.message.removesuffix(".") + way_out, "fault")
    try:
        read_weights(card)
    except ModelError as error:
        return Finding(card.label, error.message.removesuffix(".") + way_out, "fault")
    said = [
        _role(card),
        f"sha256 {card.sha256[:SHOWN_OF_CHECKSUM]} as its card says",
        *filter(None, [remark]),
    ]
    return Finding(card.label, ", ".join(said))


def _role(card: ModelCard) -> str:
    role = f"{card.role} {card.organ}" if card.organ else card.role
    return f"{role}, default" if card.is_default else role


def _serves_organ(path: Path) -> bool:
    try:
        return bool(read_card(path).organ)
    except ModelError:
        return False


def _default_recognizer() -> Iterator[Finding]:
    """Say what stands in the way of any analysis; a broken card was said before."""
    try:
        find_model(RECOGNIZER)
    except ModelError as error:
        yield Finding("Recognizer", error.message.removesuffix("."), "fault")
