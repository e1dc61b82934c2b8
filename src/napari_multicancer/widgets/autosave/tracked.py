"""What the auto-save knows of each Labels layer, and what it says of one to whoever writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from napari.layers import Image, Labels

from napari_multicancer.widgets.autosave.strokes import OTHER, add_change, change_now, history_of
from napari_multicancer.widgets.autosave.undo import UndoWatch
from napari_multicancer.widgets.autosave.write import Written
from napari_multicancer.widgets.common.layers import METADATA_KEY, source_of
from napari_multicancer.widgets.files.writer import plain_geometry


@dataclass(eq=False)
class Tracked:
    """What is known of a layer; `dirty` holds on to it until its last change is on its way."""

    pixels: Any
    path: Path
    dirty: Labels | None = None
    revision: int = 0
    changed: bool = False
    is_under_way: bool = False
    written: Written | None = None
    exported_digest: str | None = None
    replaces: str | None = None
    foreground: int | None = None
    grown: int = 0
    undo: UndoWatch = field(default_factory=UndoWatch)


def note_rest(labels: Labels, tracked: Tracked, foreground: int) -> bool:
    """Add to the history what no stroke, undo or redo accounts for; say whether there was any."""
    known, grown = tracked.foreground, tracked.grown
    tracked.foreground, tracked.grown = foreground, 0
    more = 0 if known is None else foreground - known - grown
    if more:
        add_change(labels, change_now(OTHER, max(more, 0), max(-more, 0)))
    return more != 0


def said_of(labels: Labels, image: Image | None, replaces: str | None) -> dict[str, Any]:
    """Give the keywords of `write_snapshot` that do not concern the pixels."""
    kept = labels.metadata.get(METADATA_KEY, {})
    return {
        "scan_name": "" if image is None else source_of(image) or image.name,
        "layer_name": labels.name,
        "geometry": plain_geometry(labels),
        "provenance": kept.get("provenance"),
        "made_digest": kept.get("digest"),
        "history": history_of(labels),
        "replaces": replaces,
    }
