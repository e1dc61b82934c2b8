"""The one door through which the window's words reach the user, so that they can be translated.

A translation is a catalog of gettext, ``locale/LANGUAGE/LC_MESSAGES/napari_multicancer.mo`` beside
this file. In a language that has none, words stand as they are written in the code.
"""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

DOMAIN = "napari_multicancer"
FOLDER = Path(__file__).parent / "locale"


def tr(words: str, /, **values: object) -> str:
    """Give words in the user's language.

    Parameters
    ----------
    words : str
        A whole sentence or title, written out where it is used, for a catalog's tools to find.
    **values
        What stands in place of its ``{names}``; without any, braces stand as they are.

    Returns
    -------
    str

    Examples
    --------
    >>> tr("Saved {path}.", path="a.nii.gz")
    'Saved a.nii.gz.'
    """
    return _filled(catalog().gettext(words), words, values) if words else ""


def tr_n(one: str, several: str, number: int, /, **values: object) -> str:
    """Give a sentence in the form that its number asks for in the user's language.

    Parameters
    ----------
    one, several : str
        The sentence about one, and about any other number: ``{n}`` in them is the number.
    number : int
    **values
        What stands in place of their other ``{names}``.

    Returns
    -------
    str

    Examples
    --------
    >>> tr_n("{n} plane changed.", "{n} planes changed.", 1200)
    '1,200 planes changed.'
    """
    values = {"n": f"{number:,}", **values}
    written = one if number == 1 else several
    return _filled(catalog().ngettext(one, several, number), written, values)


@cache
def catalog() -> gettext.NullTranslations:
    """Find the catalog of the user's language, which the environment names as gettext reads it."""
    return gettext.translation(DOMAIN, FOLDER, fallback=True)


def _filled(translated: str, written: str, values: dict[str, object]) -> str:
    """Put values in; a translation with a name that does not exist is left for what is written."""
    if not values:
        return translated
    try:
        return translated.format(**values)
    except (AttributeError, LookupError, ValueError):
        return written.format(**values)
