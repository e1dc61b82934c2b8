"""NRRD volumes, and masks among them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.errors import UnsupportedScanError
from napari_multicancer.core.scan.place import Frame, Place, mm_per_unit
from napari_multicancer.core.scan.scan import Scan
from napari_multicancer.io.masks import SavedMask
from napari_multicancer.io.nrrd.header import NrrdHeader, read_header
from napari_multicancer.io.volumes.mask import RECORD, mask_of, record_in
from napari_multicancer.io.volumes.scan import (
    Volume,
    place_in_patient,
    place_of_spacings,
    scan_of,
    several_values,
)
from napari_multicancer.io.volumes.stored import read_voxels

_TOWARDS = {
    "left": (0, 1.0),
    "right": (0, -1.0),
    "posterior": (1, 1.0),
    "anterior": (1, -1.0),
    "superior": (2, 1.0),
    "inferior": (2, -1.0),
}
"""Axis and sign in coordinates to the left, the back and the head."""
_SHORT = {word[0]: word for word in _TOWARDS}
_SEGMENT = re.compile(r"Segment\d+_LabelValue")
"""What segmentations of other programs have in their headers."""
_NO_CORNER = "The header tells how the volume is turned, but not where it lies in the patient."
_NO_SPACE = "The header does not say how the volume lies in the patient."


def read_nrrd(path: Path) -> Scan:
    """Read a volume, or a picture.

    Parameters
    ----------
    path : Path
        With voxels behind the header, or a header that names the file with them.

    Returns
    -------
    Scan
        Turned to axial planes, or to the view that shows most, where "space" says how its axes
        lie in the patient; else as stored, the slowest axis as planes. Axes that are no space
        are "t"; colors come last. Values as stored. Its origin is a `VoxelOrigin`.

    Raises
    ------
    UnreadableFileError, UnsupportedScanError
        See `read_header` and `stored.read_voxels`.
    """
    return scan_of(path, _volume(read_header(path)))


def is_label_nrrd(path: Path) -> bool:
    """Say whether a file is certain to be a mask; False, too, for what cannot be read."""
    try:
        header = read_header(path)
        return header.stored.dtype.kind in "ui" and (
            record_in(header.fields.get(RECORD)) is not None or _n_segments(header) > 0
        )
    except Exception:  # noqa: BLE001  whatever ails the file, it is no mask
        return False


def read_label_nrrd(path: Path, origins: Sequence[Any] = ()) -> SavedMask:
    """Read a mask in the order of its scan's axes.

    Parameters
    ----------
    path : Path
    origins : sequence
        Not needed: a mask in NRRD says itself where it lies.

    Raises
    ------
    UnreadableFileError
        As `read_nrrd`.
    UnsupportedScanError
        Segments of another program's mask overlap.
    """
    header = read_header(path)
    if _n_segments(header) and any(header.stored.shape[n] > 1 for n in header.others):
        raise UnsupportedScanError(
            f"{path.name} holds segments that overlap: export them as one label map."
        )
    volume = _volume(header)
    record = record_in(header.fields.get(RECORD))
    return mask_of(scan_of(path, volume), record, volume.voxels.T)


def _n_segments(header: NrrdHeader) -> int:
    return sum(_SEGMENT.fullmatch(name) is not None for name in header.fields)


def _volume(header: NrrdHeader) -> Volume:
    voxels, notes = read_voxels(header.stored), []
    colors = [] if header.color is None else [header.color]
    order = [*header.in_space, *header.others, *colors]
    voxels = _without_single(voxels.transpose(order), len(header.in_space), bool(colors))
    place = _place(header)
    if len(header.in_space) == 3 and place.frame is not Frame.PATIENT:
        notes.append(_NO_SPACE)
    elif place.frame is Frame.PATIENT and "space origin" not in header.fields:
        notes.append(_NO_CORNER)
    kinds = header.fields.get("kinds", [])
    notes += [
        several_values(header.stored.shape[n])
        for n in header.others
        if n < len(kinds) and kinds[n] != "time" and header.stored.shape[n] > 1
    ]
    return Volume(voxels, place, bool(colors), tuple(notes))


def _without_single(voxels: NDArray[Any], n_space: int, has_colors: bool) -> NDArray[Any]:
    """Leave out axes of length 1 that are no space; a picture with time gets a depth."""
    middle = voxels.shape[n_space : voxels.ndim - has_colors]
    longer = tuple(length for length in middle if length > 1)
    depth = (1,) if n_space == 2 and longer else ()
    shape = (*voxels.shape[:n_space], *depth, *longer, *voxels.shape[voxels.ndim - has_colors :])
    return voxels.reshape(shape)


def _place(header: NrrdHeader) -> Place:
    fields = header.fields
    directions = fields.get("space directions")
    if directions is None:
        spacings = fields.get("spacings")
        if spacings is None:
            return place_of_spacings(None)
        units = fields.get("units", [])
        known = [float(spacings[n]) * _mm(units, n) for n in header.in_space]
        return place_of_spacings(known, _step(spacings, header.others))
    rows = np.array([np.asarray(directions[n], float).ravel()[:3] for n in header.in_space])
    rows = rows * [_mm(fields.get("space units", []), n) for n in range(rows.shape[1])]
    turn = _to_patient(str(fields.get("space", "")))
    if turn is None or rows.shape[1] != 3:
        return place_of_spacings(np.linalg.norm(rows, axis=1).tolist())
    corner = np.asarray(fields.get("space origin", np.zeros(3)), float).ravel()[:3]
    corner = corner * [_mm(fields.get("space units", []), n) for n in range(3)]
    with np.errstate(all="ignore"):
        place = place_in_patient(turn @ rows.T, turn @ np.nan_to_num(corner))
    steps = [np.asarray(row, float).ravel()[-1] for row in directions]
    return replace(place, time_step=_step(steps, header.others))


def _step(steps: Sequence[float], others: Sequence[int]) -> float:
    """Give the time from one volume to the next, where the header tells it."""
    step = float(steps[others[0]]) if others else 1.0
    return step if 0 < step < np.inf else 1.0


def _mm(units: Sequence[str], axis: int) -> float:
    return (mm_per_unit(units[axis]) if axis < len(units) else None) or 1.0


def _to_patient(space: str) -> NDArray[np.float64] | None:
    """Give the matrix from a space to the left, the back and the head; None where it is none."""
    words = space.lower().removesuffix("-time").split("-")
    if len(words) == 1:
        words = [_SHORT.get(letter, "") for letter in words[0].removesuffix("t")]
    towards = [_TOWARDS.get(word) for word in words]
    matrix = np.zeros((3, 3))
    for axis, one in enumerate(towards[:3]):
        if one is not None:
            matrix[one[0], axis] = one[1]
    return matrix if len(towards) == 3 and abs(np.linalg.det(matrix)) == 1 else None
