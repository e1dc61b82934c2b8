"""What the window hands to the thread that writes snapshots, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from napari.layers import Image

from napari_multicancer.core.masks.history import Change
from napari_multicancer.io.snapshots.fingerprint import PixelDigest, fingerprint, parts
from napari_multicancer.io.snapshots.snapshot import write_snapshot


@dataclass(frozen=True)
class Written:
    """What a snapshot holds: the pixels' digest, whether they count as exported, the history."""

    digest: str
    exported: bool
    history: tuple[Change, ...]


@dataclass(frozen=True, eq=False)
class Order:
    """One layer as it is to be saved.

    The pixels are the layer's own and are not copied, so that the window does not
    wait; a stroke made while they are read is saved by the next order.

    Parameters
    ----------
    path : Path
    revision : int
        Counts the layer's changes.
    pixels : array of integer
    changed : bool
        Whether the user has changed them; else they are only counted.
    image : Image or None
        The scan's layer, for the answer only.
    scan_pixels, scan_axes
        What is read of it: the pixels and the number of spatial axes.
    scan : str or None
        Its fingerprint, where it is known.
    written : Written or None
        What the snapshot holds.
    exported_digest : str or None
        Of what the user has saved to a file.
    said : dict
        The other keywords of `write_snapshot`.
    """

    path: Path
    revision: int
    pixels: Any
    changed: bool
    image: Image | None = None
    scan_pixels: Any = None
    scan_axes: int = 0
    scan: str | None = None
    written: Written | None = None
    exported_digest: str | None = None
    said: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What became of an order.

    Parameters
    ----------
    order : Order
    foreground : int
        Pixels that are not background.
    written : Written or None
        What the snapshot holds now; None where there is none.
    scan : str or None
    error : Exception or None
        Why nothing was written.
    """

    order: Order
    foreground: int = 0
    written: Written | None = None
    scan: str | None = None
    error: Exception | None = None


def carry_out(order: Order) -> Outcome:
    """Write a snapshot if it would hold anything new."""
    try:
        digest, foreground = _look(order.pixels)
        state = Written(digest, digest == order.exported_digest, order.said.get("history", ()))
        scan = order.scan
        if not order.changed or state == order.written or _is_as_made(order, digest):
            return Outcome(order, foreground, order.written, scan)
        if scan is None and order.scan_pixels is not None:
            scan = fingerprint(order.scan_pixels, order.scan_axes)
        snapshot = write_snapshot(
            order.path, order.pixels, scan=scan, exported=state.exported, **order.said
        )
        return Outcome(order, foreground, replace(state, digest=snapshot.digest), scan)
    except Exception as error:  # noqa: BLE001  every error crosses to the window's thread
        return Outcome(order, written=order.written, error=error)


def _is_as_made(order: Order, digest: str) -> bool:
    return order.written is None and digest == order.said.get("made_digest")


def _look(pixels: Any) -> tuple[str, int]:
    """Give a mask's digest and how many pixels are not background."""
    seen, foreground = PixelDigest(pixels.dtype), 0
    for part in parts(pixels):
        seen.update(part)
        foreground += int(np.count_nonzero(part))
    return seen.hexdigest(), foreground
