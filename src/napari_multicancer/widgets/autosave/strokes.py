"""The history of a Labels layer, kept in its metadata as the user paints."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary, ref

import numpy as np
from napari.layers import Labels
from qtpy.QtCore import QTimer

from napari_multicancer.core.masks.history import USER, Change, changes_of, records_of, with_change
from napari_multicancer.widgets.common.layers import METADATA_KEY, bare

_MODES = {"paint", "erase", "fill", "polygon"}
_OTHER_TOOL = "script"
OTHER = "undo, redo or script"
"""What changed pixels without a step of undo, or took back one made before the watch began."""

_tools: WeakKeyDictionary[Labels, str] = WeakKeyDictionary()


def note_tool(labels: Labels, name: str) -> None:
    """Say which tool is about to change a layer through napari's undo-able API.

    To be called in the same turn of the event loop as the change: a name that no
    change has followed by then is forgotten.

    Parameters
    ----------
    labels : Labels
    name : str
        As it shall stand in the history, such as "smooth outline".
    """
    labels = bare(labels)
    _tools[labels] = name
    known = ref(labels)
    QTimer.singleShot(0, lambda: _forget(known()))


def _forget(labels: Labels | None) -> None:
    if labels is not None:
        _tools.pop(labels, None)


def history_of(labels: Labels) -> tuple[Change, ...]:
    """Read a layer's history, oldest first; it begins with that of the file or the models."""
    kept = labels.metadata.get(METADATA_KEY, {})
    if "history" in kept:
        return changes_of(kept["history"])
    return changes_of((kept.get("provenance") or {}).get("history"))


def add_change(labels: Labels, change: Change) -> None:
    """Add a change to a layer's history."""
    kept = labels.metadata.get(METADATA_KEY, {})
    history = records_of(with_change(history_of(labels), change))
    labels.metadata = {**labels.metadata, METADATA_KEY: {**kept, "history": history}}


def add_stroke(labels: Labels, item: Iterable[Any]) -> int:
    """Add to a layer's history what one step of its undo holds.

    Parameters
    ----------
    labels : Labels
    item : iterable
        As napari's paint event carries it: of every part, the last two entries are
        the values before and after.

    Returns
    -------
    int
        By how many pixels the foreground has grown.
    """
    added, removed, relabelled = np.sum([counts(*atom[-2:]) for atom in item], axis=0)
    mode = str(labels.mode)
    tool = _tools.pop(labels, mode if mode in _MODES else _OTHER_TOOL)
    add_change(labels, change_now(tool, int(added), int(removed), int(relabelled)))
    return int(added - removed)


def change_now(tool: str, added: int = 0, removed: int = 0, relabelled: int = 0) -> Change:
    """Make the entry for something the user has just done."""
    now = datetime.now().astimezone()
    return Change(USER, tool, now, now, added, removed, relabelled)


def counts(before: Any, after: Any) -> tuple[int, int, int]:
    """Count the pixels that got a label, lost it, and got another one."""
    before, after = np.broadcast_arrays(before, after)
    was, now = before != 0, after != 0
    changed = np.count_nonzero(was & now & (before != after))
    return np.count_nonzero(~was & now), np.count_nonzero(was & ~now), changed
