"""What the window hands to the thread that writes automatic copies, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from napari.layers import Image, Labels

from napari_multicancer.io.snapshots.fingerprint import PixelDigest, fingerprint, parts
from napari_multicancer.io.snapshots.snapshot import Note, write_snapshot
from napari_multicancer.widgets.common.layers import plain_geometry, source_of
from napari_multicancer.widgets.common.record import CopyState, record_of


@dataclass(frozen=True, eq=False)
class CopyOrder:
    """One layer as it is to be copied.

    The pixels are the layer's own and are not copied, so that the window does not
    wait; a stroke made while they are read is saved by the next order.

    Parameters
    ----------
    path : Path
    revision : int
        Counts the layer's changes.
    pixels : array of integer
    note : Note or None
        What is written beside the pixels, the scan's fingerprint where it is known.
        None where the user has changed nothing: then the pixels are only counted.
    written : CopyState or None
        What the copy holds.
    exported_digest : str or None
        Of what the user has saved to a file.
    image : Image or None
        The scan's layer, for the answer only.
    scan_pixels, scan_axes
        What is read of it: the pixels and the number of spatial axes.
    """

    path: Path
    revision: int
    pixels: Any
    note: Note | None = None
    written: CopyState | None = None
    exported_digest: str | None = None
    image: Image | None = None
    scan_pixels: Any = None
    scan_axes: int = 0


@dataclass(frozen=True, eq=False)
class CopyOutcome:
    """What became of an order.

    Parameters
    ----------
    order : CopyOrder
    foreground : int
        Pixels that are not background.
    written : CopyState or None
        What the copy holds now; None where there is none.
    scan : str or None
        The scan's fingerprint.
    error : Exception or None
        Why nothing was written.
    """

    order: CopyOrder
    foreground: int = 0
    written: CopyState | None = None
    scan: str | None = None
    error: Exception | None = None


def note_on(labels: Labels, image: Image | None, scan: str | None) -> Note:
    """Say of a layer what is written beside its pixels.

    Parameters
    ----------
    labels : Labels
        With an automatic copy in its record.
    image : Image or None
        On which it lies.
    scan : str or None
        The image's fingerprint, where it is known.
    """
    record = record_of(labels)
    return Note(
        scan=scan,
        scan_name="" if image is None else source_of(image) or image.name,
        layer_name=labels.name,
        geometry=plain_geometry(labels),
        record=record.mask,
        replaces=None if record.copy is None else record.copy.replaces,
    )


def carry_out(order: CopyOrder) -> CopyOutcome:
    """Write a copy if it would hold anything new."""
    try:
        digest, foreground = _look(order.pixels)
        note = order.note
        if note is None:
            return CopyOutcome(order, foreground, order.written)
        state = CopyState(digest, digest == order.exported_digest, note.record.history)
        is_as_made = order.written is None and digest == note.record.made_digest
        if state == order.written or is_as_made:
            return CopyOutcome(order, foreground, order.written, note.scan)
        scan = note.scan
        if scan is None and order.scan_pixels is not None:
            scan = fingerprint(order.scan_pixels, order.scan_axes)
        said = note.model_copy(update={"scan": scan, "exported": state.exported})
        snapshot = write_snapshot(order.path, order.pixels, said)
        return CopyOutcome(order, foreground, replace(state, digest=snapshot.digest), scan)
    except Exception as error:  # noqa: BLE001  every error crosses to the window's thread
        return CopyOutcome(order, written=order.written, error=error)


def _look(pixels: Any) -> tuple[str, int]:
    """Give a mask's digest and how many pixels are not background."""
    seen, foreground = PixelDigest(pixels.dtype), 0
    for part in parts(pixels):
        seen.update(part)
        foreground += int(np.count_nonzero(part))
    return seen.hexdigest(), foreground
