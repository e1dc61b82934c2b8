"""Which organs there are, and how they and their classes read: all of it from the model cards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from napari_multicancer.core.errors import ModelError
from napari_multicancer.core.models.cards import (
    RECOGNIZER,
    ModelCard,
    find_model,
    list_models,
    refuse_damaged,
)
from napari_multicancer.core.models.record import INTERACTIVE


def organs() -> tuple[str, ...]:
    """List the organs that a model answers for: those the recognizer knows first, in its order."""
    there = dict.fromkeys(card.organ for card in list_models() if card.organ)
    known = [name for card in _recognizers() for name in card.classes if name in there]
    return tuple(dict.fromkeys([*known, *there]))


def tasks() -> tuple[str, ...]:
    """List what models can be chosen for: the recognizer, then each organ."""
    return (RECOGNIZER, *organs())


def check_tasks(models: Mapping[str, str] | None) -> None:
    """Refuse a choice of models for a task that does not exist: it would be passed over.

    Parameters
    ----------
    models : mapping of str to str or None
        Task to model name.

    Raises
    ------
    ModelError
    """
    known = (*tasks(), INTERACTIVE)
    for task in models or {}:
        if task not in known:
            refuse_damaged(task)
            raise ModelError(f"There is no task {task!r}; choose one of: {', '.join(known)}.")


def _recognizers() -> list[ModelCard]:
    """List the recognizers, the default one first."""
    cards = [card for card in list_models() if card.task == RECOGNIZER]
    return sorted(cards, key=lambda card: not card.is_default)


def require_organ(organ: str, others: Iterable[str] = ()) -> None:
    """Make sure that a model answers for an organ.

    Parameters
    ----------
    organ : str
    others : iterable of str
        Names that are fine, too.

    Raises
    ------
    ModelError
        None does. The message lists the organs there are.
    """
    if organ not in others and not organs():
        find_model(organ)
    known = (*others, *organs())
    if organ not in known:
        refuse_damaged(organ)
        raise ModelError(f"There is no organ {organ!r}; choose one of: {', '.join(known)}.")


def require_finding(finding: str, organ: str) -> None:
    """Make sure that an organ's models know a finding.

    Parameters
    ----------
    finding, organ : str

    Raises
    ------
    ModelError
        They do not. The message lists the findings there are.
    """
    card = organ_card(organ)
    if card is None:
        raise ModelError(
            f"The finding {finding!r} needs an organ: say first which of {', '.join(organs())} "
            "the scan shows."
        )
    if finding not in card.classes:
        raise ModelError(
            f"There is no finding {finding!r} of the {organ.replace('_', ' ')}; choose one of: "
            f"{', '.join(card.classes)}."
        )


def organ_card(organ: str) -> ModelCard | None:
    """Find the card that speaks for an organ: that of its default model; None where none is there.

    What is no organ, such as the class "other", has none; nor has an organ whose card
    is damaged, which an analysis will say.
    """
    if not organ or organ == RECOGNIZER:
        return None
    try:
        return find_model(organ)
    except ModelError:
        return None


def known_cards() -> list[ModelCard]:
    """List all cards of models that answer about whole scans, not to clicks."""
    return [card for card in list_models() if card.role != INTERACTIVE]


def card_labeled(label: str | None) -> ModelCard | None:
    """Find the card of a model by its name and version, such as "brain 2.1.0"; None for others."""
    return next((card for card in known_cards() if card.label == label), None)


def a_scan_of(organ: str) -> str:
    """Say what an organ's scan is, as within a sentence, such as "a brain MRI"."""
    card = organ_card(organ)
    name = (card.words.title if card else "") or organ.replace("_", " ")
    name = name if name[:2].isupper() else name[0].lower() + name[1:]
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def finding_name(organ: str) -> str:
    """Say what a mask on an organ outlines: "Lesion" unless the organ's card has another word."""
    card = organ_card(organ)
    return "Lesion" if card is None else card.words.finding
