"""Masks on the voxels of a file, or where their scan lies, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import OutputError
from napari_multicancer.core.scan.place import REVERSED, Frame, Place
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.core.scan.steps import Turn
from napari_multicancer.io.masks import Ground, SavedMask, labels_to_store
from napari_multicancer.io.volumes.origin import VoxelOrigin

ON_SOURCE, N_AXES, _TURN = "on_source", "n_axes", "turn"
"""Kept beside the provenance: whether voxels are those of the scan's file, the mask's axes, and how
the scan was turned, which a file of another format may not tell."""
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
        """Size of a voxel along i, j and k, see `Place.lengths`."""
        return [*Place(self.affine @ REVERSED).lengths[::-1]]


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
        record = json.dumps(record_of(provenance, origin, pixels.ndim))
    is_placed = place.frame is Frame.PATIENT
    is_sized = place.pixel_size is not None
    return LaidLabels(voxels, affine, is_placed, is_sized, abs(place.time_step), record)


def record_of(provenance: Mapping[str, Any], origin: Any, n_axes: int) -> dict[str, Any]:
    """Make of a mask's provenance the record by which its file is laid out again as it was.

    Parameters
    ----------
    provenance : mapping
    origin : object
        Of its scan; voxels are the scan's own where that is a `VoxelOrigin`.
    n_axes : int
        Of the mask.
    """
    on_source = isinstance(origin, VoxelOrigin)
    record = {**provenance, ON_SOURCE: on_source, N_AXES: n_axes}
    if isinstance(origin, VoxelOrigin):
        turn = origin.turn
        record[_TURN] = {"order": [*turn.order], "mirrored": [*map(bool, turn.mirrored)]}
    return record


def take_turn(record: dict[str, Any] | None) -> Turn | None:
    """Take out of a record how the scan was turned; None where it was not, or does not say.

    Raises
    ------
    ValueError
        It says what is no turn.
    """
    told = (record or {}).pop(_TURN, None)
    if told is None:
        return None
    try:
        order, mirrored = map(int, told["order"]), map(bool, told["mirrored"])
        turn = Turn(tuple(order), tuple(mirrored))  # type: ignore[arg-type]
    except (TypeError, LookupError) as error:
        raise ValueError("a record of a mask tells no turn") from error
    if sorted(turn.order) != [0, 1, 2] or len(turn.mirrored) != len(turn.order):
        raise ValueError("a record of a mask tells no turn")
    return turn


def turned(scan: Scan, as_written: Any, turn: Turn) -> tuple[NDArray[Any], Spacing]:
    """Turn labels, and their spacing, as the scan was turned that they were drawn on.

    Parameters
    ----------
    scan : Scan
        The mask's file, read as a scan.
    as_written : ndarray or dask array
        The file's voxels in reverse order of its axes.
    turn : Turn
    """
    labels = np.asarray(as_written)
    labels = turn.there(labels.reshape((1,) * max(0, 3 - labels.ndim) + labels.shape))
    if scan.place.pixel_size is None:
        return labels, None
    depth, *pixel = scan.place.lengths
    size = (depth if scan.place.voxel_size else float("nan"), *pixel)
    spacing = turn.sort(_as_stored(size, scan))
    return labels, (*(1.0,) * (labels.ndim - 3), *spacing)


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
        The file's, of which all that is said here of the layout is taken out.
    as_written : ndarray or dask array
        The file's voxels in reverse order of its axes.
    """
    labels, spacing = np.asarray(scan.pixels), scan.voxel_size
    turn = take_turn(record)
    if record is not None and not record.pop(ON_SOURCE):
        labels = np.asarray(as_written)
        size = _size_as_stored(scan)
        spacing = None if size is None else (*(1.0,) * (labels.ndim - 3), *size)
    elif turn is not None:
        labels, spacing = turned(scan, as_written, turn)
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
    return None if size is None else _as_stored(size, scan)


def _as_stored(size: tuple[float, ...], scan: Scan) -> tuple[float, ...]:
    """Bring a size from the order of a scan's axes to (k, j, i)."""
    order = scan.origin.turn.order
    return tuple(size[order.index(axis)] for axis in range(3))
