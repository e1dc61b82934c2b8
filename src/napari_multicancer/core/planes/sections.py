"""Sections through a volume across any of its axes, as they are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.scan.place import Frame, Place
from napari_multicancer.core.scan.views import View

_SHOWN = {
    View.AXIAL: ((1, 1), (0, 1)),
    View.CORONAL: ((2, -1), (0, 1)),
    View.SAGITTAL: ((2, -1), (1, 1)),
}
"""Along rows downwards and columns to the right: which of the patient's axes, and which way."""
_ACROSS = (View.SAGITTAL, View.CORONAL, View.AXIAL)
"""By the patient's axis (x, y, z) that a section lies across."""
_PLAIN = ("As taken", "Along the rows", "Along the columns")
"""By the volume's axis (z, y, x) that a section lies across, where the patient's are not known."""


@dataclass(frozen=True)
class Section:
    """How a section lies in a volume, and how it is turned to be looked at.

    Attributes
    ----------
    axis : int
        Of the volume (z, y, x), across which it lies.
    title : str
        Such as "Coronal".
    transposed : bool
        Whether rows and columns are swapped, before they are mirrored.
    up, left : bool
        Whether rows run upwards, and columns to the left.
    """

    axis: int
    title: str
    transposed: bool = False
    up: bool = False
    left: bool = False

    @property
    def axes(self) -> tuple[int, int]:
        """The volume's axes along the section's rows (downwards) and columns."""
        first, second = (axis for axis in range(3) if axis != self.axis)
        return (second, first) if self.transposed else (first, second)

    def cut(self, volume: Any, index: int) -> NDArray[Any]:
        """Take the section at an index out of a volume, a view of what is in memory.

        Parameters
        ----------
        volume : array, shape (plane, row, column), or with a last axis of channels
        index : int
            Along `axis`.
        """
        place: list[Any] = [slice(None)] * 3
        place[self.axis] = index
        return self.turned(np.asarray(volume[tuple(place)]))

    def turned(self, plane: NDArray[Any]) -> NDArray[Any]:
        """Turn a plane, as it lies in the volume, to be looked at."""
        turned = plane.swapaxes(0, 1) if self.transposed else plane
        return turned[:: -1 if self.up else 1, :: -1 if self.left else 1]

    def place_of(self, point: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, int]:
        """Find the row and the column at which a voxel (z, y, x) lies, or is nearest to."""
        rows, columns = self.axes
        row, column = point[rows], point[columns]
        return (
            shape[rows] - 1 - row if self.up else row,
            shape[columns] - 1 - column if self.left else column,
        )

    def point_at(
        self, place: tuple[int, int], point: tuple[int, ...], shape: tuple[int, ...]
    ) -> tuple[int, ...]:
        """Find the voxel at a row and a column of the section through a point: back again."""
        rows, columns = self.axes
        found = list(point)
        found[rows] = shape[rows] - 1 - place[0] if self.up else place[0]
        found[columns] = shape[columns] - 1 - place[1] if self.left else place[1]
        return tuple(
            min(max(0, at), length - 1) for at, length in zip(found, shape[:3], strict=True)
        )


def section_across(axis: int, place: Place | None = None) -> Section:
    """Say how a section across an axis of a volume is looked at.

    Where the patient's axes are known, the head is up, and the front where there is no head;
    the patient's right is on the left, and of a sagittal section the face.

    Parameters
    ----------
    axis : int
        0, 1 or 2 for z, y or x.
    place : Place, optional
        Of the volume's voxels.

    Examples
    --------
    >>> section_across(1).title
    'Along the rows'
    >>> section_across(1, Place(frame=Frame.PATIENT))
    Section(axis=1, title='Coronal', transposed=False, up=True, left=False)
    """
    if place is None or place.frame is not Frame.PATIENT:
        return Section(axis, _PLAIN[axis])
    directions = place.affine[:3, :3].T
    along = [int(np.abs(direction).argmax()) for direction in directions]
    if len(set(along)) < 3:
        return Section(axis, _PLAIN[axis])
    view = _ACROSS[along[axis]]
    (row, downwards), (column, rightwards) = _SHOWN[view]
    first, _ = (other for other in range(3) if other != axis)
    return Section(
        axis,
        str(view).capitalize(),
        transposed=along[first] != row,
        up=bool(directions[along.index(row), row] * downwards < 0),
        left=bool(directions[along.index(column), column] * rightwards < 0),
    )


def as_grey(plane: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Show values from `low` to `high` as 0 to 255; channels are averaged."""
    values = plane.astype(np.float32)
    if values.ndim == 3:
        values = values[..., :3].mean(axis=-1)
    scaled = (values - low) * (255.0 / (high - low if high > low else 1.0))
    shades: NDArray[np.uint8] = np.nan_to_num(scaled).clip(0, 255).astype(np.uint8)
    return shades


def outlines(labels: NDArray[np.integer]) -> NDArray[np.integer]:
    """Leave of the labels of a plane those pixels that touch another label by a side."""
    inside = np.pad(labels, 1, mode="edge")
    here = inside[1:-1, 1:-1]
    differs = np.zeros(labels.shape, bool)
    for other in (inside[:-2, 1:-1], inside[2:, 1:-1], inside[1:-1, :-2], inside[1:-1, 2:]):
        differs |= other != here
    return np.where(differs, labels, 0)
