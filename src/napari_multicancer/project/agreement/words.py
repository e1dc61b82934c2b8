"""What the agreement comes to, in sentences that claim no more than the masks bear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from napari_multicancer.core.words import percent
from napari_multicancer.project.agreement.beginnings import Beginnings
from napari_multicancer.project.agreement.pairs import Pair, beginnings
from napari_multicancer.project.agreement.summary import Within, of_drawn, within_raters
from napari_multicancer.translation import tr, tr_n

FEWEST_FOR_PERCENT = 20
"""Of fewer scans no share is told."""


def in_words(some: Sequence[Pair]) -> str:
    """Say whether the models are within the spread of the raters, and how the masks were begun."""
    within, begun = within_raters(some), beginnings(some)
    told = [_near(within)] if within.scans else []
    told += _begun(begun)
    if within.scans and begun.drawn < begun.masks:
        told.append(_near_drawn(within_raters(of_drawn(some))))
    return " ".join(told)


def _near(within: Within) -> str:
    return tr(
        "On {scans} a model's mask is as near to one rater's as two raters' are to each other.",
        scans=_counted(within),
    )


def _near_drawn(within: Within) -> str:
    if not within.scans:
        return tr("No scan has masks of two raters that are known to be drawn without a proposal.")
    return tr(
        "Counting only masks that are known to be drawn without a proposal, it is so on {scans}.",
        scans=_counted(within),
    )


def _counted(within: Within) -> str:
    words = tr_n("{near} of {n} scan", "{near} of {n} scans", within.scans, near=within.near)
    enough = within.scans >= FEWEST_FOR_PERCENT
    return f"{words} ({percent(within.near / within.scans)})" if enough else words


def _begun(begun: Beginnings) -> Iterator[str]:
    numbers = {"masks": begun.masks, "accepted": begun.accepted, "corrected": begun.corrected}
    if begun.from_proposal:
        yield tr_n(
            "{n} of the {masks} raters' masks compared was begun from a model's proposal "
            "({accepted} accepted as it was, {corrected} corrected), and is not independent of it.",
            "{n} of the {masks} raters' masks compared were begun from a model's proposal "
            "({accepted} accepted as they were, {corrected} corrected), and are not independent "
            "of it.",
            begun.from_proposal,
            **numbers,
        )
    elif begun.drawn:
        yield tr_n(
            "{n} of the {masks} raters' masks compared was drawn without a model's proposal.",
            "{n} of the {masks} raters' masks compared were drawn without a model's proposal.",
            begun.drawn,
            **numbers,
        )
    if begun.not_known:
        yield tr_n(
            "Of {n} it is not known whether it was begun from a proposal.",
            "Of {n} it is not known whether they were begun from a proposal.",
            begun.not_known,
        )
