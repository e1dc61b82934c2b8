"""Finds, in a thread, which snapshots of a scan hold more than the window shows."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnreadableFileError
from napari_multicancer.io.snapshots.fingerprint import digest, fingerprint
from napari_multicancer.io.snapshots.folder import list_snapshots, restorable
from napari_multicancer.io.snapshots.snapshot import Snapshot, read_pixels

logger = logging.getLogger("napari_multicancer")

PICTURE_SIDE = 112
_MOST_PICTURES = 20
_TINT = np.array([255.0, 92.0, 122.0])
_OPACITY = 0.5


@dataclass(frozen=True, eq=False)
class Found:
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
) -> list[Found]:
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
    list of Found
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
            found.append(Found(snapshot, picture_of(pixels, read_pixels(snapshot))))
        except UnreadableFileError as error:
            logger.warning("%s", error)
    return found


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
    small = np.broadcast_to(resize(grey, size, order=1), (*size, 3))
    tint = _OPACITY * resize((mask[place] != 0).astype(float), size, order=1)[..., None]
    return np.ascontiguousarray((small * (1 - tint) + _TINT * tint).astype(np.uint8))
