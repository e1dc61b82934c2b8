"""What was done to a mask: by whom, when, with which tool, and how many pixels it changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

USER = "user"
"""Who drew by hand; nobody's name is kept."""
JOINED_WITHIN = timedelta(minutes=1)
_LONGEST_WORD = 200


@dataclass(frozen=True)
class Change:
    """One step of a mask's history.

    Parameters
    ----------
    who : str
        `USER`, or the models' names and versions.
    tool : str
        Such as "paint", "fill" or "segmentation".
    start, end : datetime
        With an offset from UTC; equal for a single stroke.
    added, removed : int
        Pixels or voxels, summed over the strokes: background that got a label, and
        labels that became background.
    relabelled : int
        Pixels or voxels that got another label.
    """

    who: str
    tool: str
    start: datetime
    end: datetime
    added: int = 0
    removed: int = 0
    relabelled: int = 0

    def as_record(self) -> dict[str, Any]:
        """Put the change in words that JSON knows; `changes_of` reads them back."""
        return {
            "who": self.who,
            "tool": self.tool,
            "start": self.start.isoformat(timespec="seconds"),
            "end": self.end.isoformat(timespec="seconds"),
            "added": self.added,
            "removed": self.removed,
            "relabelled": self.relabelled,
        }


def with_change(history: tuple[Change, ...], change: Change) -> tuple[Change, ...]:
    """Add a change to a history, oldest first.

    It is joined with the last one where both are the same person's with the same
    tool and begin no more than a minute after the other's end.
    """
    if history and _go_together(history[-1], change):
        last = history[-1]
        joined = replace(
            last,
            end=max(last.end, change.end),
            added=last.added + change.added,
            removed=last.removed + change.removed,
            relabelled=last.relabelled + change.relabelled,
        )
        return (*history[:-1], joined)
    return (*history, change)


def _go_together(last: Change, change: Change) -> bool:
    same = (last.who, last.tool) == (change.who, change.tool)
    return same and last.who == USER and change.start - last.end <= JOINED_WITHIN


def records_of(history: Iterable[Change]) -> list[dict[str, Any]]:
    """Put a history in words that JSON knows."""
    return [change.as_record() for change in history]


def changes_of(records: object) -> tuple[Change, ...]:
    """Read a history that stood in a file or in a layer's metadata.

    Parameters
    ----------
    records : object
        As `records_of` gives them. Whatever else stands there is no history and is
        left out, as a mask is worth opening without it.

    Returns
    -------
    tuple of Change
        In the records' order.
    """
    if not isinstance(records, list | tuple):
        return ()
    read = (_change(record) for record in records if isinstance(record, Mapping))
    return tuple(change for change in read if change is not None)


def _change(record: Mapping[str, Any]) -> Change | None:
    try:
        start, end = (datetime.fromisoformat(record[key]) for key in ("start", "end"))
        counts = [int(record.get(key, 0)) for key in ("added", "removed", "relabelled")]
        who, tool = (plain_words(str(record[key]), _LONGEST_WORD) for key in ("who", "tool"))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if start.tzinfo is None or end.tzinfo is None or min(counts) < 0:
        return None
    return Change(who, tool, start, end, *counts)


def plain_words(text: str, longest: int) -> str:
    """Take from a text what cannot be printed in one line, and cut it to `longest` characters."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:longest]


def summary(history: Iterable[Change], longest: int = 1024) -> str:
    """Tell a history in one line for people, one clause a change; newest ones are left out first.

    Parameters
    ----------
    history : iterable of Change
    longest : int
        Characters; 1024 fits a DICOM attribute of type ST.
    """
    clauses = [
        f"{change.end:%Y-%m-%d %H:%M} {change.who}, {change.tool}: "
        f"+{change.added} -{change.removed} px"
        + (f", {change.relabelled} px relabelled" if change.relabelled else "")
        for change in history
    ]
    text = "; ".join(clauses)
    return text if len(text) <= longest else text[: longest - 4].rsplit(";", 1)[0] + "; ..."
