"""What the folder of automatic copies holds: for a scan, or all of it, in words and pictures."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from napari.layers import Image
from numpy.typing import NDArray

from napari_multicancer.core.errors import CancelledError, UnreadableFileError
from napari_multicancer.core.masks.history import Change
from napari_multicancer.io.snapshots.fingerprint import digest, fingerprint
from napari_multicancer.io.snapshots.folder import (
    KEPT,
    LARGEST,
    Skipped,
    list_snapshots,
    nowhere_else,
    restorable,
    size_of,
)
from napari_multicancer.io.snapshots.snapshot import Snapshot, read_pixels
from napari_multicancer.translation import tr, tr_n
from napari_multicancer.widgets.common.layers import finest_level
from napari_multicancer.widgets.common.thread import Cancelled, Progress

logger = logging.getLogger("napari_multicancer")

PICTURE_SIDE = 112
_MOST_PICTURES = 20
_TINT = np.array([255.0, 92.0, 122.0])
_OPACITY = 0.5
RULE = tr(
    "Copies of masks that were saved to a file, and copies that a later one "
    "continues, are deleted after {days} days, or when all copies take more "
    "than {gigabytes} GB. All others stay until you delete them here.",
    days=KEPT.days,
    gigabytes=LARGEST // 2**30,
)


@dataclass(frozen=True, eq=False)
class FoundCopy:
    """A snapshot that can be restored.

    Parameters
    ----------
    snapshot : Snapshot
    picture : ndarray of uint8, shape (row, column, 3)
        The plane where the mask is largest, the mask tinted; at most `PICTURE_SIDE` a side.
    """

    snapshot: Snapshot
    picture: NDArray[np.uint8]


def find_corrections(
    folder: Path, pixels: Any, n_axes: int, shown: Collection[Any], own: Collection[Path]
) -> list[FoundCopy]:
    """Look for corrections of a scan that would otherwise be lost.

    Parameters
    ----------
    folder : Path
    pixels : array
        Of the scan's layer; `n_axes` of its axes are spatial.
    n_axes : int
    shown : collection of array
        Masks that are in the window; those equal to one of them are left out.
    own : collection of Path
        Snapshots of the layers in the window.

    Returns
    -------
    list of FoundCopy
        The newest first. Of files that cannot be read the log says why.
    """
    snapshots, skipped = list_snapshots(folder)
    snapshots = [one for one in snapshots if one.path not in own]
    for one in skipped:
        logger.warning("%s", one.error)
    if not snapshots:
        return []
    known = restorable(snapshots, fingerprint(pixels, n_axes))
    digests = {digest(mask) for mask in shown} if known else set()
    found = []
    for snapshot in known[:_MOST_PICTURES]:
        if snapshot.digest in digests or snapshot.shape != tuple(pixels.shape[:n_axes]):
            continue
        try:
            found.append(FoundCopy(snapshot, picture_of(pixels, read_pixels(snapshot))))
        except UnreadableFileError as error:
            logger.warning("%s", error)
    return found


@dataclass(frozen=True, eq=False)
class Copy:
    """A snapshot, and whether its pixels are nowhere else."""

    snapshot: Snapshot
    is_only_one: bool


@dataclass(frozen=True, eq=False)
class Listing:
    """What a folder of snapshots holds.

    Attributes
    ----------
    copies : tuple of Copy
        The newest first.
    skipped : tuple of Skipped
        Files that cannot be read.
    n_bytes : int
        Of all that can be read.
    """

    copies: tuple[Copy, ...]
    skipped: tuple[Skipped, ...]
    n_bytes: int


def list_copies(folder: Path) -> Listing:
    """List all snapshots of a folder, which need not exist."""
    snapshots, skipped = list_snapshots(folder)
    only = {one.path for one in nowhere_else(snapshots)}
    copies = tuple(Copy(one, one.path in only) for one in snapshots)
    return Listing(copies, tuple(skipped), sum(size_of(one.path) for one in snapshots))


@dataclass(frozen=True, eq=False)
class Opened:
    """A snapshot's pixels, and the image of the window that they were painted on, if any."""

    snapshot: Snapshot
    pixels: NDArray[Any]
    image: Image | None


def open_copies(
    snapshots: Sequence[Snapshot],
    images: Iterable[Image],
    progress: Progress,
    cancelled: Cancelled,
) -> list[Opened | Exception]:
    """Read the pixels of snapshots, and find their scans among images.

    Returns
    -------
    list of Opened or Exception
        One a snapshot: what was read, or why it cannot be.
    """
    images = list(images)
    opened: list[Opened | Exception] = []
    for done, snapshot in enumerate(snapshots):
        if cancelled():
            raise CancelledError(tr("Stopped."))
        try:
            opened.append(Opened(snapshot, read_pixels(snapshot), _scan_of(snapshot, images)))
        except Exception as error:  # noqa: BLE001  shown to the user and logged
            opened.append(error)
        progress(done + 1, len(snapshots))
    return opened


def _scan_of(snapshot: Snapshot, images: Iterable[Image]) -> Image | None:
    for image in images:
        pixels = finest_level(image)
        same_shape = tuple(pixels.shape[: image.ndim]) == snapshot.shape
        if same_shape and fingerprint(pixels, image.ndim) == snapshot.scan:
            return image
    return None


def picture_of_mask(snapshot: Snapshot, *_: object) -> NDArray[np.uint8]:
    """Draw a snapshot's mask on black, where it is largest: see `picture_of`.

    Raises
    ------
    UnreadableFileError
        The file is damaged or gone.
    """
    mask = read_pixels(snapshot)
    return picture_of(np.broadcast_to(np.uint8(0), mask.shape), mask)


def words_of(copy: Copy, is_shown: bool) -> str:
    """Say in a few lines what a copy is of, from when, and whether it is safe elsewhere."""
    snapshot = copy.snapshot
    size = " × ".join(str(side) for side in snapshot.shape)
    lines = [
        snapshot.layer_name,
        f"{snapshot.scan_name if snapshot.scan else tr('No scan')}, {size}",
        f"{snapshot.saved.astimezone():%d %B %Y, %H:%M:%S}",
        _state(copy, is_shown),
        last_words(snapshot.record.history),
    ]
    return "\n".join(line for line in lines if line)


def _state(copy: Copy, is_shown: bool) -> str:
    if is_shown:
        return tr("Open in this window")
    if copy.snapshot.exported:
        return tr("Saved to a file")
    return tr("Not saved to a file") if copy.is_only_one else tr("Continued in a later copy")


def last_words(history: Sequence[Change]) -> str:
    """Tell of the last change, so that two corrections can be told apart."""
    if not history:
        return ""
    last = history[-1]
    return tr(
        "Last: {tool}, +{added:,} −{removed:,} px",
        tool=last.tool,
        added=last.added,
        removed=last.removed,
    )


def summary(listing: Listing) -> str:
    """Say how many copies there are, how much they take, and which files cannot be read."""
    n, size = len(listing.copies), listing.n_bytes / 2**20
    taken = tr("less than 0.1 MB") if size < 0.1 else f"{size:,.1f} MB"
    if n:
        said = tr_n("{n} copy, {taken}.", "{n} copies, {taken}.", n, taken=taken)
    else:
        said = tr("There are no copies yet.")
    return "\n".join([said, *(str(one.error) for one in listing.skipped)])


def picture_of(pixels: Any, mask: NDArray[Any]) -> NDArray[np.uint8]:
    """Draw the plane where a mask is largest, with the mask tinted.

    Parameters
    ----------
    pixels : array, the mask's shape, or with a colour axis after it
    mask : ndarray

    Returns
    -------
    ndarray of uint8, shape (row, column, 3)
        The larger side is `PICTURE_SIDE`.
    """
    from skimage.transform import resize  # takes half a second; this runs in a thread

    areas = np.count_nonzero(mask, axis=(-2, -1))
    place = tuple(map(int, np.unravel_index(np.argmax(areas), areas.shape)))
    plane = np.nan_to_num(np.asarray(pixels[place], dtype=float))
    plane = plane[..., :3] if plane.ndim == 3 else plane[..., None]
    low, high = np.percentile(plane, (1, 99))
    grey = np.clip((plane - low) / max(high - low, 1e-9), 0, 1) * 255
    height, width = mask.shape[-2:]
    scale = PICTURE_SIDE / max(height, width)
    size = (max(round(height * scale), 1), max(round(width * scale), 1))
    shrink = partial(resize, output_shape=size, order=1)
    small = np.broadcast_to(shrink(grey), (*size, 3))
    tint = _OPACITY * shrink((mask[place] != 0).astype(float))[..., None]
    return np.ascontiguousarray((small * (1 - tint) + _TINT * tint).astype(np.uint8))
