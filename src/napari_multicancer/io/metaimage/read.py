"""MetaImage volumes, and masks among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from napari_multicancer.core.scan.lengths import NO_LENGTH
from napari_multicancer.core.scan.place import Place
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.masks import SavedMask
from napari_multicancer.io.metaimage.header import MetaHeader, read_header
from napari_multicancer.io.volumes.mask import RECORD, mask_of, record_in
from napari_multicancer.io.volumes.scan import (
    Volume,
    place_in_patient,
    place_of_spacings,
    scan_of,
    several_values,
)
from napari_multicancer.io.volumes.stored import read_voxels

_NO_TURN = "The header does not say how the volume lies in the patient."
_NOT_SCALED = "The header names a slope and an offset for the values: they are shown as stored."


def read_metaimage(path: Path) -> Scan:
    """Read a volume, or a picture.

    Parameters
    ----------
    path : Path
        With voxels behind the header, or a header that names the file with them.

    Returns
    -------
    Scan
        Turned to axial planes, or to the view that shows most, where TransformMatrix says how
        its axes lie in the patient; else as stored, the slowest axis as planes. A fourth axis
        is "t"; colors come last. Values as stored. Its origin is a `VoxelOrigin`.

    Raises
    ------
    UnreadableFileError, UnsupportedScanError
        See `read_header` and `stored.read_voxels`.
    """
    return scan_of(path, _volume(read_header(path)))


def is_label_metaimage(path: Path) -> bool:
    """Say whether a file is certain to be a mask; False, too, for what cannot be read."""
    try:
        header = read_header(path)
        return header.stored.dtype.kind in "ui" and _record(header) is not None
    except Exception:  # noqa: BLE001  whatever ails the file, it is no mask
        return False


def read_label_metaimage(path: Path, origins: Sequence[Any] = ()) -> SavedMask:
    """Read a mask in the order of its scan's axes.

    Parameters
    ----------
    path : Path
    origins : sequence
        Not needed: a mask in MetaImage says itself where it lies.

    Raises
    ------
    UnreadableFileError, UnsupportedScanError
        As `read_metaimage`.
    """
    header = read_header(path)
    volume = _volume(header)
    return mask_of(scan_of(path, volume), _record(header), volume.voxels.T)


def _record(header: MetaHeader) -> dict[str, Any] | None:
    return record_in(header.word(RECORD))


def _volume(header: MetaHeader) -> Volume:
    voxels, notes = read_voxels(header.stored), []
    if header.n_values > 1:
        voxels = np.moveaxis(voxels, 0, -1)
        if not header.has_colors:
            notes.append(several_values(header.n_values))
            voxels = voxels[:, :, None] if header.n_axes == 2 else voxels
    n_axes = voxels.ndim - header.has_colors
    longer = [length for length in voxels.shape[3:n_axes] if length > 1]
    voxels = voxels.reshape(*voxels.shape[:3], *longer, *voxels.shape[max(3, n_axes) :])
    if header.n_axes > 2 and _columns(header) is None:
        notes.append(_NO_TURN)
    slope = header.values(1, "ElementToIntensityFunctionSlope") or [1.0]
    offset = header.values(1, "ElementToIntensityFunctionOffset") or [0.0]
    if (slope, offset) != ([1.0], [0.0]):
        notes.append(_NOT_SCALED)
    return Volume(voxels, _place(header), header.has_colors, tuple(notes))


def _place(header: MetaHeader) -> Place:
    """Find where voxels lie: in coordinates to the left, the back and the head, as ITK has it."""
    n_axes, columns = header.n_axes, _columns(header)
    sizes = header.values(n_axes, "ElementSpacing", "ElementSize")
    if sizes is None:
        return place_of_spacings(None)
    step = sizes[3] if n_axes > 3 and sizes[3] > 0 else 1.0
    if n_axes == 2 or columns is None:
        return place_of_spacings(sizes[: min(3, n_axes)], step)
    corner = header.values(n_axes, "Offset", "Position", "Origin") or [0.0] * 3
    lengths = [size if np.isfinite(size) and size else NO_LENGTH for size in sizes[:3]]
    place = place_in_patient(columns * lengths, np.array(corner[:3]))
    return replace(place, time_step=step)


def _columns(header: MetaHeader) -> Any:
    """Give the directions of i, j and k, one a column; None where the header does not tell."""
    n_axes = header.n_axes
    matrix = header.values(n_axes * n_axes, "TransformMatrix", "Rotation", "Orientation")
    if matrix is None or n_axes < 3:
        return None
    return np.reshape(matrix, (n_axes, n_axes))[:3, :3].T
