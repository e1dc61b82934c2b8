"""From which side a volume is looked at: along axial planes, where its voxels allow it.

The networks learnt mainly from axial planes. So a volume that was taken in sagittal
or coronal ones is turned where that costs nothing: where the pixels of its axial
planes would be at most `MOST_ELONGATED` times as long as wide, and the planes
themselves at most `LONGEST_SLAB` times. Any other stays as it was taken, and
`record.Caution` says what that means.

Here the axes of a volume are called as in a `Scan`, "zyx". Patients' directions are
DICOM's: x to the left, y to the back, z to the head.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike

from napari_multicancer.core.scan.lengths import is_possible_length
from napari_multicancer.core.scan.steps import AS_TAKEN, Turn

MOST_ELONGATED = 2.0
"""Length of a pixel by its width, above which a plane shows too little to be analysed."""
LONGEST_SLAB = 2.0
"""Length of a plane by its width, above which it is a strip and no section of a head."""


class View(StrEnum):
    """How planes lie in the patient; the members are in the order of the axes "zyx" across them."""

    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"


FROM_AXIAL = {
    View.AXIAL: AS_TAKEN,
    View.CORONAL: Turn((1, 0, 2), (False, True, False)),
    View.SAGITTAL: Turn((2, 0, 1), (True, True, False)),
}
"""From axial planes (z to the head, y to the back, x to the left) to those of each view.

The head is up; a coronal plane shows the patient's right on the left, a sagittal one
the face on the left. Planes follow each other as DICOM's do: axial ones to the head,
coronal ones to the back, sagittal ones to the right.
"""


def view_of(directions: ArrayLike) -> View:
    """Name the view that planes are nearest to.

    Parameters
    ----------
    directions : array_like of float, shape (3, 3)
        For each axis of the volume (z, y, x) its direction in the patient, as (x, y, z).
    """
    return tuple(View)[axial_turn(directions).order.index(0)]


def axial_turn(directions: ArrayLike) -> Turn:
    """Find the turn after which planes are nearest to axial, front up and right on the left.

    Parameters
    ----------
    directions : array_like of float, shape (3, 3)
        As for `view_of`.

    Examples
    --------
    A sagittal series: planes follow to the right, rows run to the feet, columns to the back.

    >>> axial_turn([[-1, 0, 0], [0, 0, -1], [0, 1, 0]])
    Turn(order=(1, 2, 0), mirrored=(True, False, True))
    """
    along = np.asarray(directions, float)[:, ::-1]
    z, y, x = max(permutations(range(3)), key=lambda axes: np.abs(along[axes, range(3)]).sum())
    return Turn((z, y, x), (bool(along[z, 0] < 0), bool(along[y, 1] < 0), bool(along[x, 2] < 0)))


def shows_axial_planes(shape: Sequence[int], size: Sequence[float]) -> bool:
    """Say whether the axial planes of a volume show enough to be analysed.

    Parameters
    ----------
    shape : sequence of int, length 3
        Of the volume once it is turned to axial planes.
    size : sequence of float, length 3
        Of its voxels in mm, in the same order.
    """
    height, width = shape[1] * size[1], shape[2] * size[2]
    is_strip = max(height, width) > LONGEST_SLAB * min(height, width)
    return not is_strip and _elongation(size, View.AXIAL) <= MOST_ELONGATED


def clearest_view(shape: Sequence[int], size: Sequence[float] | None) -> View:
    """Choose the view of a volume of which it is not known in which planes it was taken.

    Parameters
    ----------
    shape : sequence of int, length 3
        Of the volume in axial planes.
    size : sequence of float, length 3, or None
        Of its voxels in mm, where that is known and can be.

    Returns
    -------
    View
        Of a single plane, its own. Else axial, unless those pixels are more than
        `MOST_ELONGATED` times as long as wide and those of another view are less so.
    """
    thin = [view for view, length in zip(View, shape, strict=True) if length == 1]
    if len(thin) == 1:
        return thin[0]
    is_sized = size is not None and all(map(is_possible_length, size))
    if size is None or not is_sized or _elongation(size, View.AXIAL) <= MOST_ELONGATED:
        return View.AXIAL
    return min(View, key=lambda view: _elongation(size, view))


def _elongation(size: Sequence[float], view: View) -> float:
    """Length of a plane's pixel by its width."""
    in_plane = FROM_AXIAL[view].sort(size)[1:]
    return max(in_plane) / min(in_plane)
