"""How classes, sizes and units read on the screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from napari_multicancer.core.models.organs import known_cards
from napari_multicancer.core.models.record import ModelCard

if TYPE_CHECKING:
    from napari_multicancer.core.masks.measurements import LesionSize

_LEAST = 1e-9
_UNITS = {"mm2": "mm²", "mm": "mm", "px": "px"}


def counted(number: int, what: str, several: str = "") -> str:
    """Say how many there are of something: "1 row", "1,200 rows"."""
    return f"{number:,} {what if number == 1 else several or f'{what}s'}"


def class_name(label: str, organ: str = "") -> str:
    """Say an organ, a class or a task in words: ``no_tumor`` becomes "No tumor".

    Parameters
    ----------
    label : str
    organ : str, optional
        Whose class it is, where two organs call different things by one name.
    """
    cards = known_cards()
    cards = [card for card in cards if card.organ == organ] + cards if organ else cards
    return next(
        (words for card in cards if (words := _words(card, label))), plain(label).capitalize()
    )


def _words(card: ModelCard, label: str) -> str:
    return card.words.title if label == card.task else card.words.classes.get(label, "")


def class_names() -> list[str]:
    """List how all organs and classes read."""
    labels = {(name, card.organ) for card in known_cards() for name in card.classes}
    return [class_name(*label) for label in sorted(labels)]


def model_name(card: ModelCard) -> str:
    """Say which of its task's models a card is of, in words and with its version.

    Its own name is spelled as its architecture spells it, such as "SK-U-Net 1.0.0,
    published"; the model that is named after its task alone is the "standard" one.
    """
    own = plain(card.name.removeprefix(card.task)).strip()
    spelled = [word.strip(",;()") for word in card.architecture.split()] if own else []
    named = next((word for word in spelled if _letters(word).startswith(_letters(own))), own)
    kind = ", published" if card.role == "published" else ""
    return f"{named or 'standard'} {card.version}{kind}"


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def breakable(text: str, longest: int = 24) -> str:
    """Let long words without a blank, such as names of files, break onto the next line.

    Parameters
    ----------
    text : str
    longest : int
        So many letters stay together at most.

    Returns
    -------
    str
        With zero-width spaces, which nobody sees, in words that are longer.

    Examples
    --------
    >>> breakable("a_long_name.png", 6).split("\u200b")
    ['a_long', '_name.', 'png']
    >>> breakable("short words")
    'short words'
    """
    parts = re.compile(rf"(\S{{{longest}}})(?=\S)")
    return parts.sub("\\1\u200b", text)


def plain(label: str) -> str:
    """Write a class without its underscores, as within a sentence."""
    return label.replace("_", " ")


def percent(share: float) -> str:
    """Write a share (0..1) of what was counted; all and none are told from nearly so.

    Examples
    --------
    >>> percent(0.876), percent(0.9996), percent(0.0004), percent(1.0)
    ('88 %', '> 99 %', '< 1 %', '100 %')
    """
    if 0.99 < share < 1.0:
        return "> 99 %"
    if 0.0 < share < 0.01:
        return "< 1 %"
    return f"{share * 100:.0f} %"


def chance(probability: float) -> str:
    """Write a model's probability (0..1), which is never a certainty, however it was rounded.

    Examples
    --------
    >>> chance(0.876), chance(1.0), chance(0.0)
    ('88 %', '> 99 %', '< 1 %')
    """
    return percent(min(max(probability, _LEAST), 1.0 - _LEAST))


def area(size: LesionSize) -> str:
    """Write a lesion's area with its unit."""
    return quantity(size.area, size.area_unit)


def diameter(size: LesionSize) -> str:
    """Write a lesion's largest diameter with its unit."""
    return quantity(size.diameter, size.length_unit)


def quantity(value: float, unit: str) -> str:
    """Write an area or a length with its unit: "mm2", "mm" or "px".

    Examples
    --------
    >>> quantity(12.34, "mm2"), quantity(1200.0, "px")
    ('12.3 mm²', '1,200 px')
    """
    return f"{_number(value, unit)} {_UNITS[unit]}"


def volume(value: float, unit: str) -> str:
    """Write a volume with its unit, "ml", or "px" for voxels.

    Examples
    --------
    >>> volume(0.034, "ml"), volume(12.34, "ml"), volume(1200, "px")
    ('0.034 ml', '12.3 ml', '1,200 voxels')
    """
    if unit == "px":
        return f"{value:,.0f} voxels"
    return f"{value:.2g} ml" if value < 1 else f"{_number(value, unit)} ml"


def number(value: float | int | None) -> str:
    """Write a measured value with about three digits; a dash for what is not known.

    Examples
    --------
    >>> number(0.85642), number(12.34), number(8575.2), number(None)
    ('0.856', '12.3', '8,575', '–')
    """
    if value is None:
        return "–"
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def _number(value: float, unit: str) -> str:
    return f"{value:,.0f}" if unit == "px" or value >= 1000 else f"{value:.1f}"
