"""What was done to a mask: by whom, when, with which tool, and how many pixels it changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

USER = "user"
"""Who drew by hand; nobody's name is kept."""
UNDONE, REDONE = "undo", "redo"
"""The tools that stand for taking a step back, and for doing it again."""
SEGMENTED_IN_BOX = "segment in box"
"""The tool by which a model outlines what is inside a box."""
JOINED_WITHIN = timedelta(minutes=1)
MADE_CONSISTENT = "consistent planes"
"""The tool that lets the outlines of neighboring planes agree, without a person's hand."""
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


def standing(history: Iterable[Change]) -> tuple[Change, ...]:
    """Leave out what was undone, and the undoing: what is left made the mask as it is.

    Steps are undone from the last one back, and done again from the last undone on. So
    an undo takes its pixels from the latest changes, and a redo gives them back. What
    neither accounts for stays.

    Parameters
    ----------
    history : iterable of Change
        Oldest first.

    Returns
    -------
    tuple of Change
    """
    done: list[Change] = []
    undone: list[Change] = []
    for change in history:
        if change.tool == UNDONE:
            rest = _moved(change, done, undone, backwards=True)
        elif change.tool == REDONE:
            rest = _moved(change, undone, done, backwards=False)
        else:
            undone.clear()
            rest = change
        if rest is change or _pixels(rest):
            done.append(rest)
    return tuple(done)


def by_program_alone(history: Iterable[Change]) -> bool:
    """Say whether nothing but the program's own step on a person's press stands in a history."""
    tools = {change.tool for change in standing(history) if change.who == USER}
    return tools == {MADE_CONSISTENT}


def _moved(step: Change, source: list[Change], to: list[Change], *, backwards: bool) -> Change:
    """Move the pixels of an undo or redo between two lists, the latest first; give the rest."""
    while _pixels(step) and source and source[-1].who == USER:
        last = source[-1]
        taken = _shared(last, _reversed(step) if backwards else step)
        if _pixels(last) and not _pixels(taken):
            break
        source.pop()
        if _pixels(left := _less(last, taken)):
            source.append(left)
        to.append(taken)
        step = _less(step, _reversed(taken) if backwards else taken)
    return step


def _shared(one: Change, other: Change) -> Change:
    return replace(
        one,
        added=min(one.added, other.added),
        removed=min(one.removed, other.removed),
        relabelled=min(one.relabelled, other.relabelled),
    )


def _less(one: Change, other: Change) -> Change:
    return replace(
        one,
        added=one.added - other.added,
        removed=one.removed - other.removed,
        relabelled=one.relabelled - other.relabelled,
    )


def _reversed(change: Change) -> Change:
    return replace(change, added=change.removed, removed=change.added)


def _pixels(change: Change) -> int:
    return change.added + change.removed + change.relabelled


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
