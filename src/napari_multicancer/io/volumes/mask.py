"""Masks on the voxels of a file, or where their scan lies, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.scan.place import REVERSED, Frame
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.masks import Ground, SavedMask, labels_to_store
from napari_multicancer.io.volumes.origin import VoxelOrigin

ON_SOURCE, N_AXES = "on_source", "n_axes"
"""Kept beside the provenance: whether voxels are those of the scan's file, and the mask's axes."""
RECORD = "napari_multicancer"
"""The key in a header under which the record stands."""

Spacing = tuple[float, ...] | None


@dataclass(frozen=True, eq=False)
class LaidLabels:
    """Labels as a file of volumes stores them.

    Attributes
    ----------
    voxels : ndarray of uint8 or uint16
        Axes (i, j), (i, j, k) or (i, j, k, time), fastest first.
    affine : ndarray of float, shape (4, 4)
        From (i, j, k, 1) to the left, the back and the head in mm, or to no place at all.
    is_placed : bool
        Whether it refers to the patient.
    is_sized : bool
        Whether the size of a voxel is known.
    time_step : float
    record : str or None
        JSON in ASCII: the provenance with `ON_SOURCE` and `N_AXES`.
    """

    voxels: NDArray[Any]
    affine: NDArray[np.float64]
    is_placed: bool
    is_sized: bool
    time_step: float
    record: str | None

    @property
    def sizes(self) -> list[float]:
        """Lengths of a voxel's sides along i, j and k."""
        return [float(length) for length in np.linalg.norm(self.affine[:3, :3], axis=0)]


def lay_out(
    labels: NDArray[Any], ground: Ground, provenance: Mapping[str, Any] | None, name: str
) -> LaidLabels:
    """Put labels on the voxels of their scan's file; where it has none, where they lie.

    Parameters
    ----------
    labels : ndarray of bool or integer
        See `save.save_mask`.
    ground : Ground
    provenance : mapping, optional
    name : str
        How the file is called in messages.

    Raises
    ------
    OutputError
        They do not fit the scan's voxels, or their place spans no volume.
    """
    pixels, place, origin = labels_to_store(labels, name), ground.place, ground.origin
    affine = place.affine
    on_source = isinstance(origin, VoxelOrigin)
    if isinstance(origin, VoxelOrigin):
        voxels = origin.stored(pixels, name)
        affine = affine @ np.linalg.inv(origin.turn.matrix(origin.seen_shape))
    else:
        voxels = pixels.T if "z" in ground.axes_of(pixels) else np.expand_dims(pixels, -3).T
    affine = affine @ REVERSED
    if not np.isfinite([*affine.flat, place.time_step]).all() or np.linalg.det(affine) == 0:
        raise OutputError(
            f"{name}: this format has no room for a layer that is turned or sheared into time or "
            "has no extent: reset its transform, or save it as TIFF."
        )
    record = None
    if provenance is not None:
        record = json.dumps({**provenance, ON_SOURCE: on_source, N_AXES: pixels.ndim})
    is_placed = place.frame is Frame.PATIENT
    is_sized = place.pixel_size is not None
    return LaidLabels(voxels, affine, is_placed, is_sized, abs(place.time_step), record)


def record_in(text: str | None) -> dict[str, Any] | None:
    """Understand the record that `lay_out` makes; None for any other text."""
    try:
        record = json.loads(text or "")
    except ValueError:
        return None
    is_ours = isinstance(record, dict) and {ON_SOURCE, N_AXES} <= record.keys()
    return record if is_ours else None


def mask_of(scan: Scan, record: dict[str, Any] | None, as_written: Any) -> SavedMask:
    """Give labels the axes of the scan that they were drawn on.

    Parameters
    ----------
    scan : Scan
        The mask's file, read as a scan.
    record : dict or None
        The file's, of which `ON_SOURCE` and `N_AXES` are taken out.
    as_written : ndarray or dask array
        The file's voxels in reverse order of its axes.
    """
    labels, spacing = np.asarray(scan.pixels), scan.voxel_size
    if record is not None and not record.pop(ON_SOURCE):
        labels = np.asarray(as_written)
        size = _size_as_stored(scan)
        spacing = None if size is None else (*(1.0,) * (labels.ndim - 3), *size)
    n_axes = None if record is None else int(record.pop(N_AXES))
    labels, spacing = with_axes(labels, spacing, n_axes)
    return SavedMask(labels, spacing, None if spacing is None else "mm", record)


def with_axes(
    labels: NDArray[Any], spacing: Spacing, n_axes: int | None
) -> tuple[NDArray[Any], Spacing]:
    """Take off or put back axes of length 1: a volume has a depth always, and no others.

    Steps in time are left out, as scans have none.
    """
    spacing = None if spacing is None else (*(1.0,) * (len(spacing) - 3), *spacing[-3:])
    if labels.ndim > 2 and labels.shape[-3] == 1 and n_axes in (None, labels.ndim - 1):
        labels = labels.squeeze(-3)
        spacing = None if spacing is None else spacing[:-3] + spacing[-2:]
    missing = max(0, (n_axes or 0) - labels.ndim)
    spacing = None if spacing is None else (1.0,) * missing + spacing
    return labels.reshape((1,) * missing + labels.shape), spacing


def _size_as_stored(scan: Scan) -> Spacing:
    """Give the size of a voxel along (k, j, i)."""
    size = scan.place.voxel_size
    order = scan.origin.turn.order
    return None if size is None else tuple(size[order.index(axis)] for axis in range(3))
