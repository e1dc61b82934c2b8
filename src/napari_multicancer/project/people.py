"""Who is who in a list: a name written in another way is the same person."""

from __future__ import annotations

import unicodedata

from napari_multicancer.project.database import Database

_NAMES = (
    "SELECT state_by FROM scans UNION SELECT done_by FROM scans UNION SELECT assigned FROM scans "
    "UNION SELECT who FROM work UNION SELECT rater FROM readings"
)


def as_known(database: Database, name: str) -> str:
    """Give a name as the list already has it, where it differs in case or spaces alone.

    Whoever could write it otherwise would be a second person, who reviews what the first did.

    Parameters
    ----------
    database : Database
    name : str

    Returns
    -------
    str
        Without spaces at its ends; as written, where nobody in the list is called so.
    """
    name, known = name.strip(), {row[0] for row in database.rows(_NAMES)}
    if name in known:
        return name
    same = sorted(one for one in known if _bare(one) == _bare(name))
    return same[0] if same else name


def _bare(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()
